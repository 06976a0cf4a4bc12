"""Increments against full builds: docs/architecture.md, "Increments"."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import arrivals
import pytest
import redelivery
from dbt_warehouse import WITHOUT_TESTS, Warehouse
from same_marts import MARTS, OF_ARRIVAL, assert_same_marts

# On which day a run dies, and after which model: its rows are there, and those of the models behind it are not.
KILLED_AFTER = {
    2: "landing_records",
    3: "stg_ses__mail_events",
    4: "fct_recipient_events",
    6: "int_payload_fields_counted",
}


def killed_after(warehouse: Warehouse, model: str) -> None:
    """A `dbt run` that gets SIGKILL as soon as dbt says that `model` is done."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "dbt.cli.main", "--no-use-colors", "run", "--threads", "1"),
            *warehouse.told(),
        ],
        cwd=warehouse.folder,
        env=warehouse.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(rf"OK created sql incremental model \w+\.{model} ", line):
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL, f"the run was over before {model} was done"


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> list[arrivals.Event]:
    rng = random.Random(5)
    events = arrivals.simulated(tmp_path_factory.mktemp("stream"), messages_per_day=40)
    return events + arrivals.awkward(events, rng)


def test_ten_increments_four_of_them_killed_equal_one_full_build_and_read_new_objects_only(
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
        if day in KILLED_AFTER:
            killed_after(incremental, KILLED_AFTER[day])
        incremental.dbt("run")

    arrivals.land(cut[-1], zone, arrivals.DAYS - 1, rng)
    shutil.copytree(zone, intact)
    seen = {row[0] for row in incremental.query("select landed_object from landing_objects")}
    for landed_object in seen:
        (incremental.folder / str(landed_object)).write_bytes(b"garbage: whoever opens this fails")
    built_before = {
        mart: dict(incremental.query(f"select {day}, max(built_at) from {mart} group by 1"))
        for mart, day in [("int_sending_days_counted", "sent_day"), ("fct_events_daily", "event_day")]
    }
    incremental.dbt("build")

    full.dbt("build", *WITHOUT_TESTS)
    assert_same_marts(incremental, full)

    everything = {mart: incremental.query(f"select * from {mart} order by all") for mart in MARTS}
    incremental.dbt("run")
    for mart in MARTS:
        assert incremental.query(f"select * from {mart} order by all") == everything[mart], (
            f"{mart}: a run without new objects changed it"
        )
    for mart, day in [("int_sending_days_counted", "sent_day"), ("fct_events_daily", "event_day")]:
        built_after = dict(incremental.query(f"select {day}, max(built_at) from {mart} group by 1"))
        kept = [one for one, time in built_before[mart].items() if built_after.get(one) == time]
        assert len(kept) >= 4, f"{mart}: all days were built anew"
        assert len(kept) < len(built_after), f"{mart}: no day was built anew"


def test_events_told_up_to_46_times_weeks_late_and_in_any_wrapping_give_the_marts_of_one_clean_delivery(
    stream: list[arrivals.Event], tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    stream = redelivery.fewer(stream)
    clean_zone, zone = tmp_path / "clean", tmp_path / "zone"
    clean, redelivered = warehouse(clean_zone), warehouse(zone)
    in_order = sorted(stream, key=arrivals.own_time)
    redelivery.land([json.dumps(event) for event in in_order], tmp_path, clean_zone, redelivery.ARRIVALS[-1])
    clean.dbt("build", *WITHOUT_TESTS)

    rng = random.Random(9)
    arriving = redelivery.deliveries(stream, rng)
    first, second, third, fourth, fifth, sixth = redelivery.ARRIVALS
    by_firehose = 0
    redelivered.dbt("seed")
    for days in ((third, fourth), (first, second), (fifth, sixth)):
        for day in days:
            by_firehose += redelivery.deliver(arriving[day], tmp_path, zone, day, rng)
        # partitions older than the look-back, so they are asked for
        redelivered.dbt("run", variables={"landing_from": f"{arrivals.FIRST_DAY:%Y-%m-%d}-00"})
    assert_same_marts(redelivered, clean, but_for=OF_ARRIVAL)

    told = sum(map(len, arriving.values()))
    assert told > 10 * len(stream)
    broken = len(redelivery.ARRIVALS)  # so many in Firehose's objects, and as many that `land` quarantined
    columns = ("landed", "staged", "repeats", "rejected", "read_records", "quarantined")
    ledger = f"select {', '.join(f'cast(sum({column}) as bigint)' for column in columns)} from ingestion_ledger"
    [(landed, staged, repeats, *others)] = clean.query(ledger)
    assert (landed, *others) == (len(stream), 0, len(stream), 0)
    again = told - len(stream)
    read = told - by_firehose + broken  # of Firehose's objects nobody says how much was read
    assert redelivered.query(ledger) == [(told + broken, staged, repeats + again, broken, read, broken)]
    assert set(redelivered.query("select balance, transport from ingestion_ledger")) == {
        ("balanced", "file"),
        ("no_manifest", None),
    }
