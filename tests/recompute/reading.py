"""What one landed event states, read by plain Python: no rule of counting is here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mail import Event

KINDS = {
    "Send": ("send", "send", None),
    "Delivery": ("delivery", "delivery", "recipients"),
    "DeliveryDelay": ("delivery_delay", "deliveryDelay", "delayedRecipients"),
    "Bounce": ("bounce", "bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complaint", "complainedRecipients"),
    "Reject": ("reject", "reject", None),
    "Rendering Failure": ("rendering_failure", "failure", None),
    "Open": ("open", "open", None),
    "Click": ("click", "click", None),
    "Subscription": ("subscription", "subscription", None),
}
PINPOINT = {
    "send": ("send", None, None),
    "delivered": ("delivery", "delivery", "recipients"),
    "rejected": ("reject", None, None),
    "hardbounce": ("bounce", "bounce", "bounced_recipients"),
    "softbounce": ("bounce", "bounce", "bounced_recipients"),
    "complaint": ("complaint", "complaint", "complained_recipients"),
    "open": ("open", "open", None),
    "click": ("click", "click", None),
    "unsubscribe": ("subscription", None, None),
}
WITHOUT_OWN_TIME = {"send", "reject", "rendering_failure"}


@dataclass(frozen=True)
class Named:
    """An address that an event names, and what its report adds."""

    address: str
    action: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class Report:
    """One event, as one landed line states it."""

    source: str
    kind: str
    message: str
    sent_at: datetime | None
    occurred_at: datetime | None
    written_time: str | None
    named: tuple[Named, ...]
    destination: tuple[str, ...]
    feedback_id: str | None
    detail: Any
    dimensions: Any


def moment(text: object) -> datetime | None:
    """A time in any spelling that occurs, in UTC, to the millisecond; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text.replace(" ", ""))
    except ValueError:
        return None
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return read.replace(microsecond=read.microsecond // 1000 * 1000, tzinfo=None)


def of_milliseconds(number: int) -> datetime:
    return datetime.fromtimestamp(number / 1000, UTC).replace(tzinfo=None)


def address(value: object) -> str | None:
    """The bare address in lower case, without a display name; None where the value is no text."""
    if not isinstance(value, str):
        return None
    within = re.search(r"<([^<>]*)>[^<>]*$", value)
    return (within[1] if within else value).strip().lower() or None


def named(entries: Any) -> tuple[Named, ...]:
    """The addresses of a list of texts or objects, each once."""
    found: dict[str, Named] = {}
    for entry in entries or []:
        fields = entry if isinstance(entry, dict) else {}
        one = address(fields.get("emailAddress", fields.get("email_address")) if fields else entry)
        if one is not None and one not in found:
            found[one] = Named(one, fields.get("action"), fields.get("status"))
    return tuple(found.values())


def first(tags: Any, name: str) -> str | None:
    values = (tags or {}).get(name)
    return values[0] if values else None


def read(event: Event) -> Report:
    return read_pinpoint(event) if "event_type" in event else read_ses(event)


def read_ses(event: Event) -> Report:
    mail = event["mail"]
    source = "ses_event" if "eventType" in event else "ses_notification"
    kind, detail_key, list_key = KINDS[event.get("eventType") or event["notificationType"]]
    detail = event[detail_key]
    destination = named(mail.get("destination"))
    sent_at, own = moment(mail.get("timestamp")), detail.get("timestamp")
    arn = (mail.get("sourceArn") or "").split(":", 5)
    tags = mail.get("tags")
    author = address((mail.get("commonHeaders") or {}).get("from", [mail.get("source")])[0])
    return Report(
        source=source,
        kind=kind,
        message=mail["messageId"],
        sent_at=sent_at,
        occurred_at=sent_at if kind in WITHOUT_OWN_TIME else moment(own),
        written_time=own,
        named=named(detail.get(list_key)) if list_key else destination,
        destination=tuple(one.address for one in destination),
        feedback_id=detail.get("feedbackId"),
        detail=detail,
        dimensions={
            "account_id": mail.get("sendingAccountId"),
            "region": arn[3] if len(arn) == 6 else None,
            "sending_identity": arn[5].removeprefix("identity/") if len(arn) == 6 else None,
            "configuration_set": first(tags, "ses:configuration-set"),
            "tenant_name": first(tags, "ses:tenant-name"),
            "campaign": first(tags, "campaign"),
            "from_domain": first(tags, "ses:from-domain") or (author or "@").split("@")[-1] or None,
            "outgoing_ip": first(tags, "ses:outgoing-ip"),
        },
    )


def read_pinpoint(event: Event) -> Report:
    parts = event["facets"]["email_channel"]["mail_event"]
    mail, name = parts["mail"], event["event_type"].removeprefix("_email.")
    kind, detail_key, list_key = PINPOINT[name]
    detail = parts.get(detail_key) or {}
    destination = named(mail["destination"])
    sent_at = of_milliseconds(mail["message_send_timestamp"])
    types = {"hardbounce": "Permanent", "softbounce": "Transient"}
    return Report(
        source="pinpoint",
        kind=kind,
        message=mail["message_id"],
        sent_at=sent_at,
        occurred_at=sent_at if kind == "send" else of_milliseconds(event["arrival_timestamp"]),
        written_time=None,
        named=named(detail[list_key]) if detail.get(list_key) else destination,
        destination=tuple(one.address for one in destination),
        feedback_id=None,
        detail={
            "bounceType": types.get(name),
            "ipAddress": detail.get("ip_address"),
            "userAgent": detail.get("user_agent"),
            "newTopicPreferences": {"unsubscribeAll": kind == "subscription"},
        },
        dimensions={
            "account_id": event["awsAccountId"],
            "campaign": event["attributes"].get("campaign_id"),
            "from_domain": (address(mail["common_headers"]["from"]) or "@").split("@")[-1],
        },
    )
