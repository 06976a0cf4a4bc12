"""Adversarial lifecycles: increments in any order against one full build, and both against the rules in plain Python.

EMAIL_EVENTS_RECOMPUTE is how many events to make, a sixth of them for each reporting zone. Without it there are few, in
one zone. EMAIL_EVENTS_RECOMPUTE_SEED makes others.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from against_rules import differences_from_rules
from compare import differences
from dbt_warehouse import Warehouse
from landed import appear, land
from lifecycles import stream
from mail import ZONES, Event

EVENTS = int(os.environ.get("EMAIL_EVENTS_RECOMPUTE", "0"))
SEED = int(os.environ.get("EMAIL_EVENTS_RECOMPUTE_SEED", "1"))
TRIED = ZONES if EVENTS else (ZONES[SEED % len(ZONES)],)
# one worker makes the builds of a zone
BUILDS = [pytest.param(zone, marks=pytest.mark.xdist_group(f"recompute {zone}")) for zone in TRIED]
TRICKLES = 10 if EVENTS else 1


@dataclass
class Built:
    """The same landed events, built at once and in increments."""

    zone: str
    messages: list[list[Event]]
    last_arrival: date
    full: Warehouse
    incremental: Warehouse


@pytest.fixture(scope="module", params=BUILDS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    zone, folder = request.param, tmp_path_factory.mktemp("recompute")
    rng = random.Random(f"{SEED} {zone}")
    messages = list(stream(EVENTS // len(TRIED) or 2500, rng.getrandbits(32)))
    landing, arriving = folder / "landing", folder / "arriving"
    batches = land([list(events) for events in messages], landing, TRICKLES, rng)

    # objects appear in partitions of any age, so the oldest is asked for
    variables: dict[str, object] = {"reporting_time_zone": zone, "landing_from": "2026-01-01-00"}
    full, incremental = made(folder / "full", landing), made(folder / "incremental", arriving)
    for warehouse in (full, incremental):
        warehouse.dbt("seed", variables=variables)
    full.dbt("run", variables=variables)
    for batch in batches:
        appear(batch, landing, arriving)
        incremental.dbt("run", variables=variables)
    last_arrival = max(path.parent.parent.name for path in landing.glob("events/*/*/*")).removeprefix("dt=")
    return Built(zone, messages, date.fromisoformat(last_arrival), full, incremental)


def made(folder: Path, landing: Path) -> Warehouse:
    folder.mkdir()
    landing.mkdir(exist_ok=True)
    return Warehouse(folder, landing)


def test_increments_in_any_order_of_arrival_equal_one_full_build(built: Built) -> None:
    found = differences(built.full.path, built.incremental.path)
    assert not found, json.dumps(found, default=str, indent=1)


def test_the_marts_equal_what_the_rules_make_of_the_events(built: Built) -> None:
    events = [event for of_message in built.messages for event in of_message]
    found = differences_from_rules(built.full.path, events, built.zone, built.last_arrival)
    assert not found, json.dumps(found, default=str, indent=1)
