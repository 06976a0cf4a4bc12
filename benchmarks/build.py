"""What a full `dbt build` on DuckDB costs by layer, beside two ways to read the same objects in DuckDB alone.

    .venv/bin/python benchmarks/build.py [LINES ...] [--against COMMIT]        default 100000

For each number of lines it simulates a landing zone of about that many, 30 days long, and measures three commands:

    whole build        dbt builds every seed and model in a new warehouse; no test runs
    typed read_json    DuckDB reads the objects by `read_json` with typed columns, and counts events by type and day
    by hand            the script that an analyst writes: the same read, then recipients of event publishing by day
                       sent: sends, deliveries, bounces by type and complaints. Repeats count twice. A line that is no
                       JSON stops it.

With --against it also builds the project as it is at COMMIT, over the same objects. The working tree stays as it is.

Each command is a process of its own. Processor seconds (user and system) and peak memory are those of the whole
command, start included. DuckDB has one thread everywhere, and dbt has one too. One model then runs at a time, on one
processor, so its `execution_time` in dbt's run_results.json is about its processor time. That needs a free
processor: compare `seconds` and `processor s` of the whole build, which are then close.

The rows of layers are sums of `execution_time`, which includes what dbt spends on each model. A view costs little where
it stands: its work counts in the layer that reads it. `int_landed_lines_counted` counts under landing: at 19c7238 it
reads the landed lines. `dbt itself` is the rest of the whole build: start, parsing, seeds, hooks of the run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DAYS = 30
LINES_OF_A_MESSAGE = 3.55  # about
LAYERS = ("landing", "staging", "intermediate", "marts")
READS_LANDED_LINES = "int_landed_lines_counted"

EVENTS = """read_json('{landing}/events/*/*/*.json.gz', format = 'newline_delimited', columns = {{
    landed_at: 'TIMESTAMP', source: 'VARCHAR', payload: 'STRUCT(
        eventType VARCHAR,
        mail STRUCT("timestamp" TIMESTAMP, messageId VARCHAR, source VARCHAR, destination VARCHAR[]),
        delivery STRUCT("timestamp" TIMESTAMP, recipients VARCHAR[]),
        bounce STRUCT("timestamp" TIMESTAMP, bounceType VARCHAR, bouncedRecipients STRUCT(emailAddress VARCHAR)[]),
        complaint STRUCT("timestamp" TIMESTAMP, complainedRecipients STRUCT(emailAddress VARCHAR)[])
    )'
}})"""
BASELINES = {
    "typed read_json": f"""
        select payload.eventType as type, payload.mail."timestamp"::date as day, count(*) as events
        from {EVENTS}
        group by all""",
    "by hand": f"""
        with events as (
            select
                payload.eventType as type,
                payload.mail."timestamp"::date as day,
                payload.bounce.bounceType as bounce_type,
                unnest(case type
                    when 'Send' then payload.mail.destination
                    when 'Delivery' then payload.delivery.recipients
                    when 'Bounce' then [its.emailAddress for its in payload.bounce.bouncedRecipients]
                    when 'Complaint' then [its.emailAddress for its in payload.complaint.complainedRecipients]
                end) as recipient
            from {EVENTS}
            where source = 'ses_event'
        )
        select
            day,
            count(recipient) filter (type = 'Send') as sends,
            count(recipient) filter (type = 'Delivery') as deliveries,
            count(recipient) filter (bounce_type = 'Permanent') as permanent_bounces,
            count(recipient) filter (bounce_type = 'Transient') as transient_bounces,
            count(recipient) filter (bounce_type = 'Undetermined') as undetermined_bounces,
            count(recipient) filter (type = 'Complaint') as complaints
        from events
        group by day
        order by day""",
}


@dataclass(frozen=True)
class Cost:
    processor: float
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Build:
    """`models`: seconds of each, by layer and name."""

    cost: Cost
    models: dict[tuple[str, str], float]

    def parts(self) -> dict[str, float]:
        """Processor seconds by the name of a row."""
        layers = {
            layer: sum(seconds for (its, _), seconds in self.models.items() if its == layer)
            for layer in dict.fromkeys([*LAYERS, *(layer for layer, _ in self.models)])
        }
        return {
            **layers,
            "dbt itself": self.cost.processor - sum(layers.values()),
            "whole build": self.cost.processor,
            "landing and staging": layers["landing"] + layers["staging"],
        }


def measured(command: list[str], folder: Path) -> Cost:
    """Run a command in a folder. Where it fails, its last lines are printed and this program ends."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        begun = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            last = "".join(output.readlines()[-30:])
            sys.exit(
                f"{last}{' '.join(command[:3])} ... failed in {folder} ({process.returncode}); above, its last lines"
            )
    return Cost(used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1024)


def lines_in(path: Path) -> int:
    """A piece at a time: a process that is started later counts this one's peak memory as its own."""
    with gzip.open(path) as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(65536), b""))


def simulated(lines: int, folder: Path) -> Path:
    """A landing zone; its last day is fixed, so that the same number of lines gives the same bytes."""
    landing = folder / "landing"
    messages = max(1, round(lines / LINES_OF_A_MESSAGE / DAYS))
    measured(
        [
            *(sys.executable, "-m", "ingestion.cli", "simulate", "--days", str(DAYS), "--tenants", "3", "--seed", "1"),
            *("--until", "2026-11-30", "--messages-per-day", str(messages), "--landing", str(landing)),
        ],
        REPOSITORY,
    )
    return landing


def build(project: Path, landing: Path, folder: Path) -> Build:
    """Build a project in a new warehouse, which is deleted."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        own = Path(name)
        duckdb = {"type": "duckdb", "path": str(own / "warehouse.duckdb"), "schema": "main", "threads": 1}
        duckdb["plugins"] = [{"module": "ingestion.landing.duckdb_objects"}]
        duckdb["settings"] = {"TimeZone": "UTC", "threads": 1, "memory_limit": "6GB"}
        profiles = {"email_events": {"target": "duckdb", "outputs": {"duckdb": duckdb}}}
        (own / "profiles.yml").write_text(json.dumps(profiles))
        cost = measured(
            [
                *(str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build"),
                *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
                *("--vars", json.dumps({"landing_root": str(landing)}), "--profiles-dir", str(own)),
                *("--target-path", str(own / "target"), "--log-path", str(own / "logs")),
            ],
            project,
        )
        results = json.loads((own / "target" / "run_results.json").read_text())["results"]
    layers = {path.stem: path.relative_to(project / "models").parts[0] for path in project.glob("models/**/*.sql")}
    layers[READS_LANDED_LINES] = "landing"
    models = {}
    for result in results:
        kind, _, model = result["unique_id"].split(".")
        if kind == "model":
            models[layers[model], model] = float(result["execution_time"])
    return Build(cost, models)


def read_by(baseline: str, landing: str) -> None:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    print(connection.execute(BASELINES[baseline].format(landing=landing.replace("'", "''"))).fetchall())


def row(name: str, processor: float, lines: int, ratios: list[float], cost: Cost | None = None) -> None:
    whole = f"{lines / processor:>16,.0f}{cost.seconds:>9.1f}{cost.megabytes:>9,.0f}" if cost else " " * 34
    print(
        f"  {name:<22}{processor:>11.2f}{processor / lines * 1e6:>11.1f}{whole}"
        + "".join(f"{x:>17.2f}" for x in ratios)
    )


def compare(lines: int, commit: str | None) -> None:
    with tempfile.TemporaryDirectory(prefix="email-events-build-") as name:
        folder = Path(name)
        landing = simulated(lines, folder)
        objects = sorted((landing / "events").rglob("*.json.gz"))
        lines = sum(map(lines_in, objects))
        builds = {"this checkout": build(REPOSITORY, landing, folder)}
        if commit:
            then = folder / "then"
            subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", REPOSITORY, then], check=True)
            subprocess.run(["git", "-C", then, "checkout", "-q", "--detach", commit], check=True)
            builds[commit] = build(then, landing, folder)
        baselines = {
            baseline: measured([sys.executable, __file__, "--baseline", baseline, str(landing)], folder)
            for baseline in BASELINES
        }

    names = [*BASELINES, *list(builds)[1:]]
    print(f"\n{f'{lines:,} lines in {len(objects):,} objects':<60}processor seconds against those of")
    print(f"  {'':<22}{'processor s':>11}{'us a line':>11}{'lines/proc. s':>16}{'seconds':>9}{'peak MB':>9}", end="")
    print("".join(f"{name:>17}" for name in names))
    for name, built in builds.items():
        print(name)
        for part, processor in built.parts().items():
            ratios = [processor / cost.processor for cost in baselines.values()]
            ratios += [processor / other.parts().get(part, math.nan) for other in list(builds.values())[1:]]
            row(part, processor, lines, ratios, built.cost if part == "whole build" else None)
    print("baselines")
    for name, cost in baselines.items():
        row(name, cost.processor, lines, [cost.processor / other.processor for other in baselines.values()], cost)
    for name, built in builds.items():
        print(f"most expensive models, {name}")
        for (layer, model), seconds in sorted(built.models.items(), key=lambda item: -item[1])[:5]:
            print(f"  {model:<35}{seconds:>8.2f} s   {layer}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", metavar="LINES", nargs="*", default=["100000"])
    parser.add_argument("--against", metavar="COMMIT")
    arguments = parser.parse_args()
    for lines in arguments.lines:
        if not (lines.isascii() and lines.isdigit() and int(lines) >= 1000):
            sys.exit(f"LINES is a whole number of at least 1000, and {lines!r} is not.")
    commit = None
    if arguments.against:
        revision = arguments.against + "^{commit}"
        asked = ["git", "-C", REPOSITORY, *("rev-parse", "--verify", "--quiet", "--short", revision)]
        commit = subprocess.run(asked, stdout=subprocess.PIPE, text=True).stdout.strip()
        if not commit:
            sys.exit(f"{arguments.against!r} is no commit of {REPOSITORY}.")
    for lines in arguments.lines:
        compare(int(lines), commit)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--baseline"]:
        read_by(*sys.argv[2:])
    else:
        main()
