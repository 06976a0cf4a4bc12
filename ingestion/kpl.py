"""The user records in an aggregated record of the Kinesis Producer Library (KPL).

    f3 89 9a c2 | AggregatedRecord, a protobuf message | its MD5
    AggregatedRecord   1: partition keys, repeated text   2: explicit hash keys   3: records, repeated Record
    Record             1: index of its partition key      2: ... hash key         3: data   4: tags

Source: amazon-kinesis-producer, aggregation-format.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES = 16
_KEY_LENGTH = 256  # Kinesis takes no longer partition key
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(slots=True)
class UserRecord:
    """What one call of the producer sent."""

    partition_key: str
    data: bytes


def user_records(body: bytes) -> list[UserRecord]:
    """The user records in the aggregated record, in their order.

    Raises:
        ValueError: It is damaged.
    """
    message, digest = body[len(MAGIC) : -_DIGEST_BYTES], body[-_DIGEST_BYTES:]
    if len(body) < len(MAGIC) + _DIGEST_BYTES or hashlib.md5(message, usedforsecurity=False).digest() != digest:
        raise ValueError("its digest does not fit")
    keys: list[str] = []
    records: list[bytes] = []
    for number, value in _fields(message):
        if number == 1 and isinstance(value, bytes):
            keys.append(value.decode())
        elif number == 3 and isinstance(value, bytes):
            records.append(value)
    if not records or any(len(key) > _KEY_LENGTH for key in keys):
        raise ValueError("it has no records, or a partition key that Kinesis does not take")
    return [_record(record, keys) for record in records]


def _record(message: bytes, keys: list[str]) -> UserRecord:
    index: int | bytes = -1
    data: int | bytes = -1
    for number, value in _fields(message):
        if number == 1:
            index = value
        elif number == 3:
            data = value
    if not isinstance(index, int) or not 0 <= index < len(keys) or not isinstance(data, bytes):
        raise ValueError("a record has no partition key or no data")
    return UserRecord(keys[index], data)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The number and value of each field of a protobuf message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"{kind} is not a type of field")
        if at + length > len(message):
            raise ValueError("a field ends after the message")
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where the next field begins."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("a number ends after the message")
        byte = message[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise ValueError("a number has more than 64 bits")
