"""`email-events land` against tests/events/*.csv: every record of every file, every cell."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parseaddr
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import pytest
from expectations import COLLECTIONS, EVENT_TYPES, OUR_OWN, SENT_MAIL, Collection, Landing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("documentation_samples")]

FILES = [
    pytest.param(*collection.values, file, id=file, marks=collection.marks)
    for collection in COLLECTIONS
    for file in dict.fromkeys(row.file for row in collection.values[0].rows)
]

# Where each type of sent mail has its own object, and the list in it that names recipients: event reference, table 1.2.
OBJECTS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
LISTS = {
    "Delivery": "recipients",
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
}

Read = tuple[str, str | None, str | None, tuple[str, ...]]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Collection], Landing]:
    """The landing zone of a collection; each is landed once."""
    zones: dict[str, Landing] = {}

    def land(collection: Collection) -> Landing:
        if collection.name not in zones:
            zones[collection.name] = collection.land(tmp_path_factory.mktemp("landing"))
        return zones[collection.name]

    return land


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_table_names_every_file_of_the_folder(collection: Collection) -> None:
    if not collection.folder.exists():
        pytest.skip(f"{collection.name} are not here")
    files = {path.name for path in collection.folder.iterdir() if path.suffix in (".json", ".ndjson")}
    assert {row.file for row in collection.rows} == files


def test_each_of_the_numbered_traps_of_the_reference_has_a_file() -> None:
    with OUR_OWN.table.open(newline="", encoding="utf-8") as lines:
        told = {int(number) for row in csv.DictReader(lines) for number in row["traps"].split(";") if number}
    assert told == set(range(1, 34))


@pytest.mark.parametrize(("collection", "file"), FILES)
def test_every_record_becomes_what_the_table_says(
    landed: Callable[[Collection], Landing], collection: Collection, file: str
) -> None:
    zone = landed(collection)
    rows = collection.of_file(file)

    events = zone.lines("events", file)
    assert [line["source"] for line in events] == [row.source for row in rows if row.fate == "landed"]
    assert [as_received(line) for line in events] == [
        (row.event_type, row.message_id, row.occurred_at, row.recipients) for row in rows if row.fate == "landed"
    ]
    assert [line["reason"] for line in zone.lines("quarantine", file)] == [
        row.reason for row in rows if row.fate == "quarantined"
    ]
    assert zone.control(file) == sum(row.fate == "control" for row in rows)


def test_what_the_wrappings_say_and_the_event_does_not_is_kept(landed: Callable[[Collection], Landing]) -> None:
    [line] = landed(OUR_OWN).lines("events", "envelope_eventbridge_in_sns_in_lambda_sqs.json")
    told = {
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:mail-events",
        "Timestamp": "2026-11-10T09:00:05.250Z",
        "detail-type": "Email Delivered",
        "account": "111122223333",
        "region": "eu-west-1",
        "resources": ["arn:aws:ses:eu-west-1:111122223333:identity/mail.example.com"],
    }
    assert {key: line["envelope"].get(key) for key in told} == told
    [bare] = landed(OUR_OWN).lines("events", "ses_event_send.json")
    assert "envelope" not in bare


def as_received(line: dict[str, Any]) -> Read:
    """Type, message id, time and recipients of a landed line, from where the event reference says they are."""
    payload, envelope = line["payload"], line.get("envelope", {})
    match line["source"]:
        case "ses_event" | "ses_notification":
            return sent_mail(payload, "eventType" if line["source"] == SENT_MAIL[0] else "notificationType")
        case "ses_inbound":
            receipt = payload["receipt"]
            return "Received", payload["mail"]["messageId"], utc(receipt["timestamp"]), addresses(receipt["recipients"])
        case "ses_account":
            data = payload.get("data")
            record = data["record"]["lastUpdatedTimestamp"] if isinstance(data, dict) else None
            return envelope["detail-type"], None, of_array(record) if record else utc(envelope["time"]), ()
        case "pinpoint":
            return pinpoint(payload)
        case "eum":
            return payload["eventType"], payload["messageId"], of_ms(payload["eventTimestamp"]), ()
    raise AssertionError(f"no such source: {line['source']}")


def sent_mail(payload: dict[str, Any], type_key: str) -> Read:
    written, mail = payload[type_key], payload["mail"]
    detail = payload.get(OBJECTS.get(written, written.lower()), {})
    time = mail.get("timestamp") if written in ("Send", "Reject", "Rendering Failure") else detail.get("timestamp")
    if written not in EVENT_TYPES:  # it lands; what it is about, nobody can say
        return written.lower().replace(" ", "_"), mail["messageId"], utc(time), ()
    named = detail.get(LISTS[written]) if written in LISTS else mail.get("destination")
    return EVENT_TYPES[written], mail["messageId"], utc(time), addresses(named)


def pinpoint(payload: dict[str, Any]) -> Read:
    """For `_email.*`, event_timestamp is when the message was sent: only a send happened then."""
    written = payload["event_type"]
    if not written.startswith("_email."):
        times = (payload.get(key) for key in ("event_timestamp", "timestamp"))  # the second in 2017
        time = next(int(time) for time in times if str(time).isdigit())
        return written, payload["attributes"].get("message_id"), of_ms(time), ()
    event = payload["facets"]["email_channel"]["mail_event"]
    time = payload["event_timestamp" if written == "_email.send" else "arrival_timestamp"]
    lists = [("delivery", "recipients"), ("bounce", "bounced_recipients"), ("complaint", "complained_recipients")]
    named = [who for key, recipients in lists for who in event.get(key, {}).get(recipients) or []]
    named = named or event["mail"]["destination"]
    return written, event["mail"]["message_id"], of_ms(time), addresses(named)


def utc(text: Any) -> str | None:
    """A written time in UTC with milliseconds; None when it cannot be read."""
    try:
        read = datetime.fromisoformat(text.replace(" +", "+"))
    except (AttributeError, ValueError):
        return None
    return spelled(read.astimezone(UTC))


def of_ms(milliseconds: int) -> str:
    return spelled(datetime.fromtimestamp(milliseconds / 1000, UTC))


def of_array(parts: list[int]) -> str:
    """[year, month, day, hour, minute, second, nanoseconds]; what is 0 at the end may be left out."""
    year, month, day, hour, minute, second, nanoseconds = parts + [0] * (7 - len(parts))
    return spelled(datetime(year, month, day, hour, minute, second, nanoseconds // 1000, tzinfo=UTC))


def spelled(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def addresses(named: list[Any] | None) -> tuple[str, ...]:
    """Bare addresses, ASCII letters in lower case, domains in Punycode, each once."""
    keys = ("emailAddress", "email_address")
    texts = [
        next(entry[key] for key in keys if key in entry) if isinstance(entry, dict) else entry
        for entry in named or []
        if entry
    ]
    bare = [parseaddr(text)[1].translate(str.maketrans(ascii_uppercase, ascii_lowercase)) for text in texts]
    return tuple(dict.fromkeys(map(in_punycode, bare)))


def in_punycode(address: str) -> str:
    local_part, at, domain = address.rpartition("@")
    return f"{local_part}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"
