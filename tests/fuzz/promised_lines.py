"""What is promised of every line that lands, whoever wrote the record; nothing of the product is used to see it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from command_line import line

GOOD = re.compile(r"good-[0-9]+-")
MAX_DEPTH = 260  # an event of 254 levels in a landed line
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def good(number: int) -> bytes:
    """A whole event on a line, which GOOD finds again wherever it went."""
    return line(1).replace("0100019ab0000001", f"good-{number}-").encode()


def assert_every_engine_reads(text: bytes) -> None:
    """Strict JSON, and within what DuckDB, Athena and Redshift take (docs/landed_event.md)."""
    assert not _NUL.search(text)
    assert b"\r" not in text
    value = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_refused)
    assert max((len(number) for number in re.findall(rb"[0-9]+", text)), default=0) < 70_000
    assert _depth(value) <= MAX_DEPTH


def kept_body(entry: dict[str, Any]) -> bytes:
    """What the line of the quarantine has kept, as it came."""
    body: str = entry["body"]
    return base64.b64decode(body) if entry.get("encoding") == "base64" else body.encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs), "a key twice"
    return dict(pairs)


def _refused(text: str) -> None:
    raise AssertionError(text)


def _depth(value: Any) -> int:
    level, inside = 0, [value]
    while inside:
        level += 1
        inside = [
            child
            for outer in inside
            if isinstance(outer, dict | list)
            for child in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return level
