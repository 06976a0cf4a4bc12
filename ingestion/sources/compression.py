"""Compressed bytes to plain bytes: gzip, zstd, bzip2, told apart by how they begin; any number of members."""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from typing import IO, Any, Literal

import zstandard
from isal import igzip_lib

from ingestion.sources.documents import CHUNK_BYTES

Compression = Literal["gzip", "zstd", "bzip2"]

MAGIC_BYTES = 4
_MAGIC: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
)
_EXPANSION = 200  # events take a tenth to a fiftieth of their size
_ERRORS: Any = (igzip_lib.IsalError, zstandard.ZstdError, OSError, ValueError, EOFError)


def compression_of(beginning: bytes) -> Compression | None:
    """How something that begins with these bytes is compressed. No JSON begins like that."""
    return next((kind for magic, kind in _MAGIC if beginning.startswith(magic)), None)


def most_plain_bytes(compressed_bytes: int) -> int:
    """The number of bytes to which that many may expand; events stay far below it."""
    return _EXPANSION * compressed_bytes


class Expanded:
    """Iterates over the plain bytes of a compressed file, a bounded piece at a time.

    Where it cannot be read on, iteration ends, and `broken_at` is the offset in the file from which on that is so: of
    the last piece of 64 KiB (zstd: 2 KiB) of which anything could be read. `piece_at` is the offset of the piece that
    is being read.
    """

    def __init__(self, file: IO[bytes], kind: Compression) -> None:
        self._file = file
        self._kind = kind
        self.broken_at: int | None = None
        self.piece_at = 0

    def __iter__(self) -> Iterator[bytes]:
        data, at = self._read(), 0
        while data:
            member, readable_at = _member(self._kind), at
            while not member.eof:
                if member.needs_input and not data:
                    at, data = self._file.tell(), self._read()
                try:
                    plain = member.decompress(data, CHUNK_BYTES) if data or not member.needs_input else None
                except _ERRORS:
                    plain = None
                if plain is None:
                    self.broken_at = readable_at
                    return
                data = b""
                if plain:
                    readable_at = self.piece_at = at
                for begin in range(0, len(plain), CHUNK_BYTES):
                    yield plain[begin : begin + CHUNK_BYTES]
            data = member.unused_data.lstrip(b"\0")  # zeros between members are padding
            while not data and (data := self._read()):
                data = data.lstrip(b"\0")
            at = self._file.tell() - len(data)

    def _read(self) -> bytes:
        return self._file.read(_ZSTD_PIECE if self._kind == "zstd" else _PIECE)


class Reread:
    """Pieces of bytes that can be looked at before they are read, as pieces or as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self._read = 0

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, or fewer where it ends."""
        while len(self._held) < count and (piece := next(self._pieces, b"")):
            self._held += piece
        return self._held[:count]

    def read(self, count: int) -> bytes:
        """At most `count` bytes; none where it ends."""
        if not self._held:
            self._held = next(self._pieces, b"")
        taken, self._held = self._held[:count], self._held[count:]
        self._read += len(taken)
        return taken

    def tell(self) -> int:
        return self._read

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(CHUNK_BYTES):
            yield piece


_PIECE = 64 * 1024
_ZSTD_PIECE = 2 * 1024  # zstd gives all that its input holds at once, up to 32,000 times as much
_ZSTD_WINDOW = 128 * 1024 * 1024  # what the zstd tool itself accepts, unless told otherwise


def _member(kind: Compression) -> Any:
    match kind:
        case "gzip":
            return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        case "bzip2":
            return bz2.BZ2Decompressor()
        case "zstd":
            return _ZstdMember()


class _ZstdMember:
    """zstandard's decompressor behind the names that the other two have."""

    needs_input = True

    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def decompress(self, data: bytes, _: int) -> bytes:
        return self._stream.decompress(data)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data
