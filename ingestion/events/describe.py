"""What a person asks first about an event: its type, its message, its time. Nothing is judged here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingestion.events.identify import Source
from ingestion.events.timestamps import is_milliseconds, is_time
from ingestion.events.validate import PINPOINT_TIMES, own_time


@dataclass(slots=True)
class Description:
    """Each None where the event does not say it. `time`: as it was written, milliseconds as ISO 8601 in UTC."""

    event_type: str | None = None
    message_id: str | None = None
    time: str | None = None


def describe(source: Source, event: dict[str, Any], envelope: dict[str, Any]) -> Description:
    """The event's own words, whether or not they suffice to land."""
    mail = event.get("mail")
    match source:
        case "ses_event" | "ses_notification" | "ses_inbound":
            event_type = event.get("eventType") or event.get("notificationType") or "Received"
            own = _at(event, "receipt", "timestamp") if source == "ses_inbound" else own_time(event, event_type)[1]
            return Description(_text(event_type), _text(_at(mail, "messageId")), _time(own, _at(mail, "timestamp")))
        case "ses_account":
            return Description(_text(envelope.get("detail-type")), None, _time(envelope.get("time")))
        case "pinpoint":
            event_type = _text(event.get("event_type"))
            message_id = _at(event, "attributes", "message_id")
            time = next((event[key] for key in PINPOINT_TIMES if is_milliseconds(event.get(key))), None)
            if event_type and event_type.startswith("_email."):
                message_id = _at(event, "facets", "email_channel", "mail_event", "mail", "message_id")
                if event_type != "_email.send":  # event_timestamp is when the message was sent
                    time = event.get("arrival_timestamp", time)
            return Description(event_type, _text(message_id), _milliseconds(time))
        case "eum":
            return Description(
                _text(event.get("eventType")), _text(event.get("messageId")), _milliseconds(event.get("eventTimestamp"))
            )


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(*times: Any) -> str | None:
    """The first that can be read."""
    return next((time for time in times if is_time(time)), None)


def _milliseconds(value: Any) -> str | None:
    if not is_milliseconds(value):
        return None
    try:
        moment = datetime.fromtimestamp(int(value) / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # beyond year 9999
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
