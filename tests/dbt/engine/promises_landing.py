"""How the landing zone is reached: macros/engine/landing.sql. `write_zone` makes the zone that the rows are about."""

from __future__ import annotations

import gzip
from pathlib import Path

from promises import Promise, Row

_LINES = b"""\
{"eventType": "Send", "mail": {"messageId": "m-1"}}

{"eventType": "Bounce", "mail":
\x20\t
{"quotes": "a 'b' \\"c\\", d", "umlaut": "\xc3\xbc"}\r
\r
plain, text "with" quotes
{"a": 1}\r{"b": 2}\r\n
{"c":\r\r3}
"""


def write_zone(root: Path) -> None:
    """Three good objects, one that cannot be read, and files that are none."""
    first = "dt=2026-11-23/hour=23"
    second = "dt=2026-11-24/hour=00"
    _write(root / "events" / first / "b-0000.json.gz", gzip.compress(_LINES))
    _write(root / "events" / second / "b-0001.json.gz", gzip.compress(b'{"only": 1}'))
    _write(root / "events" / second / "firehose-1.gz", gzip.compress(b'[2]\r\n[3]\r{"x": 1}\n'))
    third = "dt=2026-11-25/hour=01"
    _write(root / "events" / third / "b-0002.json.gz", b"no gzip: whoever opens this fails")
    _write(root / "events" / second / "b-0003.json.gz.part", b"not finished")
    _write(root / "events" / second / "deeper" / "b-0001.json.gz", gzip.compress(b'{"deeper": 1}'))
    _write(root / "events" / second / "firehose-2", b'{"plain": 1}')
    _write(root / "events" / second / "firehose-3.json", b'{"plain": 2}')
    _write(root / "quarantine" / second / "b-0001.json.gz", gzip.compress(b'{"reason": "not_json"}'))
    _write(root / "manifests" / first / "b.json", b'{"batch_id": "b", "objects": []}\n')
    _write(root / "manifests" / second / "c.json", b'{"batch_id": "c"}\n\n')


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


_KEY = "{{ object_key('landed_object') }} as object_key"
LANDED = f"select {_KEY}, dt, hour, {{{{ json_kind('doc') }}}} as kind, line from {{{{ landed_rows(%s) }}}} as landed"
FOUND = f"select {_KEY}, dt, hour from {{{{ found_objects(%s) }}}} as objects"
MANIFESTS = (
    "select dt, hour, {{ json_text('doc', ['batch_id']) }} as batch_id from {{ manifest_rows('%s') }} as manifests"
)
ALWAYS = "0000-00-00-00"

_FIRST: Row = ("events/dt=2026-11-23/hour=23/b-0000.json.gz", "2026-11-23", "23")
_SECOND: Row = ("events/dt=2026-11-24/hour=00/b-0001.json.gz", "2026-11-24", "00")
_BARE: Row = ("events/dt=2026-11-24/hour=00/firehose-1.gz", "2026-11-24", "00")
_THIRD: Row = ("events/dt=2026-11-25/hour=01/b-0002.json.gz", "2026-11-25", "01")

LANDING = [
    Promise(
        "landed_rows gives every line of these days that is not blank, and leaves other days unread",
        LANDED % "['2026-11-23', '2026-11-24']",
        [
            (*_FIRST, "object", '{"eventType": "Send", "mail": {"messageId": "m-1"}}'),
            (*_FIRST, None, '{"eventType": "Bounce", "mail":'),
            (*_FIRST, "object", '{"quotes": "a \'b\' \\"c\\", d", "umlaut": "ü"}'),
            (*_FIRST, None, 'plain, text "with" quotes'),
            (*_FIRST, "object", '{"a": 1}'),
            (*_FIRST, "object", '{"b": 2}'),
            (*_FIRST, None, '{"c":'),
            (*_FIRST, None, "3}"),
            (*_SECOND, "object", '{"only": 1}'),
            (*_BARE, "array", "[2]"),
            (*_BARE, "array", "[3]"),
            (*_BARE, "object", '{"x": 1}'),
        ],
    ),
    Promise("landed_rows of a day without objects has no rows", LANDED % "['2026-11-22']", []),
    Promise("landed_rows of no day has no rows", LANDED % "[]", []),
    Promise("found_objects lists names from an hour on", FOUND % "'2026-11-24-00'", [_SECOND, _BARE, _THIRD]),
    Promise(
        "found_objects lists everything from the beginning", FOUND % f"'{ALWAYS}'", [_FIRST, _SECOND, _BARE, _THIRD]
    ),
    Promise("found_objects knows the hours of one day apart", FOUND % "'2026-11-24-01'", [_THIRD]),
    Promise(
        "found_objects lists names before an hour", FOUND % f"'{ALWAYS}', '2026-11-25-01'", [_FIRST, _SECOND, _BARE]
    ),
    Promise("found_objects lists between two hours", FOUND % "'2026-11-24-00', '2026-11-24-01'", [_SECOND, _BARE]),
    Promise("found_objects of years without objects has no rows", FOUND % "'2016-01-01-00', '2020-01-01-00'", []),
    Promise(
        "objects_checked finds no damage in objects that can be read",
        f"with listed as (select landed_object, dt from {{{{ found_objects('{ALWAYS}', '2026-11-25-01') }}}} as found)"
        f" select {_KEY}, damage from ({{{{ objects_checked('listed', ['landed_object', 'dt']) }}}}) as checked",
        [(_FIRST[0], None), (_SECOND[0], None), (_BARE[0], None)],
    ),
    Promise(
        "manifest_rows gives one row per manifest",
        MANIFESTS % ALWAYS,
        [("2026-11-23", "23", "b"), ("2026-11-24", "00", "c")],
    ),
    Promise("manifest_rows leaves older manifests out", MANIFESTS % "2026-11-24-00", [("2026-11-24", "00", "c")]),
]

EMPTY_ZONE = [
    Promise("landed_rows of an empty zone has no rows", LANDED % "", []),
    Promise("found_objects of an empty zone has no rows", FOUND % f"'{ALWAYS}'", []),
    Promise("manifest_rows of an empty zone has no rows", MANIFESTS % ALWAYS, []),
]
