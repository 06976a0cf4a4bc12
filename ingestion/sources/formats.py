"""Formats that are not text: what bytes begin with says which one. Those that are not read are refused by name."""

from __future__ import annotations

import re

MAGIC_BYTES = 10

# By the reason for which a record is quarantined (REASONS in ingestion/events/check.py).
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
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_COPY_BYTES = {1: 2, 2: 3, 3: 5}  # of a copy element in Snappy, by the kind in its tag


def refused_format(beginning: bytes) -> str | None:
    """The name of the format that is not read and that begins with these bytes."""
    return next((name for magic, name in _MAGIC if beginning.startswith(magic)), None)


def utf_16(beginning: bytes) -> str | None:
    """Which UTF-16 it is, by the byte order mark at its beginning."""
    return _UTF_16.get(beginning[:2])


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
