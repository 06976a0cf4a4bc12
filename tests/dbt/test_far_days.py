"""Events of one message id that state days far apart: increments give what a full build gives, whatever the days."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt_warehouse import WITHOUT_TESTS, Warehouse
from documented_events import event
from same_marts import MARTS, OF_ARRIVAL, mart_rows

Event = dict[str, Any]


def told(kind: str, message_id: str, sent: str | None, at: str | None = None, **own: object) -> Event:
    """An event of the type whose message was sent at `sent`, and that happened at `at`."""
    made: Event = copy.deepcopy(event(kind, message_id))
    made["mail"]["timestamp"] = sent
    detail = made.get(kind.lower())
    if at and isinstance(detail, dict):
        detail["timestamp"] = at
        detail.update(own)
    return made


def notified(kind: str, message_id: str, sent: str, at: str, **own: object) -> Event:
    """The feedback notification of the same."""
    made = told(kind, message_id, sent, at, **own)
    return {"notificationType": made.pop("eventType"), **made}


def text_event(message_id: str, event_type: str, requested: int, at: int) -> Event:
    made: Event = {"eventType": event_type, "eventVersion": "1.0", "eventTimestamp": at, "messageId": message_id}
    return made | {"messageRequestTimestamp": requested, "messageStatus": "DELIVERED", "isFinal": True}


def received(message_id: str, sent: str) -> Event:
    receipt = {"timestamp": sent, "recipients": ["a@example.org"], "action": {"type": "S3", "bucketName": sent}}
    return {"notificationType": "Received", "mail": {"messageId": message_id, "timestamp": sent}, "receipt": receipt}


DAY = 86_400_000
NOVEMBER = 1_793_491_200_000  # 1 November 2026

ARRIVING: list[list[Event]] = [
    [
        told("Send", "far", "2026-11-01T10:00:00Z"),
        told("Send", "beside", "2026-11-01T10:00:00Z"),
        told("Delivery", "backwards", "2026-11-20T10:00:00Z", "2026-11-20T10:00:05Z"),
        notified("Bounce", "moved", "2026-11-09T10:00:00Z", "2026-11-10T10:00:00Z", feedbackId="F"),
        told("Send", "of-1965", "1965-03-01T12:00:00Z"),
        told("Delivery", "untimed", None, "2026-11-03T10:00:00Z"),
        text_event("text", "TEXT_SENT", NOVEMBER, NOVEMBER),
        received("inbound", "2026-11-01T10:00:00Z"),
    ],
    [
        told("Delivery", "far", "2026-11-04T10:00:00Z", "2026-11-04T10:00:05Z"),
        told("Send", "backwards", "2016-02-29T10:00:00Z"),
        told("Bounce", "moved", "2026-11-09T10:00:00Z", "2026-11-20T10:00:00Z", feedbackId="F"),
        told("Delivery", "of-1965", "2026-11-04T10:00:00Z", "2026-11-04T10:00:05Z"),
        told("Send", "untimed", "2026-10-01T10:00:00Z"),
        text_event("text", "TEXT_DELIVERED", NOVEMBER + 20 * DAY, NOVEMBER + 20 * DAY),
        received("inbound", "2026-11-20T10:00:00Z"),
    ],
    [
        told("Open", "far", "2026-11-01T10:00:00Z", "2026-11-30T10:00:00Z"),
        told("Send", "alone", "2026-11-01T11:00:00Z"),
        told("Open", "backwards", "2099-12-31T10:00:00Z", "2099-12-31T23:59:59Z"),
        told("Send", "untimed", "2026-09-01T10:00:00Z"),
        text_event("text", "TEXT_DELIVERED", NOVEMBER - 400 * DAY, NOVEMBER - 400 * DAY),
        received("inbound", "2020-02-29T10:00:00Z"),
    ],
]


def land(batch: list[Event], zone: Path, day: int) -> None:
    target = zone / "events" / f"dt=2026-11-{day:02d}" / "hour=12" / "firehose.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in batch).encode()))


def test_events_of_a_message_that_state_days_far_apart_are_one_message_and_leave_no_day_behind(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    zone = tmp_path / "zone"
    incremental = warehouse(zone)
    for day, batch in enumerate(ARRIVING, start=25):
        land(batch, zone, day)
        incremental.dbt("build")  # its tests pass

    sent = dict(incremental.query("select message_id, cast(sent_at as varchar) from fct_messages"))
    assert sent == {
        "far": "2026-11-01 10:00:00",
        "beside": "2026-11-01 10:00:00",
        "alone": "2026-11-01 11:00:00",
        "backwards": "2016-02-29 10:00:00",
        "moved": "2026-11-09 10:00:00",
        # a day before 1970 is not known, and another event of the message states one
        "of-1965": "2026-11-04 10:00:00",
        "untimed": "2026-09-01 10:00:00",
    }
    assert incremental.query(
        "select cast(sent_day as varchar), sends, deliveries from fct_sending_daily order by 1"
    ) == [
        ("2016-02-29", 1, 1),
        ("2026-09-01", 1, 1),
        ("2026-11-01", 3, 1),
        ("2026-11-04", 1, 1),
        ("2026-11-09", 0, 0),
    ]
    bounces = "select cast(event_day as varchar), events from fct_events_daily where event_type = 'bounce'"
    assert incremental.query(bounces) == [("2026-11-20", 1)]
    for mart, events in (("fct_sms_messages", "events"), ("fct_inbound_messages", "actions")):
        assert incremental.query(f"select {events} from {mart}") == [(3,)]

    intact = tmp_path / "intact"
    shutil.copytree(zone, intact)
    full = warehouse(intact)
    full.dbt("build", *WITHOUT_TESTS)
    for mart in set(MARTS) - set(OF_ARRIVAL):
        assert mart_rows(incremental, mart) == mart_rows(full, mart), mart
