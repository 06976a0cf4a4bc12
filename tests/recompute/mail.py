"""One message, and the events that SES, a feedback notification or Pinpoint writes about it."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Event = dict[str, Any]

SEED = Path(__file__).parents[2] / "seeds" / "mailbox_providers.csv"
ZONES = (
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "America/St_Johns",
)
FIRST_DAY = datetime(2026, 10, 2)
# the nights in which Lord Howe, New York and St John's change their clocks, and days that few messages share
CLOCK_CHANGES = [FIRST_DAY + timedelta(days=n) for n in (1, 2, 29, 30)]
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(48)]
DETAILS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}


def provider_domains() -> list[str]:
    """A domain of the reference data with a feedback loop, one without."""
    with SEED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        next(row["recipient_domain"] for row in rows if row["has_feedback_loop"] == has_loop)
        for has_loop in ("true", "false")
    ]


DOMAINS = ["example.com", "example.org", "example.net", *provider_domains()]


def spelled(moment: datetime, rng: random.Random) -> str:
    """A time as SES writes it, or now and then in another spelling that occurs; never another time."""
    kind = rng.randrange(20)
    if kind == 0:
        return moment.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(timespec="milliseconds")
    if kind == 1:
        return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
    if kind < 5 and moment.microsecond == 0:
        return f"{moment:%Y-%m-%dT%H:%M:%S}{rng.choice(['Z', ' +0000'])}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def moment_on_a_boundary(rng: random.Random) -> datetime:
    """A time within two seconds of a midnight of one of the zones, or any time of these days."""
    day = rng.choice(CLOCK_CHANGES if rng.random() < 0.3 else DAYS)
    if rng.random() < 0.5:
        return day.replace(tzinfo=UTC) + timedelta(milliseconds=rng.randrange(86_400_000))
    midnight = datetime.combine(day.date(), time(), ZoneInfo(rng.choice(ZONES))).astimezone(UTC)
    return midnight + timedelta(milliseconds=rng.choice([-2000, -1000, -1, 0, 0, 1, 999, 2000]))


class Mail:
    """A message; its methods write events about it, each of them independent of what it wrote before."""

    def __init__(self, number: int, rng: random.Random, recipients: int | None = None) -> None:
        self.rng = rng
        self.id = f"m-{number}"
        self.sent_at = moment_on_a_boundary(rng)
        self.account = rng.choice(["111122223333", "111122223333", "012345678901"])
        self.region = rng.choice(["eu-west-1", "us-east-1"])
        self.domain = rng.choice(["example.com", "example.org"])
        self.configuration_set = rng.choice(["marketing", "system", None])
        self.tenant = rng.choice(["t1", "t2", None, None])
        self.campaign = rng.choice(["spring", "autumn", None])
        people = recipients or rng.choice([1, 1, 1, 1, 2, 2, 3, 5])
        self.recipients = [self.address(n) for n in range(people)]

    def address(self, number: int) -> str:
        """A recipient's address: few people, so that they get several messages."""
        return f"r{number}x{self.rng.randrange(40)}@{self.rng.choice(DOMAINS)}"

    def shown(self, address: str) -> str:
        """The address, sometimes with a display name, in capitals, or in angle brackets."""
        name, _, domain = address.partition("@")
        forms = [f'"Doe, J." <{address}>', f"<{address}>", f"J <{address.upper()}>", f"{name.upper()}@{domain}"]
        return self.rng.choice(forms) if domain and self.rng.random() < 0.15 else address

    def later(self, **duration: float) -> datetime:
        """A time up to so long after the send, in milliseconds or seconds; one in ten times much later."""
        most = timedelta(**duration) * (1 if self.rng.random() < 0.9 else 10)
        at = self.sent_at + timedelta(milliseconds=self.rng.randrange(1, int(most / timedelta(milliseconds=1))))
        return at.replace(microsecond=0) + timedelta(seconds=1) if self.rng.random() < 0.1 else at

    def event(self, kind: str, at: datetime | None = None, **fields: Any) -> Event:
        """An event of event publishing."""
        tags: dict[str, Any] = {
            "ses:from-domain": [self.domain],
            "ses:configuration-set": [self.configuration_set] if self.configuration_set else None,
            "ses:tenant-name": [self.tenant] if self.tenant else None,
            "campaign": [self.campaign] if self.campaign else None,
            "ses:outgoing-ip": ["192.0.2.7"] if kind == "Delivery" else None,
        }
        mail = {**self._mail(), "tags": {name: values for name, values in tags.items() if values}}
        if kind not in ("Open", "Click"):
            mail["sourceArn"] = f"arn:aws:ses:{self.region}:{self.account}:identity/{self.domain}"
        detail = DETAILS.get(kind, kind.lower())
        return {"eventType": kind, "mail": mail, detail: self._timed(at, fields)}

    def notification(self, kind: str, at: datetime, **fields: Any) -> Event:
        """A feedback notification: no tags."""
        arn = f"arn:aws:ses:{self.region}:{self.account}:identity/{self.domain}"
        mail = {**self._mail(), "sourceArn": arn}
        return {"notificationType": kind, "mail": mail, kind.lower(): self._timed(at, fields)}

    def pinpoint(self, kind: str, at: datetime, **mail_event: Any) -> Event:
        """An event of Pinpoint's stream; `event_timestamp` is the time of the send."""
        sent = int(self.sent_at.timestamp() * 1000)
        mail = {
            "message_id": self.id,
            "message_send_timestamp": sent,
            "from_address": f"news@{self.domain}",
            "destination": [self.shown(recipient) for recipient in self.recipients],
            "common_headers": {"from": f"news@{self.domain}", "subject": "Hello"},
        }
        return {
            "event_type": f"_email.{kind}",
            "event_timestamp": sent,
            "arrival_timestamp": int(at.timestamp() * 1000),
            "event_version": "3.1",
            "application": {"app_id": "a1"},
            "client": {"client_id": "endpoint/1"},
            "attributes": {"campaign_id": self.campaign} if self.campaign else {},
            "awsAccountId": self.account,
            "facets": {"email_channel": {"mail_event": {"mail": mail, **mail_event}}},
        }

    def _mail(self) -> Event:
        return {
            "timestamp": spelled(self.sent_at, self.rng),
            "messageId": self.id,
            "source": f"News <news@{self.domain}>",
            "sendingAccountId": self.account,
            "destination": [self.shown(recipient) for recipient in self.recipients],
            "commonHeaders": {"from": [f"News <news@{self.domain}>"], "subject": "Hello"},
        }

    def _timed(self, at: datetime | None, fields: Event) -> Event:
        return {**fields, "timestamp": spelled(at, self.rng)} if at else fields
