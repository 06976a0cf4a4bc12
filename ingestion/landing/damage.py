"""Whether a landed object can be read whole: gzip to its end, UTF-8, no line too long for an engine; and its lines.

Source: RFC 1952 (gzip file format), sections 2.2 and 2.3; DuckDB checks neither the checksum nor the
end of an object.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from isal import isal_zlib

from ingestion.landing.root import S3Root

# What macros/engine/landing.sql tells DuckDB.
LONGEST_LINE = 2 * 1024 * 1024

_BROKEN: Any = isal_zlib.error
_GZIP = 31  # zlib's number for deflate in a gzip frame, checksum and length included
_READ_AT_ONCE = 16
_PIECE = 1024 * 1024  # less than LONGEST_LINE, so that a line that is too long reaches over a whole piece
_NO_PLAIN_HEADER = 0b00110011  # flags of parts that a reader may not know: header checksum, comment, encryption


class _Damage(Exception):
    """Its text is one of the words that `damage` returns."""


def inspected(names: list[str]) -> list[dict[str, str | int | None]]:
    """`inspect` of each of these objects, in order.

    Raises:
        EventsError: S3 cannot be read at all.
    """
    with ThreadPoolExecutor(_READ_AT_ONCE if any(map(_is_in_s3, names)) else os.cpu_count()) as threads:
        return list(threads.map(inspect, names))


def inspect(name: str) -> dict[str, str | int | None]:
    """`damage`: why the object of that name (a path or an `s3://` address) cannot be read, None where it can; `lines`.

    removed       there is no such object
    no_access     this user may not read the file
    not_gzip      something else than gzip, in whole or after its end
    cut_off       gzip that ends too early
    bad_block     gzip with other content than its checksum says
    not_utf8      text in another encoding
    long_line     a line of 2 MiB or more

    Raises:
        EventsError: S3 cannot be read at all.
    """
    try:
        return {"damage": None, "lines": _lines(_expanded(_chunks(name)))}
    except _Damage as found:
        return {"damage": str(found), "lines": None}


def _is_in_s3(name: str) -> bool:
    return name.startswith("s3://")


def _chunks(name: str) -> Iterator[bytes]:
    if not _is_in_s3(name):
        try:
            with open(name, "rb") as file:  # noqa: PTH123  the name is what DuckDB opens
                while piece := file.read(_PIECE // 4):
                    yield piece
        except FileNotFoundError as error:
            raise _Damage("removed") from error
        except PermissionError as error:
            raise _Damage("no_access") from error
        return
    bucket, _, key = name.removeprefix("s3://").partition("/")
    root = S3Root(bucket, "")
    if next(root.keys(key), None) != key:
        raise _Damage("removed")
    yield from root.chunks(key)


def _expanded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    data = next(chunks, b"")
    while True:
        while len(data) < 4 and (more := next(chunks, b"")):
            data += more
        if data[:3] != b"\x1f\x8b\x08" or (data[3:4] and data[3] & _NO_PLAIN_HEADER):
            raise _Damage("not_gzip")
        member = isal_zlib.decompressobj(_GZIP)
        while not member.eof:
            if not data:
                raise _Damage("cut_off")
            try:
                plain = member.decompress(data, _PIECE)
            except _BROKEN as error:
                raise _Damage("bad_block") from error
            if plain:
                yield plain
            data = member.unconsumed_tail or (b"" if member.eof else next(chunks, b""))
        data = member.unused_data or next(chunks, b"")
        if not data:
            return


def _lines(pieces: Iterable[bytes]) -> int:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = ended = 0
    try:
        for piece in pieces:
            decoder.decode(piece)
            first = piece.find(b"\n")
            ended += piece.count(b"\n")
            line += len(piece) if first < 0 else first
            if line >= LONGEST_LINE:
                raise _Damage("long_line")
            if first >= 0:
                line = len(piece) - 1 - piece.rfind(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _Damage("not_utf8") from error
    return ended + (line > 0)
