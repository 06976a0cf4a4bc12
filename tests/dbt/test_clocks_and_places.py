"""Clocks that are wrong, and objects in places where none belongs: each costs itself, and nothing that comes later."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse, connect
from documented_events import event

IDS = "select message_id from fct_messages order by message_id"


def land(zone: Path, place: str, message_id: str) -> None:
    target = zone / "events" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress((json.dumps(event("Send", message_id)) + "\n").encode()))


@pytest.fixture
def built(tmp_path: Path) -> Warehouse:
    (tmp_path / "landing").mkdir()
    warehouse = Warehouse(tmp_path, tmp_path / "landing")
    warehouse.dbt("seed")
    return warehouse


def run(built: Warehouse) -> str:
    return built.dbt("run", "--select", "+fct_messages")


def test_objects_in_odd_places_are_named_and_left_out(built: Warehouse) -> None:
    zone = built.landing_root
    folders = (
        "dt=latest/hour=01",
        "dt=2026-11-31/hour=01",
        "dt=2026-11-24/hour=99",
        "dt=2026-11-24/hour=1",
        "dt=1/hour=01",
    )
    odd = [f"{folder}/{name}" for folder, name in zip(folders, "abcde", strict=True)]
    for number, place in enumerate(odd):
        land(zone, f"{place}.json.gz", f"odd-{number}")
    for number, name in enumerate(["a[1]", "b?", "c*", "d'e", "f g", "%41", "{h}"]):
        land(zone, f"dt=2026-11-24/hour=02/{name}.json.gz", f"named-{number}")
    said = run(built)
    for place in odd:
        assert place in said
    assert built.query(IDS) == [(f"named-{number}",) for number in range(7)]
    land(zone, "dt=2026-11-24/hour=03/[next].json.gz", "next")
    run(built)
    assert built.query(IDS) == [(f"named-{number}",) for number in range(7)] + [("next",)]


def test_objects_under_other_names_are_read_or_named_whatever_the_zone_holds_else(built: Warehouse) -> None:
    zone = built.landing_root
    odd = [
        "2026/11/24/01/firehose.gz",
        "dt=2026-11-24/firehose.gz",
        "dt=2026-11-24/hour=01/deeper/firehose.json.gz",
        "dt=2026-11-24/hour=01/firehose-1",
        "dt=2026-11-24/hour=01/firehose-1.json",
    ]
    for place in (*odd, "dt=2026-11-24/hour=01/_SUCCESS", "dt=2026-11-24/hour=01/.a.json.gz.9.part"):
        land(zone, place, "odd")
    said = run(built)
    assert f"of which nothing comes in: {', '.join(f'landing/events/{place}' for place in sorted(odd))}." in said
    assert "compression GZIP, file extension .json.gz" in said
    assert "No objects under" not in said
    assert built.query(IDS) == []
    for number in range(30):
        land(zone, f"dt=2026-11-24/hour=02/plain-{number}", "odd")
    land(zone, "dt=2026-11-24/hour=02/firehose.gz", "named-0")
    assert "and 15 more. An object is read as" in run(built)
    assert built.query(IDS) == [("named-0",)]
    said = run(built)  # of the days since then
    assert "no run reads" in said


def test_an_object_from_the_future_hides_nothing_that_comes_before_it(built: Warehouse) -> None:
    zone = built.landing_root
    land(zone, "dt=2026-11-24/hour=01/a.json.gz", "first")
    land(zone, "dt=2099-01-31/hour=01/a.json.gz", "future")
    run(built)
    land(zone, "dt=2026-11-24/hour=02/a.json.gz", "second")
    run(built)
    assert built.query(IDS) == [("first",), ("future",), ("second",)]


def test_a_run_of_a_clock_that_was_ahead_hides_nothing_from_the_next(built: Warehouse) -> None:
    """The first run is moved: what it wrote has the times that a clock that is ahead would have given."""
    zone = built.landing_root
    land(zone, "dt=2026-11-24/hour=01/a.json.gz", "first")
    run(built)
    with connect(built.path, read_only=False) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where column_name in"
            " ('seen_at', 'recorded_at', 'staged_at', 'restated_at', 'counted_at', 'done_through', 'written_at')"
            " and table_name in (select table_name from duckdb_tables())"
        ).fetchall()
        for table, column in columns:
            connection.execute(f"update {table} set {column} = {column} + interval '3 days'")
    for number in (2, 3):
        land(zone, f"dt=2026-11-24/hour=0{number}/a.json.gz", f"later-{number}")
        run(built)
    assert built.query(IDS) == [("first",), ("later-2",), ("later-3",)]
