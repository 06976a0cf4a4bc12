"""Clocks that are wrong, and objects in places where none belongs: each costs itself, and nothing that comes later."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse, connect
from documented_events import event

pytestmark = pytest.mark.hostile

ODD_NAMES = [
    *(
        "a[1]",
        "b?",
        "c*",
        "d'e",
        "f g",
        "%41",
        "{h}",
        '"i"',
        "j\\k",
        "l;m--",
        "$(n)",
        "{{ o }}",
        "p\tq",
        "r\u202es",
        "t#u&v=w",
    ),
    *("dt=latest", "émoji-👩‍🚒", "x" * 200, ".hidden", "~", "|y|", "a.json"),
]
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


def move_times(built: Warehouse, by: str) -> None:
    """What the runs wrote has the times that a clock would have given that is ahead, or behind, by so much."""
    with connect(built.path, read_only=False) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where column_name in"
            " ('seen_at', 'recorded_at', 'staged_at', 'restated_at', 'counted_at', 'done_through', 'written_at')"
            " and table_name in (select table_name from duckdb_tables())"
        ).fetchall()
        for table, column in columns:
            connection.execute(f"update {table} set {column} = {column} + interval '{by}'")


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
    for number, name in enumerate(ODD_NAMES):
        land(zone, f"dt=2026-11-24/hour=02/{name}.json.gz", f"named-{number}")
    steering = "dt=2026-11-24/hour=98/\x1b[2J\x9b1m\u202e\x7f"
    land(zone, f"{steering}.json.gz", "steering")
    damaged = zone / "events/dt=2026-11-24/hour=02/\x1b[2J\u202e\x9b.json.gz"
    damaged.write_bytes(b"no gzip")
    said = run(built)
    for place in odd:
        assert place in said
    assert built.query(IDS) == sorted((f"named-{number}",) for number in range(len(ODD_NAMES)))
    assert [line for line in said.splitlines() if not line.isprintable()] == []
    land(zone, "dt=2026-11-24/hour=03/[next].json.gz", "next")
    run(built)
    assert built.query(IDS) == [*sorted((f"named-{number}",) for number in range(len(ODD_NAMES))), ("next",)]


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
    move_times(built, "3 days")
    for number in (2, 3):
        land(zone, f"dt=2026-11-24/hour=0{number}/a.json.gz", f"later-{number}")
        run(built)
    assert built.query(IDS) == [("first",), ("later-2",), ("later-3",)]


def test_what_a_clock_that_is_behind_has_landed_is_named_until_it_is_taken(built: Warehouse) -> None:
    zone = built.landing_root
    land(zone, "dt=2026-11-24/hour=01/a.json.gz", "first")
    run(built)
    land(zone, "dt=2026-11-21/hour=01/behind.json.gz", "behind")
    land(zone, "dt=2026-11-24/hour=02/a.json.gz", "second")
    for _ in range(2):
        said = run(built)
        assert "1 landed objects lie in partitions before the look-back" in said
        assert "dt=2026-11-21/hour=01/behind.json.gz" in said
    built.dbt("run", "--select", "+fct_messages", variables={"landing_from": "2026-11-21-01"})
    assert built.query(IDS) == [("behind",), ("first",), ("second",)]
    assert "look-back" not in run(built)


def test_a_run_whose_clock_is_behind_takes_what_came_and_so_does_the_next(built: Warehouse) -> None:
    """The first run is of the future, so that the second is behind it by more than the look-back."""
    zone = built.landing_root
    land(zone, "dt=2026-11-24/hour=01/a.json.gz", "first")
    run(built)
    move_times(built, "3 days")
    for number in (2, 3):
        land(zone, f"dt=2026-11-24/hour=0{number}/b.json.gz", f"later-{number}")
        run(built)
        move_times(built, "-2 days")
    land(zone, "dt=2026-11-24/hour=04/b.json.gz", "later-4")
    run(built)
    run(built)
    assert built.query(IDS) == [("first",), ("later-2",), ("later-3",), ("later-4",)]
    staged = built.query("select count(*) from landing_records")
    assert staged == [(4,)], "each line once"
