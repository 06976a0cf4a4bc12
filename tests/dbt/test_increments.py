"""Increments against full builds: docs/architecture.md, "Increments"."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import arrivals
import duckdb
import pytest
from warehouse import REPOSITORY, Warehouse

MARTS = sorted(path.stem for path in (REPOSITORY / "models" / "marts").glob("*.sql"))

# When a row was written is no part of what it says; which of two copies came first is not either.
NOT_COMPARED = {"restated_at", "built_at"}
LEDGER_NOT_COMPARED = {
    "staged",
    "repeats",
    "arrival_lag_p50_seconds",
    "arrival_lag_p90_seconds",
    "arrival_lag_p99_seconds",
}


def mart_rows(warehouse: Warehouse, mart: str) -> Counter[tuple[object, ...]]:
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        columns = [row[0] for row in connection.execute(f"describe {mart}").fetchall()]
        left_out = NOT_COMPARED | (LEDGER_NOT_COMPARED if mart == "ingestion_ledger" else set())
        kept = [column for column in columns if column not in left_out]
        if mart == "ingestion_ledger":
            kept.append("staged + repeats")
        return Counter(connection.execute(f"select {', '.join(kept)} from {mart}").fetchall())


def assert_same_marts(incremental: Warehouse, full: Warehouse) -> None:
    for mart in MARTS:
        if mart == "arrival_lag_hourly":  # says when the staged copy of an event arrived: the first that was seen
            continue
        ours, theirs = mart_rows(incremental, mart), mart_rows(full, mart)
        assert theirs, f"{mart} is empty: nothing is compared"
        extra, missing = ours - theirs, theirs - ours
        differences = f"{mart}: only by increments {list(extra)[:3]}, only by the full build {list(missing)[:3]}"
        assert ours == theirs, differences


def killed_after(warehouse: Warehouse, model: str) -> None:
    """A `dbt run` that gets SIGKILL as soon as dbt says that `model` is done."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "dbt.cli.main", "--no-use-colors", "run", "--threads", "1"),
            *("--vars", f'{{"landing_root": "{warehouse.landing_root}"}}'),
            *("--project-dir", str(REPOSITORY), "--profiles-dir", str(warehouse._profiles())),
            *("--target-path", str(warehouse.folder / "target"), "--log-path", str(warehouse.folder / "logs")),
        ],
        env=warehouse.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if f"OK created sql incremental model main.{model} " in line:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL, f"the run was over before {model} was done"


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> list[arrivals.Event]:
    rng = random.Random(5)
    events = arrivals.simulated(tmp_path_factory.mktemp("stream"), messages_per_day=40)
    return events + arrivals.awkward(events, rng)


def test_ten_increments_one_of_them_killed_equal_one_full_build_and_read_new_objects_only(
    stream: list[arrivals.Event], tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    rng = random.Random(7)
    cut = arrivals.batches(stream, rng)
    zone, intact = tmp_path / "zone", tmp_path / "intact"
    incremental, full = warehouse(zone), warehouse(intact)

    incremental.dbt("seed")
    for day, batch in enumerate(cut[:-1]):
        # an object may appear in an older partition than its neighbours, within the look-back
        late = batch[: len(batch) // 8] if day else []
        arrivals.land(batch[len(late) :], zone, day, rng)
        if late:
            arrivals.land(late, zone, day - 1, rng, hours=(23,))
        if day == 4:
            killed_after(incremental, "fct_recipient_events")
        incremental.dbt("run")

    arrivals.land(cut[-1], zone, arrivals.DAYS - 1, rng)
    shutil.copytree(zone, intact)
    seen = {row[0] for row in incremental.query("select landed_object from landing_objects")}
    for landed_object in seen:
        Path(str(landed_object)).write_bytes(b"garbage: whoever opens this fails")
    built_before = {
        mart: dict(incremental.query(f"select {day}, max(built_at) from {mart} group by 1"))
        for mart, day in [("fct_sending_daily", "sent_day"), ("fct_events_daily", "event_day")]
    }
    incremental.dbt("build")

    full.dbt("build")
    assert_same_marts(incremental, full)

    everything = {mart: incremental.query(f"select * from {mart} order by all") for mart in MARTS}
    incremental.dbt("run")
    for mart in MARTS:
        assert incremental.query(f"select * from {mart} order by all") == everything[mart], (
            f"{mart}: a run without new objects changed it"
        )
    for mart, day in [("fct_sending_daily", "sent_day"), ("fct_events_daily", "event_day")]:
        built_after = dict(incremental.query(f"select {day}, max(built_at) from {mart} group by 1"))
        kept = [one for one, time in built_before[mart].items() if built_after.get(one) == time]
        assert len(kept) >= 4, f"{mart}: all days were built anew"
        assert len(kept) < len(built_after), f"{mart}: no day was built anew"


def test_batches_that_arrive_in_another_order_give_the_same_marts(
    stream: list[arrivals.Event], tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    rng = random.Random(9)
    cut = arrivals.batches(stream, rng)
    zone, whole = tmp_path / "zone", tmp_path / "whole"
    incremental, full = warehouse(zone), warehouse(whole)
    incremental.dbt("seed")
    for days in ((6, 7, 8, 9), (0, 1, 2), (3, 4, 5)):
        for day in days:
            arrivals.land(cut[day], zone, day, random.Random(day))
            arrivals.land(cut[day], whole, day, random.Random(day))
        # an archive: older than the look-back, so it is asked for
        incremental.dbt("run", variables={"landing_from": f"{arrivals.FIRST_DAY:%Y-%m-%d}-00"})
    full.dbt("build")
    assert_same_marts(incremental, full)
