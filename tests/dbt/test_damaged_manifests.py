"""Manifests that are damaged, and objects that hold less than theirs says: each is told, none stops a build."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_warehouse import WITHOUT_TESTS, Warehouse
from test_damaged_objects import HOUR, damage, lines, manifest, put

pytestmark = pytest.mark.hostile

NAME = f"{HOUR}/object.json.gz"


def entry(**changes: object) -> dict[str, object]:
    counts = {"key": NAME, "read": 1, "landed": 1, "quarantined": 0, "control": 0, "landed_by_source": {"ses_event": 1}}
    return counts | changes


def whole(**changes: object) -> bytes:
    return json.dumps(
        {"arrived_at": "2026-11-24T12:00:00Z", "transport": "file", "objects": [entry()], **changes}
    ).encode()


MANIFESTS = {
    "not-utf8": whole().replace(b"file", b"\xff\xfe"),
    "not-json": b'{"objects": [',
    "empty": b"",
    "bytes": bytes(range(256)) * 20,
    "long-line": whole(note="x" * 3_000_000),
    "a-number": b"1",
    "a-list": b"[[], null, {}]",
    "objects-a-text": whole(objects="none"),
    "objects-an-object": whole(objects={"key": "x"}),
    "entries-of-all-kinds": whole(objects=[None, 1, "x", [], {}, {"key": 5}, {"key": None, "read": 1}]),
    "counts-a-text": whole(objects=[entry(key="events/x", read="one", landed="two", landed_by_source="three")]),
    "counts-beyond": whole(
        objects=[entry(key="events/y", read=10**30, landed=-1, landed_by_source={"ses_event": 10**30})]
    ),
    "counts-of-all-kinds": whole(
        objects=[entry(key="events/z", read=None, landed={}, landed_by_source={"": [], "x": None})]
    ),
    "times-of-all-kinds": whole(arrived_at=[1], transport={"x": 1}, objects=[]),
}


def test_a_damaged_manifest_stops_nothing(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    zone = tmp_path / "zone"
    put(zone, "object", gzip.compress(lines("m-1")))
    manifest(zone, "object", 1)
    for name, content in MANIFESTS.items():
        (zone / HOUR.replace("events", "manifests") / f"{name}.json").write_bytes(content)
    built = warehouse(zone)
    built.dbt("build", *WITHOUT_TESTS)  # the ledger says that manifests do not add up, and the other tables are there
    assert built.query("select message_id from fct_messages") == [("m-1",)]
    ledger = f"select landed_by_manifest, landed, balance from ingestion_ledger where object_key = '{NAME}'"
    assert built.query(f"{ledger} and source = 'ses_event'") == [(1, 1, "balanced")]


def test_an_object_that_holds_less_than_its_manifest_says_is_damaged_until_it_is_replaced(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    zone = tmp_path / "zone"
    put(zone, "whole", gzip.compress(lines("w-1", "w-2")))
    manifest(zone, "whole", 2)
    put(zone, "short", gzip.compress(lines("s-1", "s-2")))
    manifest(zone, "short", 3)
    put(zone, "cut", gzip.compress(lines("c-1", "c-2"))[:-20])
    manifest(zone, "cut", 2)
    built = warehouse(zone)
    said = built.dbt("build")
    assert damage(built) == {"short": "line_count", "cut": "cut_off"}
    assert "/short.json.gz (line_count)" in said
    state = "select distinct balance from ingestion_ledger where object_key like '%/{}.json.gz'"
    assert built.query(state.format("short")) == [("damaged",)]
    assert built.query("select message_id from fct_messages order by 1") == [("w-1",), ("w-2",)]

    put(zone, "short", gzip.compress(lines("s-1", "s-2", "s-3")))
    put(zone, "cut", gzip.compress(lines("c-1", "c-2")))
    said = built.dbt("build")
    assert "short.json.gz" not in said
    assert damage(built) == {}
    assert built.query("select distinct balance from ingestion_ledger") == [("balanced",)]
    assert built.query("select count(*) from fct_messages") == [(7,)]
