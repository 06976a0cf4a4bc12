"""Formats that are not text: what bytes begin with says which one. Those that are not read are refused by name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

MAGIC_BYTES = 10

# By the reason for which a record is quarantined (REASONS in ingestion/events/validate.py).
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"Obj\x01", "avro"),
    (b"\xc3\x01", "avro"),  # a single object, without its schema
    (b"PAR1", "parquet"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (b"\x82SNAPPY\x00", "snappy"),
    (b"ORC\x03", "orc"),
    (b"ORC\n", "orc"),
    (b"PK\x03\x04", "zip"),
)
# A byte order mark and an ASCII character, which is what JSON begins with.
_UTF_16_LE = re.compile(rb"\xff\xfe[\x01-\x7f]\x00")
_UTF_16_BE = re.compile(rb"\xfe\xff\x00[\x01-\x7f]")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_COPY_BYTES = {1: 2, 2: 3, 3: 5}  # of a copy element in Snappy, by the kind in its tag


def refused_format(beginning: bytes) -> str | None:
    """The name of the format that is not read and that begins with these bytes."""
    return next((name for magic, name in _MAGIC if beginning.startswith(magic)), None)


def utf_16(beginning: bytes) -> str | None:
    """Which UTF-16 it is, by its beginning."""
    if _UTF_16_LE.match(beginning):
        return "utf-16-le"
    return "utf-16-be" if _UTF_16_BE.match(beginning) else None


class Utf16:
    """Iterates over UTF-16 as UTF-8. What is not a character stays bytes that are not UTF-8."""

    def __init__(self, encoding: str, pieces: Iterable[bytes]) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if text := self._decoder.decode(piece):
                yield text.encode("utf-8", "surrogatepass")
        if rest := self._decoder.getstate()[0]:  # half of a character
            yield rest


def is_text(body: bytes) -> bool:
    """Whether it is UTF-8 without control characters other than tabs and line ends."""
    if _CONTROL.search(body):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_snappy_block(body: bytes) -> bool:
    """Whether it is one block of Snappy, which has no magic bytes: its elements give exactly the length it states."""
    length, at = _length(body)
    made = 0
    while at < len(body) and made < length:
        tag = body[at]
        kind, size = tag & 3, (tag >> 2) + 1
        at += 1
        if kind:
            made += size if kind > 1 else (size - 1 & 7) + 4
            at += _COPY_BYTES[kind] - 1
            continue
        if size > 60:  # the length stands in the bytes that follow
            width = size - 60
            size = int.from_bytes(body[at : at + width], "little") + 1
            at += width
        made += size
        at += size
    return 0 < length == made and at == len(body)


def _length(body: bytes) -> tuple[int, int]:
    length = 0
    for at, byte in enumerate(body[:5]):
        length |= (byte & 127) << (7 * at)
        if byte < 128:
            return length, at + 1
    return 0, len(body)
