"""The whole table of promises, rendered for an engine by dbt and compared with what that engine gives.

An engine is held against it by a few lines, here those of a module in tests/engines/ whose fixture `harness` runs SQL:

    @pytest.fixture(scope="module")
    def sql(tmp_path_factory):
        return rendered(tmp_path_factory.mktemp("promises"), "redshift", PROMISES)

    @pytest.mark.parametrize("promise", PROMISES, ids=name_of)
    def test_redshift_keeps_the_promise(promise, sql, harness):
        assert_kept(promise, harness.rows(sql[promise.name]))

Rows are tuples of Python's str, int, float, bool, datetime without a zone, date and None. Rendering needs no server.
LANDING is about the zone that promises_landing.write_zone makes: load that first, and give `rendered` what
profiles.yml.example reads from the environment, so that source() names the tables where it was loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from compiled_project import OFFLINE, compile_project
from promises import Promise
from promises_addresses import ADDRESSES
from promises_json import JSON
from promises_json_rows import JSON_ROWS
from promises_landing import EMPTY_ZONE, LANDING
from promises_punycode import PUNYCODE
from promises_values import REPORTING_TIME_ZONE, TEXT, TIME

__all__ = ["COMMANDS", "EMPTY_ZONE", "LANDING", "PROMISES", "analyses", "assert_kept", "name_of", "rendered"]

PROMISES = [*JSON, *JSON_ROWS, *TIME, *TEXT, *ADDRESSES, *PUNYCODE]

# What macros send that gives no rows. An engine that needs none of it sends nothing; where it sends several statements,
# each comes below a line by which compiled_project.py divides them.
_EACH = "{%% for statement in %s %%}\n-- statement: {{ loop.index }}\n{{ statement }}\n{%% endfor %%}"
COMMANDS = {
    "check_connection": "{{ adapter.dispatch('check_connection', 'email_events')() }}",
    "warn_of_older_objects": "{{ warn_of_older_objects(\"(select '' as landed_object) as t\", '0000-00-00-00') }}",
    "damaged_objects": "{{ damaged_objects(\"(select 'a' as landed_object, nullif('', '') as damage) as t\") | join }}",
    "create_watermarks": "{{ adapter.dispatch('create_watermarks', 'email_events')() }}",
    "first_rows": "{{ first_rows('copies', 'not is_bad', ['event_id'], ['landed_at', 'line_md5']) }}",
    "forget_days": "{{ forget_days('days_table', 'sent_day', ['2026-11-23', '2026-11-25']) }}",
    "stage_landing": _EACH % "adapter.dispatch('stage_landing_statements', 'email_events')()",
    "maintain": _EACH % "maintenance([{'schema': 'main', 'alias': 'days_table', 'day': 'sent_day'}])",
}

# What dbt must be told for the table to hold.
VARIABLES: dict[str, object] = {"reporting_time_zone": REPORTING_TIME_ZONE}


def name_of(promise: Promise) -> str:
    return promise.name


def analyses(promises: Sequence[Promise]) -> dict[str, str]:
    """SQL with Jinja by a name that a file may have."""
    return {f"promise_{number}": promise.sql for number, promise in enumerate(promises)}


def rendered(
    folder: Path, engine: str, promises: Sequence[Promise], environment: dict[str, str] | None = None
) -> dict[str, str]:
    """SQL by the promise's name, as dbt renders it for the engine without a server."""
    named = analyses(promises)
    variables = VARIABLES | {"compile_incremental": False}
    project = folder / "project"
    compiled = compile_project(project, engine, named, variables, *OFFLINE, environment=environment, models=False)
    return {promise.name: compiled.statements[name] for name, promise in zip(named, promises, strict=True)}


def assert_kept(promise: Promise, rows: Iterable[Sequence[object]]) -> None:
    """The rows are those of the promise, in any order, the types of the values included."""
    found = Counter(tuple((type(value), value) for value in row) for row in rows)
    expected = Counter(tuple((type(value), value) for value in row) for row in promise.rows)
    missing, instead = _values(expected - found), _values(found - expected)
    assert found == expected, f"{promise.name}\n  missing: {missing}\n  instead: {instead}\n{promise.sql[-1500:]}"


def _values(rows: Counter[tuple[tuple[type, object], ...]]) -> list[tuple[object, ...]]:
    return [tuple(value for _, value in row) for row in rows.elements()]
