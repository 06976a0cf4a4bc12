"""What an increment costs beside a short and a long history: it must follow the days touched, not the history.

    python benchmarks/increment.py [ENGINE ...]        duckdb (default), redshift, athena (needs a JDK and Maven)

A unit of history is four days of mail. A history of 1, 4 and 16 units is built, then the same small batch arrives: the
events of one more day about messages of that day and the day before. What is counted is the dbt run that takes it:

    seconds          of the whole command; on a busy machine they mean little
    objects opened   landed objects (DuckDB): how often one was opened
    objects scanned  landed objects (Athena): how often a statement names them, each time read and billed
    landed bytes     read from the landing zone: by DuckDB, by the statements of Athena that name it, by Redshift's COPY
    landed rows      read of the loaded lines (Redshift)
    statements       that the run sends
    rows read        by scans, over all statements: those of incremental models, and those of the small tables that are
                     rebuilt every time (dimensions, ledger, drift), which do read their whole source
    rows written     over all statements (Athena, Redshift)

DuckDB keeps rows in groups of 2,048 here, so that a small history has as many of them as a large one. The emulated
Redshift stands on PostgreSQL, where nothing is skipped by the order of rows; there an index stands for each column in
whose order rows lie, once the history is built, and EXPLAIN ANALYZE of each statement shows what was read.
An index finds rows where Redshift finds blocks of a megabyte: these rows are the least that could be read.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE.parent / "tests" / name) for name in ("engines", "dbt")]

from duckdb_project import DuckDbProject  # noqa: E402
from project import Project  # noqa: E402

UNITS = (1, 4, 16)
DAYS_OF_A_UNIT = 4
MESSAGES_PER_DAY = 60
LAST_DAY = datetime(2026, 11, 20, tzinfo=UTC)
FIRST_DAY = LAST_DAY - timedelta(days=max(UNITS) * DAYS_OF_A_UNIT)

Event = dict[str, Any]
Costs = dict[str, float]


# ---- what arrives


def simulated(folder: Path) -> list[Event]:
    """Sent mail: event publishing and feedback notifications."""
    stream = folder / "stream.ndjson"
    subprocess.run(
        [
            *(sys.executable, "-m", "ingestion.cli", "simulate", "--seed", "5", "--tenants", "2"),
            *("--days", str((LAST_DAY - FIRST_DAY).days + 1), "--messages-per-day", str(MESSAGES_PER_DAY)),
            *("--until", f"{LAST_DAY:%Y-%m-%d}", "--to", str(stream)),
        ],
        check=True,
        capture_output=True,
    )
    events = (json.loads(line) for line in stream.read_text().splitlines())
    return [event for event in events if "timestamp" in event.get("mail", {}) and "receipt" not in event]


def day_sent(event: Event) -> str:
    return str(event["mail"]["timestamp"][:10])


def day_of(event: Event) -> str:
    """The day on which it happened: its own time, or the message's where it has none."""
    own = next(
        (
            part["timestamp"]
            for part in event.values()
            if isinstance(part, dict) and part is not event["mail"] and "timestamp" in part
        ),
        event["mail"]["timestamp"],
    )
    return str(own[:10])


def land(events: list[Event], zone: Path) -> Path:
    """One bare object for each day on which events happened."""
    by_day: dict[str, list[Event]] = {}
    for event in events:
        by_day.setdefault(day_of(event), []).append(event)
    for day, share in by_day.items():
        target = zone / "events" / f"dt={day}" / "hour=23" / "benchmark.json.gz"
        target.parent.mkdir(parents=True)
        target.write_bytes(gzip.compress("".join(json.dumps(event) + "\n" for event in share).encode()))
    return zone


def zones(folder: Path) -> tuple[dict[int, Path], Path]:
    """The landing zone of each history, and of the batch that follows."""
    events = simulated(folder)
    last, before = f"{LAST_DAY:%Y-%m-%d}", f"{LAST_DAY - timedelta(days=1):%Y-%m-%d}"
    histories = {}
    for units in UNITS:
        first = f"{LAST_DAY - timedelta(days=units * DAYS_OF_A_UNIT):%Y-%m-%d}"
        history = [event for event in events if first <= day_sent(event) and day_of(event) < last]
        histories[units] = land(history, folder / f"history_{units}")
    batch = [event for event in events if day_of(event) == last and day_sent(event) >= before]
    return histories, land(batch, folder / "batch")


# ---- engines: a project for each history, and what was spent until now

NODE = re.compile(r'"node_id": "model[.]\w+[.]([^"]+)"')  # in dbt's comment on a statement
READ = re.compile(r'[.]json[.]gz","op":"READ","bytes":"?([0-9]+)')  # in DuckDB's log of files
LANDED = re.compile(r'from "\w+"[.]"\w+"[.]"events"')  # the landing relation, in a statement
BY_MODEL = "  of which "


def built_anew(project: Project) -> set[str]:
    """Names of the models that are tables."""
    nodes = json.loads((project.folder / "target" / "manifest.json").read_text())["nodes"].values()
    return {node["name"] for node in nodes if node["config"]["materialized"] == "table"}


def count_rows(costs: Costs, rows: int, found: re.Match[str] | None, tables: set[str]) -> None:
    """Add what a statement read to the costs, and to those of the model that was found in it."""
    model = found[1] if found else "none"
    cost = "rows read by rebuilt tables" if model in tables else "rows read"
    for name in (cost, BY_MODEL + model):
        costs[name] = costs.get(name, 0) + rows


class Engine(ABC):
    """A running engine. `spent` is what all statements until now have cost a project."""

    @abstractmethod
    def project(self, schema: str) -> Any:
        """A project whose landing relation is there, and empty."""

    @abstractmethod
    def settle(self, project: Any) -> None:
        """The history is built: from now on it is measured."""

    @abstractmethod
    def spent(self, project: Any) -> Costs: ...


class DuckDb(Engine):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def project(self, schema: str) -> Project:
        project = DuckDbProject(self._folder / schema, schema)
        project.environment |= {
            "PYTHONPATH": str(HERE),
            "EMAIL_EVENTS_DUCKDB_LOG": str(project.folder / "log"),
        }
        warehouse = {
            "path": str(project.folder / "warehouse.duckdb"),
            "alias": "small",
            "options": {"row_group_size": 2048},
        }
        plugins = [{"module": "warehouse.duckdb_objects"}, {"module": "duckdb_log"}]
        target = {
            **{"type": "duckdb", "path": ":memory:", "database": "small", "schema": "main", "threads": 2},
            **{
                "settings": {"TimeZone": "UTC"},
                "attach": [warehouse],
                "plugins": plugins,
            },
        }
        profiles = {"email_events": {"target": "duckdb", "outputs": {"duckdb": target}}}
        (project.folder / "profiles.yml").write_text(json.dumps(profiles))  # JSON is YAML too
        return project

    def settle(self, project: Project) -> None: ...

    def spent(self, project: Project) -> Costs:
        names = ("objects opened", "landed bytes read", "statements", "rows read", "rows read by rebuilt tables")
        costs = dict.fromkeys(names, 0.0)
        tables = built_anew(project)
        for log in (project.folder / "log").glob("*/duckdb_log_entries.csv"):
            contexts = csv.DictReader(log.with_name("duckdb_log_contexts.csv").open())
            connection_of = {row["context_id"]: row["connection_id"] for row in contexts}
            # the last statement of a connection for a model: of several statements at once the first has dbt's comment
            sql: dict[str, str] = {}
            for entry in csv.DictReader(log.open()):
                message, connection = entry["message"], connection_of[entry["context_id"]]
                if entry["type"] == "FileSystem":
                    costs["objects opened"] += '.json.gz","op":"OPEN"' in message
                    read = READ.search(message)
                    costs["landed bytes read"] += int(read[1]) if read else 0
                elif "QUERY_NAME" in message and NODE.search(message):
                    sql[connection] = message
                elif "CUMULATIVE_ROWS_SCANNED" in message:
                    costs["statements"] += 1
                    rows = int(message.split("'value': ")[1].rstrip("}"))
                    count_rows(costs, rows, NODE.search(sql.get(connection, "")), tables)
        return costs


# What rows lie in order of: by day (sort keys), and by the time at which they were written, since they are appended.
ORDERED_BY = {"dt", "sent_date", "sent_day", "event_day", "day", "seen_at", "recorded_at", "staged_at", "restated_at"}
# The table that a statement of dbt's is about: the first that it names, but for the schema.
TARGET = re.compile(r'"(?!dev"|history_)([a-z]\w*?)(?:__dbt_\w+)?"')


class Redshift(Engine):
    def __init__(self, folder: Path, running: Any, s3: Any) -> None:
        self._folder, self._running, self._s3 = folder, running, s3

    def project(self, schema: str) -> Any:
        from redshift.redshift_project import RedshiftProject

        project = RedshiftProject(self._running, self._s3, self._folder / schema, schema)
        project.stage_landing()
        return project

    def settle(self, project: Any) -> None:
        from redshift.server import USER

        columns = self._running.rows(
            "select table_name, c.column_name from information_schema.columns as c"
            " inner join information_schema.tables as t using (table_schema, table_name)"
            f" where table_schema like '{project.schema}%' and t.table_type = 'BASE TABLE'"
        )
        indexes = [f"create index on {table} ({column})" for table, column in columns if column in ORDERED_BY]
        path = f"set search_path to {project.schema}, {project.schema}_restricted, {project.schema}_staging"
        self._running.psql(";\n".join([path, *indexes, "analyze"]))
        # however small, a table is read by an index where one serves; each plan goes to the log with what it read
        plans = {"log_analyze": "on", "log_timing": "off", "log_min_duration": "0", "log_format": "json"}
        settings = {"enable_seqscan": "off", "session_preload_libraries": "auto_explain"}
        for name, value in {**settings, **{f"auto_explain.{name}": value for name, value in plans.items()}}.items():
            self._running.psql(f"alter role {USER} set {name} = '{value}'")

    def spent(self, project: Any) -> Costs:
        names = (
            "landed bytes read",
            "landed rows read",
            "statements",
            "rows read",
            "rows read by rebuilt tables",
            "rows written",
        )
        costs = dict.fromkeys(names, 0.0)
        tables = built_anew(project)
        for (name,) in self._running.rows(f"select landed_object from {project.schema}_staging.objects"):
            bucket, key = name.removeprefix("s3://").split("/", 1)
            costs["landed bytes read"] += self._s3.client().head_object(Bucket=bucket, Key=key)["ContentLength"]
        for text in re.findall(r"plan:\n((?:\t.*\n)+)", self._running.log.read_text(errors="replace")):
            explained = json.loads(text)
            nodes = list(_nodes(explained["Plan"]))
            costs["statements"] += 1
            costs["landed rows read"] += sum(_rows_read(n) for n in nodes if n.get("Relation Name") == "events")
            read = sum(
                _rows_read(node) for node in nodes if node["Node Type"].endswith("Scan") and "Relation Name" in node
            )
            count_rows(costs, read, TARGET.search(explained["Query Text"]), tables)
            for node in nodes:
                if node["Node Type"] == "ModifyTable" and "__dbt_tmp" not in node["Relation Name"]:
                    costs["rows written"] += sum(plan["Actual Rows"] for plan in node["Plans"])
        return costs


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


def _rows_read(scan: dict[str, Any]) -> int:
    passed = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(scan["Actual Loops"] * sum(scan.get(name, 0) for name in passed))


class Athena(Engine):
    def __init__(self, folder: Path, server: Any) -> None:
        self._folder, self._server = folder, server

    def project(self, schema: str) -> Any:
        from athena.athena_project import AthenaProject

        project = AthenaProject(self._server, self._folder / schema, schema)
        project.stage_landing(f"{FIRST_DAY:%Y-%m-%d}", f"{LAST_DAY:%Y-%m-%d}")
        return project

    def settle(self, project: Any) -> None: ...

    def spent(self, project: Any) -> Costs:
        client, tables = self._server.client("athena"), built_anew(project)
        names = (
            "objects scanned",
            "landed bytes read",
            "statements",
            "rows read",
            "rows read by rebuilt tables",
            "rows written",
        )
        costs = dict.fromkeys(names, 0.0)
        for page in client.get_paginator("list_query_executions").paginate():
            for query in page["QueryExecutionIds"]:
                execution = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
                context = execution.get("QueryExecutionContext", {})
                if execution["Status"]["State"] == "SUCCEEDED" and context.get("Database") == project.schema:
                    rows = client.get_query_runtime_statistics(QueryExecutionId=query)["QueryRuntimeStatistics"]["Rows"]
                    count_rows(costs, rows["InputRows"], NODE.search(execution["Query"]), tables)
                    scans = len(LANDED.findall(execution["Query"]))
                    costs["statements"] += 1
                    costs["objects scanned"] += scans
                    costs["landed bytes read"] += rows["InputBytes"] if scans else 0
                    costs["rows written"] += rows["OutputRows"] if _writes(execution["Query"]) else 0
        return costs


def _writes(sql: str) -> bool:
    first = [word for line in sql.splitlines() if not line.startswith("--") for word in line.split()][:1]
    return first[0].lower() in ("insert", "merge", "create", "delete")


@contextmanager
def running(name: str, folder: Path) -> Iterator[Engine]:
    if name == "duckdb":
        yield DuckDb(folder)
    elif name == "redshift":
        from redshift.server import Redshift as Server
        from s3 import S3

        with S3() as s3, Server(s3.client()) as server:
            yield Redshift(folder, server, s3)
    elif name == "athena":
        from athena.server import AthenaServer

        server = AthenaServer(folder)
        try:
            yield Athena(folder, server)
        finally:
            server.stop()
    else:
        sys.exit(f"{name} is no engine: duckdb, redshift, athena")


# ---- measure


def cost_of_the_batch(engine: Engine, history: Path, batch: Path, schema: str) -> Costs:
    project = engine.project(schema)
    project.arrive(history)
    project.dbt("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    engine.settle(project)
    # Redshift's COPY reads the batch when it arrives, the other engines when dbt runs
    arriving = engine.spent(project)["landed bytes read"]
    project.arrive(batch)
    before, begun = {**engine.spent(project), "landed bytes read": arriving}, time.monotonic()
    project.dbt("run")
    seconds = time.monotonic() - begun
    after = engine.spent(project)
    return {"seconds": seconds, **{name: after[name] - before.get(name, 0) for name in after}}


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        histories, batch = zones(folder)
        for name in names:
            (folder / name).mkdir()
            with running(name, folder / name) as engine:
                costs = {
                    units: cost_of_the_batch(engine, history, batch, f"history_{units}")
                    for units, history in histories.items()
                }
            print(f"\n{name}: the run of the same batch after a history of 1, 4 and 16 units", flush=True)
            print(f"{'':48}" + "".join(f"{units:>12}" for units in UNITS) + "   against 1")
            for cost in costs[UNITS[0]]:
                values = [costs[units].get(cost, 0) for units in UNITS]
                if cost.startswith(BY_MODEL) and values[-1] < 1.5 * values[0] + 1000:
                    continue  # of the models, those that follow the history
                ratios = ", ".join(f"{value / values[0]:.2f}" if values[0] else "-" for value in values[1:])
                print(f"{cost:48}" + "".join(f"{value:12,.0f}" for value in values) + f"   {ratios}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["duckdb"])
