"""Every promise of the engine macros, held on DuckDB; `engine_promises.py` says how another engine is."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from compiled_project import Compiled, compile_project, written_branches
from engine_promises import COMMANDS, EMPTY_ZONE, LANDING, PROMISES, VARIABLES, analyses, assert_kept, name_of
from promises import Promise
from promises_landing import write_zone

from ingestion.landing.damage import inspected

pytestmark = pytest.mark.xdist_group("engine_promises")

CONFIG = "{{ tojson(engine_config('days', day='sent_day')) }}"


def compiled_over(folder: Path, promises: list[Promise], commands: dict[str, str]) -> Compiled:
    """As dbt renders them for a build, the landing zone looked at: one dbt process for all."""
    named = analyses(promises) | commands
    variables = VARIABLES | {"landing_root": str(folder / "zone")}
    return compile_project(folder / "project", "duckdb", named, variables, models=False)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("it's a promise")  # a folder may be called so
    write_zone(folder / "zone")
    return compiled_over(folder, [*PROMISES, *LANDING], COMMANDS | {"engine_config": CONFIG})


@pytest.fixture(scope="module")
def compiled_empty(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return compiled_over(tmp_path_factory.mktemp("empty"), EMPTY_ZONE, {})


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    # what profiles.yml sets must not be what makes the macros right
    connection.create_function(
        "object_damages", inspected, ["VARCHAR[]"], "STRUCT(damage VARCHAR, lines BIGINT)[]", side_effects=True
    )
    connection.execute("set TimeZone = 'Asia/Kolkata'")
    connection.execute("create schema main_staging")
    return connection


def numbered(promises: list[Promise]) -> list[object]:
    return [pytest.param(f"promise_{n}", promise, id=promise.name) for n, promise in enumerate(promises)]


@pytest.mark.parametrize(("name", "promise"), numbered([*PROMISES, *LANDING]))
def test_duckdb_keeps_the_promise(
    name: str, promise: Promise, compiled: Compiled, connection: duckdb.DuckDBPyConnection
) -> None:
    assert_kept(promise, connection.execute(compiled.statements[name]).fetchall())


@pytest.mark.parametrize(("name", "promise"), numbered(EMPTY_ZONE))
def test_an_empty_landing_zone_is_no_error(
    name: str, promise: Promise, compiled_empty: Compiled, connection: duckdb.DuckDBPyConnection
) -> None:
    assert_kept(promise, connection.execute(compiled_empty.statements[name]).fetchall())


def test_every_macro_with_branches_has_a_promise(compiled: Compiled) -> None:
    replaced = {"duckdb__create_view_as"}  # dbt's own: tests/dbt/test_export.py
    assert written_branches("duckdb") - replaced - compiled.branches == set(), "add a promise, or a command above"


def test_promises_have_names_of_their_own() -> None:
    names = [name_of(promise) for promise in [*PROMISES, *LANDING, *EMPTY_ZONE]]
    assert sorted(set(names)) == sorted(names)


def test_forget_days_takes_out_these_days_and_no_other(
    compiled: Compiled, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(
        "create table days_table as"
        " select cast(unnest(range(date '2026-11-22', date '2026-11-27', interval 1 day)) as date) as sent_day"
    )
    connection.execute(compiled.statements["forget_days"])
    left = connection.execute("select cast(sent_day as varchar) from days_table order by 1").fetchall()
    assert left == [("2026-11-22",), ("2026-11-24",), ("2026-11-26",)]


def test_first_rows_keeps_the_first_row_of_each_key(compiled: Compiled, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table copies as
        select * from (values
            ('e1', 2, 'a', false), ('e1', 1, 'b', false), ('e1', 1, 'b', false), ('e1', 1, 'c', false),
            ('e2', 1, 'z', true), ('e2', 3, 'd', false)
        ) as rows (event_id, landed_at, line_md5, is_bad)
    """)
    kept = connection.execute(compiled.statements["first_rows"]).fetchall()
    assert sorted(kept) == [("e1", 1, "b", False), ("e2", 3, "d", False)]


def test_create_watermarks_keeps_the_watermarks_that_are_there(
    compiled: Compiled, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(compiled.statements["create_watermarks"])
    connection.execute(
        "insert into main_staging.model_watermarks values ('fct_messages', timestamp '2026-11-24 13:00', null)"
    )
    connection.execute(compiled.statements["create_watermarks"])
    kept = connection.execute("select model_name, written_at from main_staging.model_watermarks").fetchall()
    assert kept == [("fct_messages", None)]


def test_maintain_keeps_the_last_watermark_of_each_model(
    compiled: Compiled, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(compiled.statements["create_watermarks"])
    connection.execute("""
        insert into main_staging.model_watermarks values
            ('fct_messages', timestamp '2026-11-24 13:00', timestamp '2026-11-24 13:10'),
            ('fct_messages', timestamp '2026-11-24 14:00', timestamp '2026-11-24 14:10'),
            ('fct_messages', timestamp '2026-11-24 12:00', timestamp '2026-11-24 12:10'),
            ('landing_records', timestamp '2026-11-23 09:00', timestamp '2026-11-23 09:10')
    """)
    for name in sorted(name for name in compiled.statements if name.startswith("maintain: ")):
        connection.execute(compiled.statements[name])
    kept = connection.execute(
        "select model_name, hour(done_through) from main_staging.model_watermarks order by all"
    ).fetchall()
    assert kept == [("fct_messages", 14), ("landing_records", 9)]


def test_engine_config_says_how_a_daily_mart_replaces_its_days(compiled: Compiled) -> None:
    config = json.loads(compiled.statements["engine_config"])
    assert config == {"incremental_strategy": "delete+insert", "unique_key": "sent_day"}


def test_what_an_engine_does_not_need_sends_nothing(compiled: Compiled) -> None:
    sent = {name.split(":")[0] for name in compiled.statements}
    assert sent & set(COMMANDS) == {"create_watermarks", "first_rows", "forget_days", "maintain"}
