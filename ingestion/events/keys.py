"""Finds out cheaply that no object in a JSON text names a key twice.

Parsers keep one of two equal keys and say nothing, and engines differ in which one counts: DuckDB and Athena take the
first, others the last, Redshift refuses the document. A parser in C that can be asked for every pair takes longer than
everything else that is done with an event; counting quotes in what one has kept does not.
"""

from __future__ import annotations

import json
import re
from typing import Any

_ASCII_ESCAPE = re.compile(rb"\\u00[0-7]")


def has_as_many_quotes(text: bytes, kept: bytes | bytearray) -> bool:
    """Whether `kept`, JSON of what a parser made of `text`, has as many quotes: then it has every key of it.

    False as well where the text spells ASCII by number: `\\u0022` would be a quote in `kept`, `\\u0000` is refused by
    some engines.
    """
    return text.count(b'"') == kept.count(b'"') and not _ASCII_ESCAPE.search(text)


def has_key_twice(text: bytes) -> bool:
    """Whether an object in the text, which is JSON, names a key twice."""
    try:
        json.loads(text, object_pairs_hook=_refuse_duplicates, parse_int=str)
    except _KeyTwice:
        return True
    return False


class _KeyTwice(Exception):
    pass


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _KeyTwice
