"""One message, and its events as Amazon SES writes them.

Source: Amazon SES Developer Guide, "Contents of event data" and "Contents of Amazon SNS notifications".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.header import Header
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from simulate.recipients import Recipient
from simulate.senders import Kind, Tenant

# The object beside `mail` in an event; its key is not always the type in lower case.
_OBJECT_KEYS = {
    "Send": "send",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Reject": "reject",
    "Rendering Failure": "failure",
    "Open": "open",
    "Click": "click",
    "Subscription": "subscription",
}
_NOTIFIED = {"Delivery", "Bounce", "Complaint"}


class Event(NamedTuple):
    """`payload` is the event's JSON on one line; `own_ms` its own time, in milliseconds since 1970."""

    own_ms: int
    source: str
    payload: bytes
    place: str
    """Region and account of the sender: `eu-west-1:012345678901`."""
    envelope: bytes = b""
    """What EventBridge wraps around it, as JSON; only account events have one."""


@dataclass(slots=True)
class Message:
    """One send request. Times in milliseconds since 1970, UTC."""

    tenant: Tenant
    kind: Kind
    sent_ms: int
    message_id: str
    to: list[Recipient]
    cc: list[Recipient]
    bcc: list[Recipient]
    outgoing_ip: str
    subject: str
    links: list[str]
    campaign: str | None
    number: int
    """Order, ticket or article that it is about."""
    boundary: str
    unsubscribe_token: str
    delivered: list[tuple[Recipient, int]] = field(default_factory=list)
    """Whom it reached, and when."""
    _whole_mail: dict[str, Any] = field(default_factory=dict)
    _mails: dict[str, orjson.Fragment] = field(default_factory=dict)

    @property
    def shows_bcc(self) -> bool:
        """Some senders leave the header in what they hand to SES; the others name these recipients beside it."""
        return bool(self.bcc) and self.number % 3 == 0

    @property
    def recipients(self) -> list[Recipient]:
        return self.to + self.cc + self.bcc

    @property
    def sent_day(self) -> date:
        return datetime.fromtimestamp(self.sent_ms / 1000, UTC).date()

    @property
    def expires_ms(self) -> int:
        return self.sent_ms + self.kind.hours_to_deliver * 3_600_000

    @property
    def sender(self) -> str:
        address = f"{self.kind.sender}@{self.tenant.domain}"
        return f"{self.tenant.display_name} <{address}>" if self.tenant.display_name else address

    def events(self, event_type: str, own_ms: int, content: dict[str, Any], *, sent_time: str = "") -> list[Event]:
        """The event, and the feedback notification about the same thing where the tenant has those on.

        `sent_time` replaces `mail.timestamp`: SES is not always exact about it.
        """
        event = {
            "eventType": event_type,
            "mail": self._mail(event_type, sent_time),
            _OBJECT_KEYS[event_type]: content,
        }
        made = [Event(own_ms, "ses_event", orjson.dumps(event), self.tenant.place)]
        if self.tenant.sends_notifications and event_type in _NOTIFIED:
            event = {
                "notificationType": event_type,
                "mail": self._mail("notification", sent_time),
                _OBJECT_KEYS[event_type]: content,
            }
            made.append(Event(own_ms, "ses_notification", orjson.dumps(event), self.tenant.place))
        return made

    def _mail(self, source: str, sent_time: str) -> orjson.Fragment:
        """Encoded once for all events with the same `mail`."""
        shape_of = _SHAPES.get(source, _whole)
        key = shape_of.__name__ + sent_time
        if key not in self._mails:
            if not self._whole_mail:
                self._whole_mail = _mail(self)
            mail = shape_of(self, self._whole_mail)
            if sent_time:
                mail = mail | {"timestamp": sent_time}
            self._mails[key] = orjson.Fragment(orjson.dumps(mail))
        return self._mails[key]


def _mail(message: Message) -> dict[str, Any]:
    tenant = message.tenant
    return {
        "timestamp": iso(message.sent_ms),
        "source": message.sender,
        "sourceArn": f"arn:aws:ses:{tenant.region}:{tenant.account}:identity/{tenant.domain}",
        "sendingAccountId": tenant.account,
        "messageId": message.message_id,
        "destination": _destination(message),
        "headersTruncated": False,
        "headers": _headers(message),
        "commonHeaders": _common_headers(message),
        "tags": _tags(message),
    }


def _whole(message: Message, mail: dict[str, Any]) -> dict[str, Any]:
    return mail


def _of_delivery(message: Message, mail: dict[str, Any]) -> dict[str, Any]:
    """The one event that names the IP address of SES from which the mail went out."""
    return mail | {"tags": mail["tags"] | {"ses:outgoing-ip": [message.outgoing_ip]}}


def _of_engagement(message: Message, mail: dict[str, Any]) -> dict[str, Any]:
    """Opens and clicks do not name the identity, and their keys come in alphabetical order."""
    return {key: mail[key] for key in sorted(mail) if key != "sourceArn"}


def _without_headers(message: Message, mail: dict[str, Any]) -> dict[str, Any]:
    kept = {key: mail[key] for key in mail if key not in ("headers", "commonHeaders")}
    return kept | {"tags": {"ses:configuration-set": [message.kind.configuration_set]}}


def _of_notification(message: Message, mail: dict[str, Any]) -> dict[str, Any]:
    """No tags; the original Message-ID instead of SES's."""
    sent = datetime.fromtimestamp(message.sent_ms // 1000, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    original = f"<{message.boundary}@{message.tenant.domain}>"
    added = [{"name": "Message-ID", "value": original}, {"name": "Date", "value": sent}]
    return {key: mail[key] for key in mail if key != "tags"} | {
        "sourceIp": message.tenant.source_ip,
        "callerIdentity": message.kind.caller,
        "headers": mail["headers"] + added,
        "commonHeaders": mail["commonHeaders"] | {"messageId": original, "date": sent},
    }


_SHAPES: dict[str, Callable[[Message, dict[str, Any]], dict[str, Any]]] = {
    "Delivery": _of_delivery,
    "DeliveryDelay": _without_headers,
    "Rendering Failure": _without_headers,
    "Open": _of_engagement,
    "Click": _of_engagement,
    "notification": _of_notification,
}


def _listed(recipients: list[Recipient]) -> str:
    """As they stand in a header: one text for all of them."""
    if len(recipients) == 1:
        return recipients[0].address
    return ", ".join(f"{one.display_name} <{one.address}>" for one in recipients)


def _destination(message: Message) -> list[str]:
    if message.number % 16 == 0:
        return [f"{one.display_name} <{one.address}>" for one in message.recipients]
    return [one.address for one in message.recipients]


def _headers(message: Message) -> list[dict[str, str]]:
    written = [("From", message.sender), ("To", _listed(message.to))]
    if message.cc:
        written.append(("Cc", _listed(message.cc)))
    if message.shows_bcc:
        written.append(("Bcc", _listed(message.bcc)))
    written += [
        ("Subject", _encoded(message.subject)),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="=-{message.boundary}="'),
    ]
    if message.kind.is_campaign:
        written.append(("List-Unsubscribe", f"<https://{message.tenant.domain}/u/{message.unsubscribe_token}>"))
    return [{"name": name, "value": value} for name, value in written]


def _common_headers(message: Message) -> dict[str, Any]:
    return {
        "from": [message.sender],
        "to": [_listed(message.to)],
        **({"cc": [_listed(message.cc)]} if message.cc else {}),
        **({"bcc": [_listed(message.bcc)]} if message.shows_bcc else {}),
        "messageId": message.message_id,
        "subject": message.subject,
    }


def _tags(message: Message) -> dict[str, list[str]]:
    return {
        "ses:operation": [message.kind.operation],
        "ses:configuration-set": [message.kind.configuration_set],
        "ses:source-ip": [message.tenant.source_ip],
        "ses:from-domain": [message.tenant.domain],
        "ses:caller-identity": [message.kind.caller],
        "ses:tenant-name": [message.tenant.name],
        **({"campaign": [message.campaign]} if message.campaign else {}),
    }


@lru_cache(maxsize=1000)
def _encoded(subject: str) -> str:
    """As it goes over the wire: RFC 2047 where it is not ASCII."""
    return subject if subject.isascii() else Header(subject, "utf-8", maxlinelen=998).encode()


def token(rng: Random, size: int) -> str:
    """Random letters and digits, six bits each."""
    return b64encode(rng.randbytes(size * 3 // 4), b"-_").decode()


def new_id(rng: Random, prefix: str, at_ms: int) -> str:
    """A message id or feedback id: region and time in hexadecimal, then a UUID."""
    digits = f"{rng.getrandbits(128):032x}"
    unique = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
    return f"{prefix}{at_ms:012x}-{unique}-000000"


def new_uuid(rng: Random) -> str:
    """A UUID of version 4."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def iso(at_ms: int) -> str:
    """As SES writes it: `2026-11-24T13:05:00.123Z`."""
    days, rest = divmod(at_ms, 86_400_000)
    seconds, millis = divmod(rest, 1000)
    return f"{_day(days)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{millis:03d}Z"


@lru_cache(maxsize=400)
def _day(days_since_1970: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + days_since_1970).isoformat()
