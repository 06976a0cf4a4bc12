"""The same landed lines, built at once and in shuffled increments: every mart and view has the same rows."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from compare import differences
from landed import appear, land
from lifecycles import stream
from mail import ZONES
from warehouse import Warehouse

EVENTS = int(os.environ.get("EMAIL_EVENTS_RECOMPUTE", "0"))
SEED = int(os.environ.get("EMAIL_EVENTS_RECOMPUTE_SEED", "1"))
# Without EMAIL_EVENTS_RECOMPUTE a small stream in one zone; with it so many events, a sixth of them in each zone.
TRIED = ZONES if EVENTS else (ZONES[SEED % len(ZONES)],)
INCREMENTS = 6 if EVENTS else 4


@pytest.mark.parametrize("zone", TRIED)
def test_increments_in_any_order_of_arrival_equal_one_full_build(zone: str, tmp_path: Path) -> None:
    rng = random.Random(f"{SEED} {zone}")
    messages = list(stream(EVENTS // len(TRIED) or 2500, rng.getrandbits(32)))
    landing, arriving = tmp_path / "landing", tmp_path / "arriving"
    batches = shuffled(land(messages, landing, 40, rng), rng)

    # objects appear in partitions of any age, so the oldest is asked for
    variables: dict[str, object] = {"reporting_time_zone": zone, "landing_from": "2026-01-01-00"}
    full, incremental = made(tmp_path / "full", landing), made(tmp_path / "incremental", arriving)
    full.dbt("seed", variables=variables)
    full.dbt("run", variables=variables)
    incremental.dbt("seed", variables=variables)
    for batch in batches:
        appear(batch, landing, arriving)
        incremental.dbt("run", variables=variables)

    found = differences(full.path, incremental.path)
    assert not found, json.dumps(found, default=str, indent=1)


def shuffled(objects: list[Path], rng: random.Random) -> list[list[Path]]:
    """The objects by the increment in which they appear, in no order.

    The last increments are small, and so touch few of the days that earlier ones wrote.
    """
    rng.shuffle(objects)
    batches = []
    for left in range(INCREMENTS, 0, -1):
        taken = len(objects) // 2 if left > 1 else len(objects)
        batches.append(objects[:taken])
        objects = objects[taken:]
    return batches


def made(folder: Path, landing: Path) -> Warehouse:
    folder.mkdir()
    landing.mkdir(exist_ok=True)
    return Warehouse(folder, landing)
