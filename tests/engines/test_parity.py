"""The whole dbt project on every engine from the same landing objects: every mart must come out as on DuckDB.

Two builds on each engine: `parts` takes the objects in three increments, and the run of the second dies while it
replaces rows; `whole` takes all of them at once. (That increments equal a full build is the matter of
tests/dbt/test_increments.py.)
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import arrivals
import pytest
import redelivery
from athena.athena_project import AthenaProject
from athena.server import AthenaServer
from duckdb_project import DuckDbProject
from expectations import DOCUMENTATION, OUR_OWN, SENT_MAIL, STAGED, Expected
from parity import Build, Mart, differences, landed_lines, marts
from project import REPOSITORY
from redshift.redshift_project import RedshiftProject
from redshift.rewrite import WIDEST
from redshift.server import Redshift
from s3 import S3

MARTS = sorted(path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql"))
DIES_WITHIN = "fct_message_recipients"
ARRIVALS = [f"{arrivals.FIRST_DAY + timedelta(days=day):%Y-%m-%d}" for day in (5, 8, 9)]
pytestmark = pytest.mark.xdist_group("parity")  # the builds take minutes: one worker makes them

EVENT_TYPES = 10
# Each needs a fixture <engine>_builds.
ENGINES = ["redshift", "athena"]


# Which event a row of each mart is about, as far as it says: source, type, message.
NAMED_BY = {
    "fct_recipient_events": "source, event_type, message_id",
    "fct_inbound_messages": "'ses_inbound', 'received', message_id",
    "fct_sms_messages": "source, null, message_id",
    "fct_account_events": "'ses_account', event_type, null",
    "fct_campaign_events": "'pinpoint', event_type, null",
    "fct_journey_events": "'pinpoint', event_type, null",
    "fct_app_events": "'pinpoint', lower(event_name), null",
    "schema_drift": "source, event_type, null",
}


@dataclass(frozen=True)
class Zone:
    """Landing zones in folders: one for each part that arrives, and one with everything."""

    parts: list[Path]
    whole: Path


def land_our_own(parts: list[Path], days: list[int], folder: Path) -> None:
    """Every file of tests/events twice: by `email-events land`, and its lines as Firehose would write them. None of the
    lines that engines read differently unless something has checked them is there (docs/landed_event.md). Of each
    source some files come bare first and some wrapped, since only the first copy of an event is staged. And AWS's
    samples, if there.
    """
    rows = sorted(OUR_OWN.rows, key=lambda row: (row.source, not row.file.endswith(".ndjson")))
    wrapped: list[list[Path]] = [[] for _ in parts]
    bare: list[list[str]] = [[] for _ in parts]
    for number, file in enumerate(dict.fromkeys(row.file for row in rows)):
        early, late = number // 2 % 2, 2
        is_wrapped_first = number % 2 == 0
        wrapped[early if is_wrapped_first else late].append(OUR_OWN.folder / file)
        bare[late if is_wrapped_first else early] += OUR_OWN.lines(file)
    for part, day, files, lines in zip(parts, days, wrapped, bare, strict=True):
        redelivery.land_files(files, folder, part, day)
        redelivery.write_bare(lines, part, day)
    if DOCUMENTATION.folder.exists():
        redelivery.land_files([DOCUMENTATION.folder], folder, parts[1], days[1])


@pytest.fixture(scope="session")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    """20,000 events and more: every type, wrapped and bare, copies, late ones, lines that are none; and all of our own,
    in every shape that a source or a transport gives them. Few objects.
    """
    folder = tmp_path_factory.mktemp("parity")
    rng = random.Random(3)
    events = arrivals.simulated(folder, messages_per_day=550)
    events += arrivals.awkward(events, rng)
    assert len(events) >= 20_000
    days = arrivals.batches(events, rng)
    cut = [(5, days[:6]), (8, days[6:9]), (9, days[9:])]
    parts = [folder / f"part_{number}" for number in range(len(cut))]
    for part, (day, batches) in zip(parts, cut, strict=True):
        arrived = [event for batch in batches for event in batch]
        late = arrived[: len(arrived) // 20] if part != parts[0] else []
        arrivals.land(arrived[len(late) :], part, day, random.Random(day), hours=(1, 13))
        if late:
            arrivals.land(late, part, day - 1, random.Random(day), hours=(22, 23))
    land_our_own(parts, [day for day, _ in cut], folder)
    for part in parts:
        shutil.copytree(part, folder / "whole", dirs_exist_ok=True)
    return Zone(parts, folder / "whole")


@dataclass(frozen=True)
class Builds:
    """Projects of one engine, each in the schema after which it is named."""

    parts: Any
    whole: Any

    def rows_of(self, way: str) -> Build:
        project = getattr(self, way)
        return Build(f"{project.target} ({way})", project.rows)


def without(*kinds: str) -> list[str]:
    return [word for kind in kinds for word in ("--exclude-resource-type", kind)]


def built(project: Callable[[str], Any], zone: Zone, prepare: Callable[[Any], None]) -> Builds:
    """Build both ways; `prepare` makes the landing relation, `arrive` of a project lands objects.

    A dbt process takes longer to start than most of what it does: seeds come with the first build, tests with the last,
    where no other file of tests runs them.
    """
    parts, whole = project("parts"), project("whole")
    first = without("test", "unit_test")
    last = without("seed", "unit_test", *(["test"] if parts.target == "duckdb" else []))
    for one in (parts, whole):
        prepare(one)
    for number, part in enumerate(zone.parts):
        parts.arrive(part)
        if number == 1:
            parts.dbt_killed_within(DIES_WITHIN)
            parts.dbt("run")
        else:
            parts.dbt("build", *(last if number else first))
    whole.arrive(zone.whole)
    whole.dbt("build", *first)
    return Builds(parts, whole)


@pytest.fixture(scope="session")
def duckdb_builds(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("duckdb")
    return built(lambda schema: DuckDbProject(folder / schema, schema), zone, lambda project: None)


@pytest.fixture(scope="session")
def redshift_builds(redshift: Redshift, s3: S3, zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("redshift")
    redshift.psql("create user analyst; create user guardian")

    def prepare(project: RedshiftProject) -> None:
        project.environment |= {"EMAIL_EVENTS_READERS": "analyst guardian"}
        project.environment |= {"EMAIL_EVENTS_RESTRICTED_READERS": "guardian"}
        project.stage_landing()

    return built(lambda schema: RedshiftProject(redshift, s3, folder / schema, schema), zone, prepare)


@pytest.fixture(scope="session")
def athena_builds(athena: AthenaServer, zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("athena")
    return built(
        lambda schema: AthenaProject(athena, folder / schema, schema),
        zone,
        lambda project: project.stage_landing(ARRIVALS[0], ARRIVALS[-1]),
    )


@pytest.fixture(scope="session", params=ENGINES)
def builds(request: pytest.FixtureRequest) -> Builds:
    """Those of each engine; asked for before DuckDB's, so that nothing is built where the engine is not there."""
    made: Builds = request.getfixturevalue(f"{request.param}_builds")
    return made


@pytest.fixture(scope="session")
def compared(duckdb_builds: Builds) -> dict[str, Mart]:
    return {mart.name: mart for mart in marts(duckdb_builds.whole.folder / "target" / "manifest.json")}


@pytest.mark.parametrize("way", ["parts", "whole"])
@pytest.mark.parametrize("mart", MARTS)
def test_the_mart_is_the_same_as_on_duckdb(
    builds: Builds, mart: str, way: str, duckdb_builds: Builds, compared: dict[str, Mart]
) -> None:
    found = differences(compared[mart], builds.rows_of(way), duckdb_builds.rows_of(way))
    assert not found, f"{len(found)} differences, the first of them:\n" + "\n".join(found[:10])


@pytest.mark.parametrize("model", [*sorted(set(STAGED.values())), "landing_rejects"])
def test_what_is_staged_or_rejected_is_the_same_as_on_duckdb(builds: Builds, model: str, duckdb_builds: Builds) -> None:
    theirs = duckdb_builds.rows_of("whole")
    found = differences(landed_lines(model, theirs), builds.rows_of("whole"), theirs)
    assert not found, f"{len(found)} differences, the first of them:\n" + "\n".join(found[:10])


def test_maintain_vacuums_every_table_whose_rows_are_added_or_replaced(redshift_builds: Builds) -> None:
    told = redshift_builds.parts.dbt("run-operation", "maintain")
    nodes = json.loads((redshift_builds.parts.folder / "target" / "manifest.json").read_text())["nodes"].values()
    strategies = {node["name"]: node["config"].get("incremental_strategy") for node in nodes}
    grow = [name for name, strategy in strategies.items() if strategy in ("append", "delete+insert")]
    assert len(grow) > 10
    for name in [*grow, "events", "objects", "manifests", "model_watermarks"]:
        assert all(re.search(rf"{command} parts(_\w+)?\.{name}\n", told) for command in ("vacuum", "analyze")), name


def test_readers_may_select_from_the_marts_of_their_schemas_alone(redshift: Redshift, redshift_builds: Builds) -> None:
    tables = """
        select table_name from information_schema.tables
        where table_schema like 'parts%' and has_table_privilege('{}', table_schema || '.' || table_name, 'select')
    """
    readable = {user: {name for (name,) in redshift.rows(tables.format(user))} for user in ("analyst", "guardian")}
    assert readable == {"analyst": set(MARTS) - {"dim_recipients"}, "guardian": set(MARTS)}


def test_a_text_on_redshift_has_the_width_of_its_column_and_not_the_widest(redshift_builds: Builds) -> None:
    columns = redshift_builds.whole.rows("""
        select table_name, column_name, character_maximum_length
        from information_schema.columns
        where table_schema like 'whole%' and data_type in ('character varying', 'text')
            and table_name in (select tablename from pg_tables where schemaname like 'whole%')
    """)
    # a line that is no JSON is shown as it came
    whole = {(table, column) for table, column, width in columns if width == WIDEST}
    assert whole == {("events", "line"), ("landing_records", "line")}
    # what is written here and by nobody else has the width that the engine gives it
    keys = {"event_id", "recipient_key", "reported_recipient_key", "sending_daily_id", "message_tag_id"}
    ours = keys | {"source", "kind", "reason", "line_md5"}
    assert {column for _, column, width in columns if width is None} <= ours
    widths = {column: width for table, column, width in columns if table.startswith(("stg_", "fct_"))}
    assert widths["diagnostic_code"] == 4 * 4096
    assert widths["message_id"] == 4 * 1024
    assert widths["bounce_type"] == 4 * 320
    assert widths["recipient_event_id"] == 32


def test_no_text_ends_in_a_blank_since_redshift_compares_texts_without_those(duckdb_builds: Builds) -> None:
    rows = duckdb_builds.whole.rows
    # a line that is no JSON is shown as it came, and never compared
    tables = rows("""
        select table_name, list(column_name) from information_schema.columns
        where data_type = 'VARCHAR' and column_name <> 'line' group by all
    """)
    assert len(tables) > 30
    for table, columns in tables:
        blank_at_the_end = ", ".join(f"max(right({column}, 1) = ' ')" for column in columns)
        [ends] = rows(f"select {blank_at_the_end} from {table}")
        assert [column for column, blank in zip(columns, ends, strict=True) if blank] == [], table


def numbers_on_the_page_of(project: Any) -> Counter[str]:
    """The numbers that `python -m dashboards` draws from the marts, less those of the line that says when it drew."""
    page = project.folder / "page.html"
    done = subprocess.run(
        [sys.executable, "-m", "dashboards", "--target", project.target, "--to", str(page)],
        env={**project.settings, "DBT_PROFILES_DIR": str(project.folder)},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    # charts name their data by a hash, over rows that an engine gives in any order
    text = re.sub(r"<span>Target <b>.*?</span>|data-[0-9a-f]{32}", "", page.read_text())
    return Counter(re.findall(r"\d+(?:\.\d+)?", text))


def test_the_page_shows_the_numbers_of_duckdbs(builds: Builds, duckdb_builds: Builds) -> None:
    ours, theirs = numbers_on_the_page_of(builds.whole), numbers_on_the_page_of(duckdb_builds.whole)
    assert sum(ours.values()) > 1000
    assert ours == theirs, f"only here {ours - theirs}, only on DuckDB {theirs - ours}"


def test_what_is_compared_holds_every_mart_and_every_event_type(
    duckdb_builds: Builds, compared: dict[str, Mart]
) -> None:
    rows = duckdb_builds.whole.rows
    assert sorted(compared) == MARTS
    assert [mart for mart in MARTS if rows(f"select count(*) from {mart}") == [(0,)]] == []
    assert rows("select count(distinct event_type) from fct_recipient_events") == [(EVENT_TYPES,)]
    assert rows("select count(*) from fct_recipient_events where recipient_is_certain is false") != [(0,)]
    assert rows("select sum(repeats) > 0, sum(rejected) > 0 from ingestion_ledger") == [(True, True)]


def test_what_is_compared_holds_our_own_events_of_every_source_and_type(duckdb_builds: Builds) -> None:
    def named(row: Expected) -> tuple[str | None, ...]:
        is_text_message = row.source == "eum" or row.event_type.lower().startswith("_sms.")
        has_message = row.mail_type or row.source not in SENT_MAIL
        return (
            row.source,
            None if is_text_message else row.mail_type or row.staged_type,
            row.message_id if has_message else None,
        )

    landed = [row for row in OUR_OWN.rows if row.fate == "landed" and not row.repeat_of]
    rows = duckdb_builds.whole.rows
    in_marts = rows(" union ".join(f"select {columns} from {mart}" for mart, columns in NAMED_BY.items()))
    assert {named(row) for row in landed} - set(in_marts) == set()

    by_firehose = "landed_object like '%/firehose-%'"
    staged = rows(
        " union ".join(f"select source, event_type, {by_firehose} from {model}" for model in set(STAGED.values()))
    )
    assert {(row.source, row.staged_type) for row in landed} - {(source, kind) for source, kind, _ in staged} == set()
    ways = {(source, is_bare) for source in STAGED for is_bare in (True, False)}
    # without what EventBridge says of it, nothing tells an account event
    assert ways - {(source, is_bare) for source, _, is_bare in staged} == {("ses_account", True)}


def test_a_difference_names_the_mart_the_key_the_column_and_both_values() -> None:
    mart = Mart("fct_messages", "message_id", {"message_id": "string", "opens": "bigint", "rate": "double"})
    left = Build("left", lambda sql: [("m1", "m1", 1, 0.1 + 0.2), ("m2", "m2", 2, 0.5), ("m3", "m3", 1.0, None)])
    right = Build(
        "right", lambda sql: [("m1", "m1", 1, 0.3), ("m2", "m2", 3, 0.5), ("m3", "m3", 1, 0.0), ("m4", "m4", 1, 1.0)]
    )
    assert differences(mart, left, right) == [
        "fct_messages m4: only right has this row",
        "fct_messages m2 opens: left 2, right 3",
        "fct_messages m3 opens: left 1.0 is no bigint",
        "fct_messages m3 rate: left None, right 0.0",
    ]
