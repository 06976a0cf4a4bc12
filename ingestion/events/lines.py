"""Which of many lines are events of SES's documented shapes that every engine reads alike: these land as they are."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from operator import length_hint

import msgspec
import orjson

from ingestion.events.keys import has_as_many_quotes
from ingestion.events.ses import DECODE_ERRORS, decode_event

_append = msgspec.json.Encoder().encode_into
_AT_ONCE = 32  # more would take memory that is given back and asked for again


def failing(lines: list[bytes]) -> set[int]:
    """The indexes of the lines that must be looked at more closely. None of the others says a key twice."""
    found: set[int] = set()
    for begin in range(0, len(lines), _AT_ONCE):
        found.update(begin + index for index in _failing(lines[begin : begin + _AT_ONCE]))
    return found


def _failing(lines: list[bytes]) -> set[int]:
    found: set[int] = set()
    kept = bytearray()  # what the decoder made of the lines, as JSON again
    rest = iter(lines)
    while True:
        try:
            deque(map(_append, map(decode_event, rest), repeat(kept), repeat(-1)), 0)
            break
        except DECODE_ERRORS:
            found.add(len(lines) - length_hint(rest) - 1)
    text = b"\n".join([line for index, line in enumerate(lines) if index not in found] if found else lines)
    # a carriage return between two tokens is where DuckDB ends the line
    if b"\r" in text or not has_as_many_quotes(text, kept):
        found.update(index for index, line in enumerate(lines) if index not in found and not _is_unambiguous(line))
    return found


def _is_unambiguous(line: bytes) -> bool:
    """Fields that are not documented pass, where engines do not differ in them."""
    if b"\r" in line:
        return False
    try:
        return has_as_many_quotes(line, orjson.dumps(orjson.loads(line)))
    except (ValueError, TypeError):  # a number beyond all bounds; nested too deeply
        return False
