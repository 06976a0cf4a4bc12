"""What outsiders and writers may put into an event, and an event for each of it in each field.

A payload is a JSON text, so that it can be what no Python value is: half of a surrogate pair, or a number beyond all
floats. The word `wombat` marks an address; `owned` marks what would run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documented_events import EVENTS, NOTIFICATIONS, event

Event = dict[str, Any]
Path_ = tuple[str | int, ...]

FIXTURES = Path(__file__).parents[1] / "events"

# name: JSON
PAYLOADS: dict[str, str] = {
    "sql": json.dumps("'; drop table fct_messages; --"),
    "sql_union": json.dumps("\\' || (select current_user) || $$x$$ /* \" */"),
    "script": json.dumps("</script><script>window.owned = 1</script>"),
    "handler": json.dumps("\"'><img src=x onerror='window.owned=1'><svg/onload=window.owned=1>"),
    "vega": json.dumps("datum.x; toString.constructor('window.owned=1')()"),
    "signal": json.dumps('{"signal": "window.owned = 1", "expr": "window.owned = 1"}'),
    "jinja": json.dumps("{{ env_var('HOME') }}{% raw %}{# x #}"),
    "format": json.dumps("%s%n%(x)s {0.__class__} ${HOME} $(id) `id`"),
    "formula": json.dumps("=cmd|' /C calc'!A0"),
    "path": json.dumps("../../../etc/passwd\\..\\..//./events/dt=2026-11-24/"),
    "pattern": json.dumps("(a+)+$ [[ \\d{1,99999} *? %_"),
    "backslashes": json.dumps("\\" * 63),
    "line_ends": json.dumps("a\r\nb\nc\rd\u2028e\u2029f\x0b\x0c\x85"),
    "terminal": json.dumps("\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\x08"),
    "delimiters": json.dumps("\x01\x02\x1e\x1f,|\t"),
    "nul": '"a\\u0000b"',
    "half_pair": '"\\ud800 x \\udfff"',
    "turned": json.dumps("\u202etpircs\u202d \u2066isolate\u2069 \u200f\u061c"),
    "unseen": json.dumps("\ufeff\u200b\u2060\ufffe\uffff"),
    "emoji": json.dumps("👩🏽‍🚒🏳️‍🌈🇪🇺"),
    "combining": json.dumps("Z" + "\u0351\u0310" * 60 + " é e\u0301 ß İ"),
    "dashes": json.dumps("-" * 4096),
    "long": json.dumps("a1-" * 8192),
    "address": json.dumps("5.1.1 <wombat@example.org>"),
    "address_odd": json.dumps('"wombat person"@example.org, wombat＠example.org, wombat%40example.org'),
    "empty": '""',
    "blank": '" \\t\\u00a0\\u3000 "',
    "zero": "0",
    "huge": "1" * 400,
    "beyond": "-1e999",
    "number_text": '"NaN"',
    "true": "true",
    "null": "null",
    "object": '{"": {"a.b": [[[{}]]], "$": "x"}}',
    "array": '[null, [], {}, "x", 1.5]',
    "year_1": '"0001-01-01T00:00:00.000Z"',
    "year_9999": '"9999-12-31T23:59:59.999Z"',
}

# What no engine, or not each, can hold as text or number: `land` keeps such a record in quarantine.
REFUSED = ("nul", "half_pair", "huge", "beyond")
_MARK = "@payload@"
# What an event must have (tests/events/README.md, "The least"): without it, it is kept elsewhere.
NEEDED = ("eventType", "notificationType", "event_type", "eventVersion", "messageId", "timestamp")


def templates() -> Iterator[Event]:
    """One event of each type and each source, with every field that is documented."""
    for kind in EVENTS:
        yield event(kind, "id")
    for kind in NOTIFICATIONS:
        yield event(kind, "id", notification=True)
    for file in sorted(FIXTURES.glob("*.*json")):
        if file.name.startswith(("pinpoint_", "eum_", "ses_inbound_", "ses_account_")):
            text = file.read_text()
            yield json.loads(text if file.suffix == ".json" else text.splitlines()[0])


def paths(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place in the event, containers included."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from paths(value[0], (*path, 0))


def put(made: Any, path: Path_, number: int) -> str:
    """A copy as JSON with ids of its own and the mark in that place, or beside it as a key."""
    copied = json.loads(json.dumps(made))
    for found in paths(copied):
        if found[-1] in ("messageId", "message_id", "feedbackId"):
            _parent(copied, found)[found[-1]] = f"{found[-1]}-{number}"
    _parent(copied, path)[path[-1]] = _MARK
    return json.dumps(copied)


def _parent(value: Any, path: Path_) -> Any:
    for step in path[:-1]:
        value = value[step]
    return value


def hostile_events() -> Iterator[tuple[str, bool]]:
    """Each payload in each place of each event: the line, and whether it has all that an event must have."""
    number = 0
    met = set()
    for made in templates():
        objects = [(*path, "") for path in ((), *paths(made)) if isinstance(_at(made, path), dict)]
        for path in (*paths(made), *objects):
            if (_shape(made), path) in met:  # what all types of a source have, once
                continue
            met.add((_shape(made), path))
            for name, payload in PAYLOADS.items():
                number += 1
                line = put(made, path, number)
                if path[-1] != "":
                    whole = (
                        path[0] in ("mail", "attributes", "context")
                        and len(path) > 1
                        and path[-1] not in NEEDED
                        and name not in REFUSED
                    )
                    yield line.replace(f'"{_MARK}"', payload), whole
                elif payload[0] == '"':  # a key of the stranger's choice
                    yield line.replace(f'"": "{_MARK}"', f"{payload}: {payload}"), name not in REFUSED


def _shape(made: Event) -> str | None:
    keys = ("Type", "detail-type", "notificationType", "event_type", "eventVersion", "mail")
    return next((key for key in keys if key in made), None)


def _at(value: Any, path: Path_) -> Any:
    for step in path:
        value = value[step]
    return value
