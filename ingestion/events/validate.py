"""The least that an event must have, and the reasons for which a record is quarantined.

Everything else that is missing, unreadable or of another type lands all the same and becomes NULL in the tables.
models/landing/landing_records.sql checks lines that others wrote by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from ingestion.events.identify import Source
from ingestion.events.timestamps import is_milliseconds, is_time

REASONS = {
    "not_json": "cannot be read as JSON",
    "not_an_object": "is JSON, but no object",
    "duplicate_key": "names a key twice in one object: readers disagree on which one counts",
    "unknown_shape": "is no event and no envelope that the reference knows",
    "missing_field": "lacks a field without which an event cannot be used",
    "wrong_type": "has a field of another type where an event cannot do without it",
    "bad_timestamp": "has no time that can be read",
    "null_character": "holds the character NUL (\\u0000), which not every engine can store",
    "too_large": "is larger than one landed line or one document may be",
    "too_deep": "is nested too deeply",
    "not_base64": "should be base64 and is not",
    "bad_signature": "did not arrive in a message that SNS signed for a named topic",
    "unverified_signature": "SNS had no certificate at the named address when the signature was checked",
    "broken_compression": "is where compressed bytes are cut off or damaged; of a file, the lines before have landed",
    "expands_too_far": "is compressed, and expands to more than events do: unpack it and land what is in it",
    "too_many_records": "holds more records than it may repeat its envelope for: land its items one by one",
    "damaged_kpl": "is a damaged aggregated record of the Kinesis Producer Library",
    "avro": "is Avro, which is not read: convert it to JSON, one event a line",
    "parquet": "is Parquet, which is not read: convert it to JSON, one event a line",
    "orc": "is ORC, which is not read: convert it to JSON, one event a line",
    "snappy": "is compressed by Snappy, which is not read: compress by gzip or zstd instead",
    "zip": "is a ZIP archive, which is not read: unpack it and land what is in it",
    "s3_pointer": "is a pointer of the SQS Extended Client to an object of S3 that was not read: land that object",
}

SOURCES: tuple[Source, ...] = get_args(Source)

# The object with the type's own fields, by SESv2's name of the type (event reference, table 1.2).
_OWN_OBJECTS = {
    "delivery": "delivery",
    "delivery_delay": "deliveryDelay",
    "bounce": "bounce",
    "complaint": "complaint",
    "open": "open",
    "click": "click",
    "subscription": "subscription",
}
PINPOINT_TIMES = ("event_timestamp", "timestamp")  # the second in 2017
_OWN_NAMES = {"DeliveryDelay": "delivery_delay"}


@dataclass(slots=True)
class Lack:
    """Why an event cannot land, and where: `path` is relative to the event (`.mail.messageId`)."""

    reason: str
    path: str


def least(source: Source, event: dict[str, Any], envelope: dict[str, Any]) -> Lack | None:
    """What the event lacks of the least it must have; None when it has it."""
    match source:
        case "ses_event":
            return _text(event, "eventType") or _mail(event, own_time(event, event["eventType"]))
        case "ses_notification":
            return _text(event, "notificationType") or _mail(event, own_time(event, event["notificationType"]))
        case "ses_inbound":
            return _mail(event, (".receipt.timestamp", _get(event["receipt"], "timestamp")))
        case "ses_account":
            return _text(envelope, "detail-type") or _time([(".time", envelope.get("time"))], is_time)
        case "pinpoint":
            return _text(event, "event_type") or _time(
                [(f".{key}", event.get(key)) for key in PINPOINT_TIMES], is_milliseconds
            )
        case "eum":
            return _text(event, "eventType") or _time(
                [(".eventTimestamp", event.get("eventTimestamp"))], is_milliseconds
            )


def _mail(event: dict[str, Any], own_time: tuple[str, Any]) -> Lack | None:
    mail = event["mail"]
    if not isinstance(mail, dict):
        return Lack("wrong_type", ".mail")
    times = [(".mail.timestamp", mail.get("timestamp")), own_time]
    return _text(mail, "messageId", ".mail") or _time(times, is_time)


def own_time(event: dict[str, Any], event_type: Any) -> tuple[str, Any]:
    """Where the event says when it happened, and what stands there."""
    name = _OWN_NAMES.get(str(event_type)) or str(event_type).lower().replace(" ", "_")
    key = _OWN_OBJECTS.get(name, "")
    return f".{key}.timestamp", _get(event.get(key), "timestamp")


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _text(event: dict[str, Any], key: str, at: str = "") -> Lack | None:
    value = event.get(key)
    if isinstance(value, str) and value.strip(" "):
        return None
    return Lack("missing_field" if value is None or isinstance(value, str) else "wrong_type", f"{at}.{key}")


def _time(times: list[tuple[str, Any]], is_readable: Any) -> Lack | None:
    """One of the times must be readable; the first that is there tells why none is."""
    if any(is_readable(value) for _, value in times):
        return None
    for path, value in times:
        if value is not None:
            return Lack("bad_timestamp", path)
    return Lack("missing_field", times[0][0])
