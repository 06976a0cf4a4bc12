"""Events whose every text is longer than any column, about messages of their own."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

Event = dict[str, Any]

# Characters of one to four bytes, in JSON's escapes the last is two: more of them than the widest column has.
LONG = "aé中😀" * 1_050
# 70,000 bytes: more than a text of Redshift's holds.
LONGEST = "aé中😀" * 7_000

# Without these it would be another event, or none.
KEPT = {"eventType", "notificationType", "event_type", "eventVersion", "detail-type", "type"}
IDS = {"messageId", "message_id"}


def long_texts(events: list[Event]) -> list[Event]:
    """One event of each type among these with long texts in the place of its own; of clicks, two that differ late."""
    made: dict[tuple[Any, ...], Event] = {}
    for event in events:
        kind = tuple(event.get(key) for key in ("eventType", "notificationType", "event_type", "detail-type"))
        if kind not in made:
            made[kind] = _lengthened(event, None, f"message {len(made)} of long texts: ")
            _add_novelties(made[kind])
    clicks = [event for event in made.values() if "click" in event]
    others = [{**event, "click": {**event["click"], "link": event["click"]["link"][:-1] + "."}} for event in clicks]
    return [*made.values(), *others]


def _lengthened(value: Any, key: str | None, name: str) -> Any:
    if isinstance(value, dict):
        return {inner: _lengthened(part, inner, name) for inner, part in value.items() if inner != "headers"}
    if isinstance(value, list):
        return [_lengthened(part, key, name) for part in value[:2]]
    if not isinstance(value, str) or key in KEPT or value == "aws.ses" or _is_time(value):
        return value
    if key in IDS:
        return name + LONG
    if key == "endpoint":  # JSON as text, of 15 KB at most by Pinpoint's quotas
        return json.dumps({**dict.fromkeys(json.loads(value), LONG[:400]), "ChannelType": "EMAIL"})
    if key in ("from", "from_address"):
        return f"{LONGEST} <{LONG}@example.com>"
    if "@" in value:
        return f"{LONG}@{'é' * 400}.example.com"
    return LONG


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _add_novelties(event: Event) -> None:
    """A field that nobody documents and a tag, with long names; and a description, which no simulated event has."""
    event.get("detail", event)[LONG] = LONG
    if "eventVersion" in event:
        event["messageStatusDescription"] = LONG
    if "eventType" in event and "mail" in event:
        event["mail"].setdefault("tags", {})[LONG] = [LONG]
