"""A simulated stream, cut into batches as a landing zone receives them: shuffled, late, repeated, some of it broken."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from long_texts import long_texts

# Pinpoint ends on 30 October 2026: the ten days have both.
FIRST_DAY = datetime(2026, 10, 26, tzinfo=UTC)
DAYS = 10

Event = dict[str, Any]

# The key that tells a source, in this order; account events are as EventBridge wraps them.
SHAPES = {
    "receipt": "ses_inbound",
    "detail-type": "ses_account",
    "eventVersion": "eum",
    "event_type": "pinpoint",
    "notificationType": "ses_notification",
}


def simulated(folder: Path, *, messages_per_day: int) -> list[Event]:
    """Ten days of `email-events simulate`, in the order in which it says they arrive."""
    stream = folder / "stream.ndjson"
    last_day = FIRST_DAY + timedelta(days=DAYS - 1)
    subprocess.run(
        [
            *(sys.executable, "-m", "ingestion.cli", "simulate", "--seed", "11", "--tenants", "2"),
            *("--days", str(DAYS), "--messages-per-day", str(messages_per_day)),
            *("--until", f"{last_day:%Y-%m-%d}", "--to", str(stream)),
        ],
        check=True,
        capture_output=True,
    )
    return [json.loads(line) for line in stream.read_text().splitlines()]


def _read(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def own_time(event: Event) -> datetime:
    """The event's own time, or the message's where it has none that can be read."""
    if _source(event) == "pinpoint":
        return datetime.fromtimestamp(max(event["event_timestamp"], event["arrival_timestamp"]) / 1000, UTC)
    if _source(event) == "eum":
        return datetime.fromtimestamp(event["eventTimestamp"] / 1000, UTC)
    if _source(event) == "ses_account":
        return datetime.fromisoformat(event["time"])
    if _source(event) == "ses_inbound":
        return datetime.fromisoformat(event["receipt"]["timestamp"])
    for key in ("delivery", "bounce", "complaint", "open", "click", "deliveryDelay", "subscription"):
        own = _read(event.get(key, {}).get("timestamp"))
        if own:
            return own
    return datetime.fromisoformat(event["mail"]["timestamp"])


def sent_day(event: Event) -> int:
    """The day, from 0, on which the event says its message was sent."""
    sent = _read(event.get("mail", {}).get("timestamp")) or own_time(event)
    if _source(event) == "pinpoint":
        sent = datetime.fromtimestamp(event["event_timestamp"] / 1000, UTC)
    if _source(event) == "eum":
        sent = datetime.fromtimestamp(event["messageRequestTimestamp"] / 1000, UTC)
    return (sent.replace(hour=0, minute=0, second=0, microsecond=0) - FIRST_DAY).days


def awkward(events: list[Event], rng: random.Random) -> list[Event]:
    """What real streams have and the simulator does not write: copies that disagree, times that are missing."""
    made: list[Event] = []
    for event in rng.sample([e for e in events if "delivery" in e and sent_day(e) in range(1, 7)], 12):
        copy = json.loads(json.dumps(event))
        kind = len(made) % 4
        if kind == 0:  # the same event says another day: around midnight, SES does that
            sent = datetime.fromisoformat(event["mail"]["timestamp"]) - timedelta(days=1)
            copy["mail"]["timestamp"] = sent.strftime("%Y-%m-%dT23:59:59.000Z")
        elif kind == 1:  # when its message was sent, it does not say
            del copy["mail"]["timestamp"]
            copy["delivery"]["smtpResponse"] = "250 again"
            copy["delivery"]["timestamp"] = event["delivery"]["timestamp"].replace(".", ".9")[:23] + "Z"
        elif kind == 2:  # an unreadable time of its own
            copy["delivery"]["timestamp"] = "yesterday"
        else:  # a spelling of the time that old events have, and a field that is not documented
            copy["mail"]["novelty"] = "x"
            copy["delivery"]["timestamp"] = event["delivery"]["timestamp"][:19] + " +0000"
        made.append(copy)
    # the rarest type: in a short stream there may be none
    for event in [event for event in events if event.get("eventType") == "Send" and sent_day(event) == 3][:3]:
        rejected = {key: value for key, value in json.loads(json.dumps(event)).items() if key != "send"}
        made.append({**rejected, "eventType": "Reject", "reject": {"reason": "Bad content"}})
    # a message of its own that was sent before there are days
    delivery = next(event for event in events if "delivery" in event and sent_day(event) == 3)
    sent = {"timestamp": "1965-03-01T12:00:00.000Z", "messageId": "message-of-1965"}
    made.append({**delivery, "mail": {**delivery["mail"], **sent}})
    # a line that is longer than Redshift's text, about a message of its own
    headers = [{"name": f"X-Long-{number}", "value": "x" * 60} for number in range(1000)]
    made.append({**delivery, "mail": {**delivery["mail"], "messageId": "message-of-a-long-line", "headers": headers}})
    return made + long_texts(events)


def batches(events: list[Event], rng: random.Random) -> list[list[Event]]:
    """Ten batches by day of arrival. The last brings nothing about the first six days, so that those stay untouched."""
    cut: list[list[Event]] = [[] for _ in range(DAYS)]
    for event in events:
        arrival = max(0, min(DAYS - 1, (own_time(event) - FIRST_DAY).days))
        copies = 1 + (rng.random() < 0.06) + (rng.random() < 0.02)
        for copy in range(copies):
            late = rng.choice([0, 0, 0, 0, 0, 1, 2, 5]) if copy == 0 else rng.randint(0, 6)
            batch = min(DAYS - 1, arrival + late)
            if batch == DAYS - 1 and sent_day(event) < 6:
                batch = DAYS - 2
            cut[batch].append(event)
    for batch in cut:
        rng.shuffle(batch)
    return cut


def land(
    batch: list[Event], root: Path, day: int, rng: random.Random, *, hours: tuple[int, ...] = (1, 7, 13, 19)
) -> None:
    """Write one batch as objects of one day, wrapped and bare, with a manifest for each wrapped object."""
    for number, hour in enumerate(hours):
        arrived = FIRST_DAY + timedelta(days=day, hours=hour, minutes=5)
        partition = f"dt={arrived:%Y-%m-%d}/hour={arrived:%H}"
        name = f"{day:02d}-{number:04d}"
        share = batch[number :: len(hours)]
        bare = number == len(hours) - 1
        # Firehose would land EventBridge's wrapping with the event, and that is no bare event
        lines = [json.dumps(event) if bare and "detail" not in event else _wrapped(event, arrived) for event in share]
        if bare:
            lines.insert(rng.randrange(len(lines) + 1), '{"eventType": "Bounce", "mail":')
            lines.insert(rng.randrange(len(lines) + 1), "")
        target = root / "events" / partition / f"{name}.json.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
        if not bare:
            _write_manifest(root, partition, name, arrived, share)


def _source(event: Event) -> str:
    for key, source in SHAPES.items():
        if key in event:
            return source
    return "ses_event"


def _wrapped(event: Event, arrived: datetime) -> str:
    envelope = {key: value for key, value in event.items() if key not in ("version", "detail")}
    return json.dumps(
        {
            "landed_at": f"{arrived:%Y-%m-%dT%H:%M:%S}.000Z",
            "transport": "sqs",
            "origin": "queue",
            **({"envelope": envelope} if "detail" in event else {}),
            "source": _source(event),
            "payload": event.get("detail", event),
        }
    )


def _write_manifest(root: Path, partition: str, name: str, arrived: datetime, share: list[Event]) -> None:
    by_source: dict[str, int] = {}
    for event in share:
        by_source[_source(event)] = by_source.get(_source(event), 0) + 1
    manifest = {
        "batch_id": name,
        "arrived_at": f"{arrived:%Y-%m-%dT%H:%M:%S}.000Z",
        "transport": "sqs",
        "inputs": [],
        "objects": [
            {
                "key": f"events/{partition}/{name}.json.gz",
                "read": len(share) + 3,
                "landed": len(share),
                "landed_by_source": by_source,
                "quarantined": 2,
                "quarantined_by_reason": {"not_json": 2},
                "control": 1,
            }
        ],
    }
    target = root / "manifests" / partition / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(manifest) + "\n")
