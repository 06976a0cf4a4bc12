"""A stream of `email-events simulate`, and how to read it. Made once for all tests of a process."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import orjson

Event = dict[str, Any]
REPOSITORY = Path(__file__).parents[2]
DAYS = 21
LAST_DAY = datetime(2026, 11, 24, tzinfo=UTC)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
SUPPRESSIONS = {"Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList", "EmailValidationSuppressed"}
OUTLOOK = ("@outlook.example.net", "@hotmail.example.net")
SIMULATOR = "simulator.amazonses.com"
# The key that tells a source, in this order.
SOURCES = {
    "receipt": "ses_inbound",
    "data": "ses_account",
    "event_type": "pinpoint",
    "eventVersion": "eum",
    "notificationType": "ses_notification",
    "eventType": "ses_event",
}


def simulate(*arguments: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ingestion.cli", "simulate", *arguments]
    return subprocess.run(command, capture_output=True, cwd=cwd, check=False)


def output_of(*arguments: str) -> bytes:
    done = simulate(*arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def a_few(*arguments: str) -> bytes:
    return output_of("--days", "4", "--messages-per-day", "60", "--until", "2026-11-24", *arguments)


def is_sent_mail(line: bytes) -> bool:
    """An event or a notification of SES about mail sent: the others come beside them."""
    return (
        line.startswith((b'{"eventType":"', b'{"notificationType":"'))
        and b'"mail":{' in line
        and b'"receipt":{' not in line
    )


def source_of(event: Event) -> str:
    """By the first key that only this source has left; an account event without what EventBridge wraps around it."""
    return next(source for key, source in SOURCES.items() if key in event)


def carried(line: bytes) -> tuple[str, Event]:
    """In what an event comes, and the event."""
    document = orjson.loads(line)
    if "Records" in document:
        (record,) = document["Records"]
        if "body" in record:
            return "SQS in Lambda", orjson.loads(record["body"])
        if "kinesis" in record:
            return "Kinesis in Lambda", orjson.loads(b64decode(record["kinesis"]["data"]))
        return "SES in Lambda", record["ses"]
    if "records" in document:
        (record,) = document["records"]
        by = "Firehose to Lambda" if "invocationId" in document else "Firehose to HTTP"
        return by, orjson.loads(b64decode(record["data"]))
    if "detail" in document:
        return "EventBridge", document["detail"]
    if "Message" in document:
        return "SNS", orjson.loads(document["Message"])
    return "bare", document


def own_time(event: Event) -> datetime:
    """Send, Reject and Rendering Failure have none but the message's."""
    for key in ("delivery", "deliveryDelay", "bounce", "complaint", "open", "click", "subscription"):
        if key in event:
            return datetime.fromisoformat(event[key]["timestamp"])
    return sent_time(event)


def sent_time(event: Event) -> datetime:
    return datetime.fromisoformat(event["mail"]["timestamp"])


def named(event: Event) -> list[str]:
    """The recipients that the event itself names."""
    if "delivery" in event:
        return list(event["delivery"]["recipients"])
    for key, recipients in (
        ("bounce", "bouncedRecipients"),
        ("complaint", "complainedRecipients"),
        ("deliveryDelay", "delayedRecipients"),
    ):
        if key in event:
            return [one["emailAddress"] for one in event[key][recipients]]
    return []


def tenant(event: Event) -> str:
    """By its domain: not every event has tags."""
    return str(event["mail"]["source"].partition("@")[2].partition(".")[0])


def campaign(event: Event) -> str | None:
    return next(iter(event["mail"]["tags"].get("campaign", ())), None)


def is_hard_bounce(event: Event) -> bool:
    bounce = event.get("bounce", {})
    return bounce.get("bounceType") == "Permanent" and bounce["bounceSubType"] not in SUPPRESSIONS


def is_to(event: Event, domains: tuple[str, ...]) -> bool:
    return event["mail"]["destination"][0].rstrip(">").endswith(domains)


def is_to_simulator(event: Event) -> bool:
    return is_to(event, (SIMULATOR,))


@dataclass
class Stream:
    lines: list[bytes]
    """About mail sent by SES."""
    others: list[bytes]

    @cached_property
    def told(self) -> list[Event]:
        """Every event once, in order of first arrival."""
        return [orjson.loads(line) for line in dict.fromkeys(self.lines)]

    @cached_property
    def by_type(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.told:
            if "eventType" in event:
                found[event["eventType"]].append(event)
        return found

    @cached_property
    def by_message(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.told:
            found[event["mail"]["messageId"]].append(event)
        return found

    @cached_property
    def delivered(self) -> dict[tuple[str, str], datetime]:
        """When each message reached each recipient."""
        return {
            (event["mail"]["messageId"], address): own_time(event)
            for event in self.by_type["Delivery"]
            for address in named(event)
        }

    @cached_property
    def incident_day(self) -> date:
        """The day of the campaign to an old list; what came of it came on the two days after."""
        (day,) = {sent_time(event).date() for event in self.by_type["Send"] if campaign(event) == "win-back"}
        return day

    def during_incident(self, event: Event) -> bool:
        return 0 <= (sent_time(event).date() - self.incident_day).days < 3

    def delivered_at(self, event: Event) -> datetime | None:
        """When its message reached the first recipient that it names, or that the message had."""
        address, *_ = named(event) or event["mail"]["destination"]
        return self.delivered.get((event["mail"]["messageId"], re.sub(r".*<|>", "", address)))


@cache
def stream() -> Stream:
    """Three weeks of three tenants."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stream.ndjson"
        arguments = ("--days", str(DAYS), "--messages-per-day", "2000", "--until", f"{LAST_DAY:%Y-%m-%d}")
        output_of(*arguments, "--seed", "3", "--to", str(file))
        lines = file.read_bytes().splitlines()
        sent_mail = list(filter(is_sent_mail, lines))
        return Stream(sent_mail, [line for line in lines if not is_sent_mail(line)])
