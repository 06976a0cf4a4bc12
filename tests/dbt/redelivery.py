"""A simulated stream as transports that promise little deliver it: up to 46 times, weeks late, wrapped anew."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zlib import crc32

from arrivals import FIRST_DAY, Event, own_time

MOST_TIMES = 46
# Days of arrival, counted from the stream's first; it is ten days long.
ARRIVALS = (4, 9, 14, 19, 24, 28)
BROKEN = '{"eventType": "Bounce", "mail":'

COMMAND = Path(sys.executable).with_name("email-events")
# A batch arrives when its environment says so.
CLOCK = """
import datetime, os
from ingestion.landing import manifests

class Clock(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.datetime.fromisoformat(os.environ["ARRIVED"])

manifests.datetime = Clock
"""


def fewer(events: list[Event]) -> list[Event]:
    """A third of the mail, each message with all of its events, and everything else."""
    return [event for event in events if "mail" not in event or crc32(event["mail"]["messageId"].encode()) % 3 == 0]


def deliveries(events: list[Event], rng: random.Random) -> dict[int, list[Event]]:
    """What arrives on each of ARRIVALS: every event once at least, never before it happened, in no order."""
    arriving: dict[int, list[Event]] = {day: [] for day in ARRIVALS}
    for number, event in enumerate(events):
        own_day = (own_time(event) - FIRST_DAY).days
        times = MOST_TIMES if number == 0 else int(MOST_TIMES ** rng.random())
        for day in rng.choices([day for day in ARRIVALS if day > own_day], k=times):
            arriving[day].append(event)
    for copies in arriving.values():
        rng.shuffle(copies)
    return arriving


def wrapped(event: Event, rng: random.Random) -> str:
    """The event as it is, in SNS, in SQS, or in SNS in SQS; each wrapping is one of its own."""
    text, number = json.dumps(event), f"{rng.getrandbits(64):016x}"
    kind = rng.choice(["bare", "sns", "sqs", "sns in sqs"])
    if "sns" in kind:
        topic = "arn:aws:sns:eu-west-1:012345678901:mail"
        sent = f"2026-11-0{rng.randint(1, 9)}T00:00:00.000Z"
        text = json.dumps(
            {"Type": "Notification", "MessageId": number, "TopicArn": topic, "Timestamp": sent, "Message": text}
        )
    if "sqs" in kind:
        attributes = {"ApproximateReceiveCount": str(rng.randint(1, 9))}
        message = {"messageId": number, "body": text, "attributes": attributes, "eventSource": "aws:sqs"}
        text = json.dumps({"Records": [message]})
    return text


def land(lines: list[str], folder: Path, zone: Path, day: int) -> None:
    """`email-events land` of these lines, as it were on that day."""
    name = f"{zone.name}-{day}.ndjson"
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    land_files([Path(name)], folder, zone, day)


def land_files(files: list[Path], folder: Path, zone: Path, day: int) -> None:
    """`email-events land` of these files, as it were on that day; `folder` is what relative names begin from."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(CLOCK)
    arrived = FIRST_DAY + timedelta(days=day, hours=7)
    subprocess.run(
        [COMMAND, "land", *files, "--to", zone, "--processes", "1"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site), "ARRIVED": arrived.isoformat()},
        check=True,
        capture_output=True,
    )


def write_bare(lines: list[str], zone: Path, day: int) -> None:
    """One object of these lines, as Firehose writes it on that day."""
    partition = zone / "events" / f"dt={FIRST_DAY + timedelta(days=day):%Y-%m-%d}" / "hour=13"
    partition.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in lines)
    (partition / f"firehose-{day}.json.gz").write_bytes(gzip.compress(text.encode()))


def deliver(events: list[Event], folder: Path, zone: Path, day: int, rng: random.Random) -> int:
    """One event in seven as Firehose writes it, in an object of bare events, the others by `land`; beside both a line
    that is cut off. How many events Firehose wrote.
    """
    # Firehose would land EventBridge's wrapping with the event, and that is no bare event
    bare = [event for event in events[::7] if "detail" not in event]
    others = [event for number, event in enumerate(events) if number % 7 or "detail" in event]
    write_bare([*map(json.dumps, bare), BROKEN], zone, day)
    land([*(wrapped(event, rng) for event in others), BROKEN], folder, zone, day)
    return len(bare)
