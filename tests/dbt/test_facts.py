"""From landed lines to facts: which lines are the same event, which day they belong to, and that no field is lost."""

from __future__ import annotations

import copy
import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import REPOSITORY, Warehouse
from documented_events import EVENTS, MAIL, NOTIFICATION_MAIL, NOTIFICATIONS, TAGS, Fields, event

pytestmark = pytest.mark.xdist_group("facts")

Event = dict[str, Any]


def changed(base: Event, **paths: Any) -> Event:
    """A copy with other values; `mail__timestamp=None` takes mail.timestamp out."""
    made = copy.deepcopy(base)
    for path, value in paths.items():
        *parents, last = path.split("__")
        place = made
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return made


def wrapped(payload: Event, transport: str, origin: str, landed_at: str, envelope: Event | None = None) -> Event:
    source = "ses_event" if "eventType" in payload else "ses_notification"
    label = {"landed_at": landed_at, "transport": transport, "origin": origin}
    return {**label, **({"envelope": envelope} if envelope else {}), "source": source, "payload": payload}


def lines() -> list[Event]:
    made: list[Event] = []
    delivery = event("Delivery", "m-copies")
    made.append(delivery)  # by Firehose, bare
    for number in range(46):  # by SNS and SQS, redelivered
        origin = {"Timestamp": f"2026-11-10T09:00:{number:02d}.000Z", "TopicArn": "arn:aws:sns:eu-west-1:0:t"}
        made.append(wrapped(delivery, "sqs", f"message {number}", f"2026-11-10T09:01:{number:02d}.000Z", origin))

    opened = event("Open", "m-opens")
    made += [opened, opened, changed(opened, open__timestamp="2026-11-10T09:00:00.457Z")]
    made.append(changed(opened, open__ipAddress="198.51.100.2"))

    bounce = event("Bounce", "m-told-twice")
    made += [bounce, event("Bounce", "m-told-twice", notification=True)]

    made.append(changed(event("Delivery", "m-unreadable"), delivery__timestamp="yesterday"))
    made.append(changed(event("Delivery", "m-unreadable"), delivery__timestamp="the day before"))

    made.append(event("Send", "m-sentinel"))
    made.append(changed(event("Open", "m-sentinel"), mail__timestamp=None))
    made.append(changed(event("Open", "m-sentinel-alone"), mail__timestamp=None))

    late = event("Delivery", "m-midnight")
    made.append(changed(late, mail__timestamp="2026-11-11T00:00:00.000Z"))
    made.append(changed(late, mail__timestamp="2026-11-10T23:59:59.999Z"))

    unknown = event("Open", "m-unknown-type")
    unknown["eventType"], unknown["teleport"] = "Teleport", unknown.pop("open")
    made.append(unknown)

    made += [event(kind, f"every-field-{kind}") for kind in EVENTS]
    made += [event(kind, f"every-field-{kind}", notification=True) for kind in NOTIFICATIONS]
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    target = folder / "landing" / "events" / "dt=2026-11-24" / "hour=13" / "firehose-1.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines()).encode()))
    warehouse = Warehouse(folder, folder / "landing")
    warehouse.dbt("build")
    return warehouse


def test_a_copy_by_firehose_and_46_redeliveries_by_sns_are_one_event(built: Warehouse) -> None:
    assert built.query("select count(*) from stg_ses__mail_events where message_id = 'm-copies'") == [(1,)]
    assert built.query("select count(*) from fct_recipient_events where message_id = 'm-copies'") == [(1,)]


def test_repeats_are_counted_for_the_object_that_brought_them(built: Warehouse) -> None:
    assert built.query("select landed, staged, repeats, rejected from ingestion_ledger where source = 'ses_event'") == [
        (len(lines()) - 4, len(lines()) - 4 - 46 - 1, 47, 0)
    ]


def test_opens_that_differ_in_time_or_address_are_opens_of_their_own(built: Warehouse) -> None:
    assert built.query("select opens, events from fct_messages where message_id = 'm-opens'") == [(3, 3)]


def test_a_bounce_told_by_event_publishing_and_by_a_notification_counts_once(built: Warehouse) -> None:
    assert built.query(
        "select source, event_type, configuration_set from fct_recipient_events where message_id = 'm-told-twice'"
    ) == [("ses_event", "bounce", "value of ses:configuration-set")]
    assert built.query("select hard_bounced_recipients from fct_messages where message_id = 'm-told-twice'") == [(1,)]


def test_an_unreadable_own_time_is_null_and_what_was_written_tells_events_apart(built: Warehouse) -> None:
    assert built.query(
        "select occurred_at, occurred_at_text from stg_ses__mail_events where message_id = 'm-unreadable' order by all"
    ) == [(None, "the day before"), (None, "yesterday")]
    assert built.query(
        "select delivered_at, is_delivered from fct_message_recipients where message_id = 'm-unreadable'"
    ) == [(None, True)]


def test_an_event_that_does_not_say_when_its_message_was_sent_finds_its_day(built: Warehouse) -> None:
    assert built.query(
        "select event_type, cast(sent_date as varchar) from fct_recipient_events"
        " where message_id in ('m-sentinel', 'm-sentinel-alone') order by message_id, event_type"
    ) == [("open", "2026-11-10"), ("send", "2026-11-10"), ("open", "1970-01-01")]


def test_copies_that_disagree_around_midnight_are_staged_by_day_and_one_fact(built: Warehouse) -> None:
    assert built.query("select count(*) from stg_ses__mail_events where message_id = 'm-midnight'") == [(2,)]
    assert built.query(
        "select events, cast(sent_date as varchar) from fct_messages where message_id = 'm-midnight'"
    ) == [(1, "2026-11-10")]


def test_an_event_of_an_unknown_type_is_staged_and_shown_as_drift_and_is_no_fact(built: Warehouse) -> None:
    assert built.query("select event_type from stg_ses__mail_events where message_id = 'm-unknown-type'") == [
        ("teleport",)
    ]
    assert built.query("select event_type, drift, events from schema_drift") == [("teleport", "unknown_event_type", 1)]
    assert built.query("select count(*) from fct_recipient_events where message_id = 'm-unknown-type'") == [(0,)]


def columns_of(own: Fields, mail: Fields, key: str) -> dict[str, tuple[Any, str | None]]:
    return {**mail, **{f"{key}.{name}": place for name, place in own.items()}}


def json_path(path: str) -> str:
    return "$" + "".join(f'."{step}"' for step in path.split("."))


@pytest.mark.parametrize(
    ("source", "kind"),
    [("ses_event", kind) for kind in EVENTS] + [("ses_notification", kind) for kind in NOTIFICATIONS],
)
def test_every_documented_field_is_a_column_or_lies_in_the_payload(built: Warehouse, source: str, kind: str) -> None:
    name, key, own = EVENTS[kind]
    message_id = f"every-field-{kind}"
    fields = columns_of(own, MAIL if source == "ses_event" else NOTIFICATION_MAIL, key)
    if source == "ses_event":
        fields |= {f"mail.tags.{tag}": (f"value of {tag}", column) for tag, column in TAGS.items()}
    asked = [
        f"staged.{column}" if column else f"json_extract(records.payload, '{json_path(path)}')"
        for path, (_, column) in fields.items()
    ]
    [(event_type, *found)] = built.query(f"""
        select staged.event_type, {", ".join(asked)}
        from stg_ses__mail_events as staged
        inner join landing_records as records using (source, event_id, sent_date, landed_object)
        where source = '{source}' and staged.message_id = '{message_id}'
    """)
    assert event_type == name
    for (path, (value, column)), there in zip(fields.items(), found, strict=True):
        expected = message_id if value == "{id}" else value
        if isinstance(there, datetime):
            expected = datetime.fromisoformat(expected).replace(tzinfo=None)
        assert (there if column else json.loads(str(there))) == expected, path


def test_the_seed_of_documented_fields_knows_each_of_them_and_no_other() -> None:
    expected: set[tuple[str, str, str]] = set()
    for source, type_key, kinds, mail in (
        ("ses_event", "eventType", EVENTS, MAIL),
        ("ses_notification", "notificationType", NOTIFICATIONS, NOTIFICATION_MAIL),
    ):
        for name, key, own in kinds.values():
            paths = {type_key, "mail", key, "mail.commonHeaders", *columns_of(own, mail, key)}
            if source == "ses_event":
                paths.add("mail.tags")
            expected |= {(source, name, path) for path in paths}
    with (REPOSITORY / "seeds" / "documented_fields.csv").open(encoding="utf-8") as file:
        seeded = {
            (row["source"], row["event_type"], row["path"]) for row in csv.DictReader(file) if row["event_type"] != "*"
        }
    assert seeded == expected


@pytest.mark.parametrize(
    ("partition", "status"),
    [("now", "PASS"), ("dt=2026-11-01/hour=00", "ERROR STALE"), (None, "ERROR STALE")],
    ids=["an object of this hour", "an object of weeks ago", "an empty landing zone"],
)
def test_source_freshness_tells_whether_events_still_arrive(tmp_path: Path, partition: str | None, status: str) -> None:
    if partition:
        now = datetime.now(UTC)
        place = f"dt={now:%Y-%m-%d}/hour={now:%H}" if partition == "now" else partition
        target = tmp_path / "landing" / "events" / place / "one.json.gz"
        target.parent.mkdir(parents=True)
        target.write_bytes(gzip.compress(b""))
    output = Warehouse(tmp_path, tmp_path / "landing").dbt("source", "freshness", check=False)
    assert f"{status} freshness of landing.events" in output
