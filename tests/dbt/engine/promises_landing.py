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
"""


def write_zone(root: Path) -> None:
    """Two good objects, one that cannot be read, and files that are none."""
    first = "dt=2026-11-23/hour=23"
    second = "dt=2026-11-24/hour=00"
    _write(root / "events" / first / "b-0000.json.gz", gzip.compress(_LINES))
    _write(root / "events" / second / "b-0001.json.gz", gzip.compress(b'{"only": 1}'))
    _write(root / "events" / "dt=2026-11-24" / "hour=01" / "b-0002.json.gz", b"no gzip: whoever opens this fails")
    _write(root / "events" / second / "b-0003.json.gz.part", b"not finished")
    _write(root / "quarantine" / second / "b-0001.json.gz", gzip.compress(b'{"reason": "not_json"}'))
    _write(root / "manifests" / first / "b.json", b'{"batch_id": "b", "objects": []}\n')
    _write(root / "manifests" / second / "c.json", b'{"batch_id": "c"}\n\n')


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


_KEY = "{{ object_key('landed_object') }} as object_key"
LANDED = f"select {_KEY}, dt, hour, {{{{ json_kind('doc') }}}} as kind, line from {{{{ landed_rows() }}}} as landed"
FOUND = f"select {_KEY}, dt, hour from {{{{ found_objects('%s') }}}} as objects"
MANIFESTS = "select dt, hour, {{ json_text('doc', ['batch_id']) }} as batch_id from {{ manifest_rows() }} as manifests"

_FIRST: Row = ("events/dt=2026-11-23/hour=23/b-0000.json.gz", "2026-11-23", "23")
_SECOND: Row = ("events/dt=2026-11-24/hour=00/b-0001.json.gz", "2026-11-24", "00")
_THIRD: Row = ("events/dt=2026-11-24/hour=01/b-0002.json.gz", "2026-11-24", "01")

LANDING = [
    Promise(
        "landed_rows gives every line that is not blank, and leaves what the filter excludes unread",
        LANDED + " where dt <= '2026-11-24' and landed_object not like '%b-0002%'",
        [
            (*_FIRST, "object", '{"eventType": "Send", "mail": {"messageId": "m-1"}}'),
            (*_FIRST, None, '{"eventType": "Bounce", "mail":'),
            (*_FIRST, "object", '{"quotes": "a \'b\' \\"c\\", d", "umlaut": "ü"}'),
            (*_FIRST, None, 'plain, text "with" quotes'),
            (*_SECOND, "object", '{"only": 1}'),
        ],
    ),
    Promise("found_objects lists names from an hour on, and opens nothing", FOUND % "2026-11-24-00", [_SECOND, _THIRD]),
    Promise("found_objects lists everything from the beginning", FOUND % "0000-00-00-00", [_FIRST, _SECOND, _THIRD]),
    Promise("found_objects knows the hours of one day apart", FOUND % "2026-11-24-01", [_THIRD]),
    Promise(
        "manifest_rows gives one row per manifest",
        MANIFESTS,
        [("2026-11-23", "23", "b"), ("2026-11-24", "00", "c")],
    ),
]

EMPTY_ZONE = [
    Promise("landed_rows of an empty zone has no rows", LANDED, []),
    Promise("found_objects of an empty zone has no rows", FOUND % "0000-00-00-00", []),
    Promise("manifest_rows of an empty zone has no rows", MANIFESTS, []),
]
