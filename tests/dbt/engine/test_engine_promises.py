"""Every promise of the engine macros, held on DuckDB. `promises.py` says how another engine is held against the same table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import compiled_project
import duckdb
import pytest
from promises import Promise
from promises_json import JSON, JSON_ROWS
from promises_landing import EMPTY_ZONE, LANDING, write_zone
from promises_values import REPORTING_TIME_ZONE, TEXT, TIME

pytestmark = pytest.mark.xdist_group("engine_promises")

STATEMENTS = {
    # what the macros of these names send when dbt runs; it compiles here
    "create_watermarks": "{{ adapter.dispatch('create_watermarks', 'email_events')() }}",
    "forget_days": "{{ forget_days('days_table', 'sent_day', ['2026-11-23', '2026-11-25']) }}",
    "check_connection": "nothing: {{ adapter.dispatch('check_connection', 'email_events')() }}.",
}


class Rendered:
    """SQL by promise, as dbt renders it for DuckDB: one dbt process for all of them."""

    def __init__(self, folder: Path, landing_root: Path, promises: list[Promise], others: dict[str, str]) -> None:
        names = {f"promise_{number}": promise.sql for number, promise in enumerate(promises)}
        folder.mkdir()
        compiled = compiled_project.compile_project(
            folder,
            "duckdb",
            names | others,
            {"landing_root": str(landing_root), "reporting_time_zone": REPORTING_TIME_ZONE},
            *("--select", *names, *others),
        )
        self.sql = {promise.name: compiled.statements[f"promise_{n}"] for n, promise in enumerate(promises)}
        self.others = {name: compiled.statements[name] for name in others}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("it's a promise")  # a folder may be called so
    write_zone(folder / "zone")
    return Rendered(folder / "project", folder / "zone", [*JSON, *JSON_ROWS, *TIME, *TEXT, *LANDING], STATEMENTS)


@pytest.fixture(scope="module")
def rendered_empty(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("empty")
    return Rendered(folder / "project", folder / "zone", EMPTY_ZONE, {})


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    # what profiles.yml sets must not be what makes the macros right
    connection.execute("set TimeZone = 'Asia/Kolkata'")
    return connection


def assert_kept(promise: Promise, sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    found = Counter(connection.execute(sql).fetchall())
    expected = Counter(promise.rows)
    assert found == expected, f"missing {list(expected - found)}, instead {list(found - expected)}\n{sql[-1500:]}"


@pytest.mark.parametrize("promise", [*JSON, *JSON_ROWS, *TIME, *TEXT, *LANDING], ids=lambda promise: promise.name)
def test_the_macro_keeps_its_promise(
    promise: Promise, rendered: Rendered, connection: duckdb.DuckDBPyConnection
) -> None:
    assert_kept(promise, rendered.sql[promise.name], connection)


@pytest.mark.parametrize("promise", EMPTY_ZONE, ids=lambda promise: promise.name)
def test_an_empty_landing_zone_is_no_error(
    promise: Promise, rendered_empty: Rendered, connection: duckdb.DuckDBPyConnection
) -> None:
    assert_kept(promise, rendered_empty.sql[promise.name], connection)


def test_forget_days_takes_out_these_days_and_no_other(
    rendered: Rendered, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("create table days_table as select unnest(range(date '2026-11-22', date '2026-11-27', interval 1 day))::date as sent_day")
    connection.execute(rendered.others["forget_days"])
    left = connection.execute("select cast(sent_day as varchar) from days_table order by 1").fetchall()
    assert left == [("2026-11-22",), ("2026-11-24",), ("2026-11-26",)]


def test_create_watermarks_keeps_the_watermarks_that_are_there(
    rendered: Rendered, connection: duckdb.DuckDBPyConnection
) -> None:
    create = "create schema if not exists main;" + rendered.others["create_watermarks"]
    connection.execute(create)
    connection.execute("insert into main.model_watermarks values ('fct_messages', timestamp '2026-11-24 13:00:00', null)")
    connection.execute(create)
    assert connection.execute("select model_name, written_at from main.model_watermarks").fetchall() == [("fct_messages", None)]


def test_a_check_that_an_engine_does_not_need_sends_nothing(rendered: Rendered) -> None:
    assert rendered.others["check_connection"].split() == ["nothing:", "."]
