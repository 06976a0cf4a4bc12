"""A landing zone in which events arrive in any order, in objects of several hours, wrapped or bare."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mail import Event

FIRST_ARRIVAL = datetime(2026, 10, 4, tzinfo=UTC)
BETWEEN = timedelta(hours=29)  # objects; so events of one message arrive up to 7 weeks apart
OBJECTS = 40
EVENTS_IN_A_TRICKLE = 40


def source(event: Event) -> str:
    if "event_type" in event:
        return "pinpoint"
    return "ses_event" if "eventType" in event else "ses_notification"


def land(messages: list[list[Event]], zone: Path, trickles: int, rng: random.Random) -> list[list[Path]]:
    """Land the events; the objects by the increment in which they appear, in no order of their hours.

    Half of the objects, and the other half; then so many trickles: a few events of messages that came before. They
    touch few of the days that are there.
    """
    held_back: list[list[Event]] = [[] for _ in range(trickles)]
    for events in rng.sample(messages, min(len(messages) // 2, EVENTS_IN_A_TRICKLE * trickles)):
        late = rng.choice(events)
        rng.choice(held_back).extend(event for event in events if event == late)
        events[:] = [event for event in events if event != late]
    shares: list[list[Event]] = [[] for _ in range(OBJECTS)]
    for events in messages:
        # some messages are complete at once, the events of the others arrive weeks apart
        together = rng.choice(shares) if rng.random() < 0.3 else None
        for event in events:
            (rng.choice(shares) if together is None else together).append(event)
    numbers = rng.sample(range(OBJECTS + trickles), OBJECTS + trickles)
    written = [_write(share, number, zone, rng) for share, number in zip(shares + held_back, numbers, strict=True)]
    half = OBJECTS // 2
    return [written[:half], written[half:OBJECTS], *([one] for one in written[OBJECTS:])]


def _write(events: list[Event], number: int, zone: Path, rng: random.Random) -> Path:
    """One object: every fourth as Firehose writes it, the others as `email-events land` does, with a manifest."""
    arrived = FIRST_ARRIVAL + number * BETWEEN
    partition = f"dt={arrived:%Y-%m-%d}/hour={arrived:%H}"
    rng.shuffle(events)
    bare = number % 4 == 3
    at = f"{arrived:%Y-%m-%dT%H:%M:%S}.000Z"
    label = {"landed_at": at, "transport": "sqs", "origin": "queue"}
    lines = [event if bare else {**label, "source": source(event), "payload": event} for event in events]
    key = f"events/{partition}/{number:04d}.json.gz"
    (zone / key).parent.mkdir(parents=True, exist_ok=True)
    (zone / key).write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines).encode()))
    if not bare:
        manifest = zone / "manifests" / partition / f"{number:04d}.json"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        counts = {"read": len(events), "landed": len(events), "quarantined": 0, "control": 0}
        by_source: dict[str, int] = {}
        for event in events:
            by_source[source(event)] = by_source.get(source(event), 0) + 1
        described = {"key": key, **counts, "landed_by_source": by_source, "quarantined_by_reason": {}}
        head = {"batch_id": f"{number:04d}", "arrived_at": at, "transport": "sqs", "inputs": []}
        manifest.write_text(json.dumps({**head, "objects": [described]}) + "\n")
    return zone / key


def appear(objects: Iterable[Path], zone: Path, other: Path) -> None:
    """Let these objects, and their manifests, exist in another zone too."""
    for path in objects:
        manifest = zone / "manifests" / path.parent.relative_to(zone / "events") / f"{path.name.removesuffix('.gz')}"
        for one in (path, manifest):
            if one.exists():
                there = other / one.relative_to(zone)
                there.parent.mkdir(parents=True, exist_ok=True)
                os.link(one, there)
