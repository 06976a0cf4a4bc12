"""Addresses outside `mail.destination`, complaints in several copies, and tenants, from landed lines to marts."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("who_an_event_is_about")

Event = dict[str, Any]
SENT = "2026-11-10T08:00:00.000Z"
A, B, C, FINAL = "a@example.com", "b@example.org", "c@example.net", "final@yahoo.com"


def message(message_id: str, to: Iterable[str], **mail: Any) -> Event:
    return {"timestamp": SENT, "messageId": message_id, "destination": list(to), **mail}


def of(kind: str, mail: Event, detail: Event | None = None, *, by: str = "eventType") -> Event:
    key = {"DeliveryDelay": "deliveryDelay"}.get(kind, kind.lower())
    return {by: kind, "mail": mail, key: detail or {}}


def delivery(mail: Event, *to: str, at: str = "2026-11-10T08:00:05.000Z") -> Event:
    return of("Delivery", mail, {"timestamp": at, "recipients": list(to)})


def delay(mail: Event, *to: str) -> Event:
    delayed = [{"emailAddress": address} for address in to]
    return of("DeliveryDelay", mail, {"timestamp": "2026-11-10T08:10:00Z", "delayedRecipients": delayed})


def bounce(mail: Event, *to: str, feedback: str | None = "f1", kind: str = "Permanent", **options: Any) -> Event:
    by = options.pop("by", "eventType")
    detail = {
        "bounceType": kind,
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": address, "action": "failed", "status": "5.1.1"} for address in to],
        "timestamp": options.pop("at", "2026-11-10T09:00:00.000Z"),
        **({"feedbackId": feedback} if feedback else {}),
        **options,
    }
    return of("Bounce", mail, detail, by=by)


def complaint(
    mail: Event, *by_whom: str, feedback: str | None = "f1", by: str = "eventType", at: str = "2026-11-12T09:00:00.000Z"
) -> Event:
    detail = {
        "complainedRecipients": [{"emailAddress": address} for address in by_whom],
        "timestamp": at,
        **({"feedbackId": feedback} if feedback else {}),
    }
    return of("Complaint", mail, detail, by=by)


def opened(mail: Event, times: int) -> list[Event]:
    detail = {"ipAddress": "192.0.2.1", "userAgent": "Example"}
    return [of("Open", mail, {**detail, "timestamp": f"2026-11-10T10:00:0{n}Z"}) for n in range(times)]


def both(event: Event) -> list[Event]:
    """The event, and the feedback notification of it."""
    told = {**event, "notificationType": event["eventType"]}
    del told["eventType"]
    return [event, told]


def lines() -> list[Event]:
    one, two, three = (A,), (A, B), (A, B, C)
    made = []
    mail = message("bounced-elsewhere", one)
    made += [of("Send", mail), *both(bounce(mail, FINAL))]
    mail = message("bounced-at-two-others", one)
    made += [of("Send", mail), bounce(mail, FINAL, "member@example.net")]
    mail = message("bounced-itself-too", one)
    made += [of("Send", mail), bounce(mail, "other@example.net", A)]
    mail = message("other-spelling", ["Ana <A@Example.com>"])
    made += [of("Send", mail), bounce(mail, "a@example.COM")]
    mail = message("same-twice", [A, f"Ana <{A}>"])
    made += [of("Send", mail), bounce(mail, FINAL)]
    mail = message("complained-elsewhere", one)
    made += [of("Send", mail), delivery(mail, A), complaint(mail, FINAL)]
    mail = message("delivered-elsewhere", one)
    made += [of("Send", mail), delay(mail, FINAL), delivery(mail, FINAL)]
    mail = message("no-destination", one)
    made += [of("Send", mail), bounce({**mail, "destination": []}, FINAL)]
    mail = message("destination-absent", one)
    bare = {key: value for key, value in mail.items() if key != "destination"}
    made += [of("Send", mail), bounce(bare, FINAL)]

    mail = message("one-of-two", two)
    made += [of("Send", mail), *both(bounce(mail, FINAL)), *opened(mail, 4)]
    mail = message("one-of-three-and-b", three)
    made += [of("Send", mail), bounce(mail, FINAL, B)]
    mail = message("delivered-to-one-of-two", two)
    made += [of("Send", mail), delay(mail, FINAL), delivery(mail, FINAL), delivery(mail, B)]
    mail = message("complained-one-of-two", two)
    made += [of("Send", mail), delivery(mail, A, B), complaint(mail, FINAL)]
    mail = message("complained-b-or-another", two)
    made += [of("Send", mail), delivery(mail, A, B), complaint(mail, B, FINAL)]
    made.append(bounce(message("bounce-alone-of-two", two), FINAL))

    simulator = "bounce+1@simulator.amazonses.com"
    mail = message("simulator", [simulator])
    made += [of("Send", mail), bounce(mail, "bounce@simulator.amazonses.com")]
    mail = message("simulator-and-another", [simulator, A])
    made += [of("Send", mail), bounce(mail, FINAL), complaint(mail, FINAL)]

    mail = message("complaints-12", two)
    made += [of("Send", mail), delivery(mail, A, B)]
    made += [complaint(mail, A, feedback="f1"), complaint(mail, A, B, feedback="f2", at="2026-11-13T09:00:00Z")]
    mail = message("complaint-25", two)
    made += [of("Send", mail), delivery(mail, A, B), *both(complaint(mail, A, feedback=None))]
    mail = message("complaint-25-candidates", two)
    made += [of("Send", mail), delivery(mail, A, B), complaint(mail, A, feedback=None)]
    made.append(complaint(mail, B, A, feedback=None, by="notificationType"))
    mail = message("last-times", ["last@example.com"])
    made += [of("Send", mail), bounce(mail, "last@example.com", feedback="b1", at="2026-11-10T09:00:00Z")]
    made.append(bounce(mail, "last@example.com", feedback="b2", at="2026-11-12T09:00:00Z"))
    made += [complaint(mail, "last@example.com", feedback=f"c{day}", at=f"2026-11-{day}T09:00:00Z") for day in (10, 13)]
    preferences = {"newTopicPreferences": {"unsubscribeAll": True}}
    made += [of("Subscription", mail, {"timestamp": f"2026-11-{day}T09:00:00Z", **preferences}) for day in (10, 14)]

    mail = message("no-domain", ["postmaster"])
    made += [of("Send", mail), delivery(mail, "postmaster")]
    mail = message("rejected", one)
    made.append(of("Reject", mail, {"reason": "Bad content"}))
    mail = message("not-rendered", one)
    made.append({"eventType": "Rendering Failure", "mail": mail, "failure": {"templateName": "t", "errorMessage": "e"}})
    made += opened(message("opened-of-two", two), 1)
    made += opened(message("opened-of-one", one), 1)
    return made


def build(folder: Path, landed: list[Event], project: Path | None = None) -> Warehouse:
    target = folder / "landing" / "events" / "dt=2026-11-24" / "hour=13" / "firehose-1.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in landed).encode()))
    warehouse = Warehouse(folder, folder / "landing", project) if project else Warehouse(folder, folder / "landing")
    warehouse.dbt("build")
    return warehouse


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return build(tmp_path_factory.mktemp("warehouse"), lines())


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def facts(built: Warehouse, message_id: str, event_type: str) -> list[tuple[object, ...]]:
    return built.query(
        "select named.recipient_address, facts.recipient_is_certain, reported.recipient_address, reported_domain"
        " from fct_recipient_events as facts left join dim_recipients as named using (recipient_key)"
        " left join dim_recipients as reported on facts.reported_recipient_key = reported.recipient_key"
        f" where message_id = '{message_id}' and event_type = '{event_type}' order by all"
    )


@pytest.mark.parametrize(
    ("message_id", "event_type", "expected"),
    [
        ("bounced-elsewhere", "bounce", [(A, True, FINAL, "yahoo.com")]),
        ("bounced-at-two-others", "bounce", [(A, True, FINAL, "yahoo.com")]),
        ("bounced-itself-too", "bounce", [(A, True, None, None)]),
        ("other-spelling", "bounce", [(A, True, None, None)]),
        ("same-twice", "bounce", [(A, True, FINAL, "yahoo.com")]),
        ("complained-elsewhere", "complaint", [(A, True, FINAL, "yahoo.com")]),
        ("delivered-elsewhere", "delivery", [(A, True, FINAL, "yahoo.com")]),
        ("delivered-elsewhere", "delivery_delay", [(A, True, FINAL, "yahoo.com")]),
        ("no-destination", "bounce", [(FINAL, True, None, None)]),
        ("destination-absent", "bounce", [(FINAL, True, None, None)]),
        ("one-of-two", "bounce", [(A, False, FINAL, "yahoo.com"), (B, False, FINAL, "yahoo.com")]),
        (
            "one-of-three-and-b",
            "bounce",
            [(A, False, FINAL, "yahoo.com"), (B, True, None, None), (C, False, FINAL, "yahoo.com")],
        ),
        (
            "delivered-to-one-of-two",
            "delivery",
            [(A, False, FINAL, "yahoo.com"), (B, False, FINAL, "yahoo.com"), (B, True, None, None)],
        ),
        ("complained-one-of-two", "complaint", [(A, False, FINAL, "yahoo.com"), (B, False, FINAL, "yahoo.com")]),
        ("complained-b-or-another", "complaint", [(A, False, FINAL, "yahoo.com"), (B, False, None, None)]),
    ],
)
def test_an_address_outside_of_the_destination_is_reported_and_the_event_is_about_who_was_sent_to(
    built: Warehouse, message_id: str, event_type: str, expected: list[tuple[object, ...]]
) -> None:
    assert facts(built, message_id, event_type) == expected


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        # recipients, delivered, delayed and hard bounced, uncertain deliveries, delays and bounces, complaints
        ("bounced-elsewhere", (1, 0, 0, 1, 0, 0, 0, 0)),
        ("complained-elsewhere", (1, 1, 0, 0, 0, 0, 0, 1)),
        ("delivered-elsewhere", (1, 1, 1, 0, 0, 0, 0, 0)),
        ("no-destination", (2, 0, 0, 1, 0, 0, 0, 0)),
        ("one-of-two", (2, 0, 0, 0, 0, 0, 1, 0)),
        ("one-of-three-and-b", (3, 0, 0, 1, 0, 0, 1, 0)),
        ("delivered-to-one-of-two", (2, 1, 0, 0, 1, 1, 0, 0)),
        ("complained-one-of-two", (2, 2, 0, 0, 0, 0, 0, 1)),
        ("bounce-alone-of-two", (2, 0, 0, 0, 0, 0, 1, 0)),
        ("complaints-12", (2, 2, 0, 0, 0, 0, 0, 2)),
        ("complaint-25", (2, 2, 0, 0, 0, 0, 0, 1)),
        ("complaint-25-candidates", (2, 2, 0, 0, 0, 0, 0, 1)),
    ],
)
def test_a_message_counts_its_recipients_and_apart_what_is_certain_of_none(
    built: Warehouse, message_id: str, expected: tuple[int, ...]
) -> None:
    assert built.query(
        "select recipients, delivered_recipients, delayed_recipients, hard_bounced_recipients,"
        " uncertain_deliveries, uncertain_delays, uncertain_bounces, complaints"
        f" from fct_messages where message_id = '{message_id}'"
    ) == [expected]


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("bounced-elsewhere", [("bounced", True, False)]),
        ("complained-elsewhere", [("complained", True, False)]),
        ("delivered-elsewhere", [("delivered", True, False)]),
        ("one-of-two", [("in_flight", True, False), ("in_flight", True, False)]),
        ("one-of-three-and-b", [("bounced", True, False), ("in_flight", True, False), ("in_flight", True, False)]),
        ("delivered-to-one-of-two", [("delivered", True, False), ("in_flight", True, False)]),
        ("complained-one-of-two", [("delivered", True, False), ("delivered", True, False)]),
        # what is certain of nobody implies no send
        ("bounce-alone-of-two", [("in_flight", False, False), ("in_flight", False, False)]),
        ("opened-of-two", [("in_flight", False, False), ("in_flight", False, False)]),
        ("opened-of-one", [("delivered", False, True)]),
        ("rejected", [("rejected", False, False)]),
        ("not-rendered", [("rendering_failed", False, False)]),
    ],
)
def test_the_outcome_and_an_implied_send_follow_from_what_is_certain(
    built: Warehouse, message_id: str, expected: list[tuple[object, ...]]
) -> None:
    assert (
        built.query(
            "select outcome, is_sent, is_send_implied from fct_message_recipients"
            f" where message_id = '{message_id}' order by all"
        )
        == expected
    )


def test_a_message_has_an_implied_send_where_one_of_its_recipients_has(built: Warehouse) -> None:
    implied = "select message_id from fct_messages where is_send_implied order by message_id"
    assert built.query(implied) == [("opened-of-one",)]


def test_openers_of_a_message_are_no_more_than_its_recipients(built: Warehouse) -> None:
    assert built.query("select openers_least, openers_most from fct_messages where message_id = 'one-of-two'") == [
        (1, 2)
    ]


def test_a_complaint_counts_at_the_provider_where_the_mail_went(built: Warehouse) -> None:
    """final@yahoo.com is nobody's recipient, but of the two messages whose bounce has no destination."""
    assert built.query(
        "select sum(sends), sum(implied_sends), sum(hard_bounces), sum(complaints) from fct_sending_daily"
        " where mailbox_provider = 'Yahoo'"
    ) == [(0, 2, 2, 0)]


def test_the_daily_mart_shows_apart_what_is_certain_of_none(built: Warehouse) -> None:
    bounces = ["one-of-two", "one-of-three-and-b", "bounce-alone-of-two", "simulator-and-another"]
    assert built.query(
        "select sum(uncertain_bounces), sum(uncertain_deliveries), sum(uncertain_delays) from fct_sending_daily"
    ) == [(len(bounces), 1, 1)]


def test_events_by_day_count_them_once_and_never_at_the_provider_of_the_reported_address(built: Warehouse) -> None:
    assert built.query(
        "select sum(events) from fct_events_daily where mailbox_provider = 'Yahoo' and event_type = 'bounce'"
    ) == [(2,)]
    assert built.query(
        "select sum(events) from fct_events_daily where mailbox_provider = 'several' and event_type = 'bounce'"
    ) == [(3,)]  # the fourth has a recipient that is certain, and counts there


def test_the_simulator_is_known_by_the_recipient_and_not_by_the_reported_address(built: Warehouse) -> None:
    assert built.query(
        "select message_id, is_simulator, hard_bounced_recipients from fct_messages"
        " where message_id like 'simulator%' order by message_id"
    ) == [("simulator", True, 1), ("simulator-and-another", False, 0)]
    # what may be the simulator's or a person's counts as the person's
    assert built.query(
        "select is_simulator, uncertain_bounces, complaints, possible_complaints from fct_message_recipients"
        " where message_id = 'simulator-and-another' order by is_simulator"
    ) == [(False, 1, 1, 1), (True, 0, 0, 0)]


@pytest.mark.parametrize(
    ("message_id", "complaints", "possible"),
    [
        ("complaints-12", 2, 1),
        ("complaint-25", 1, 0),
        ("complaint-25-candidates", 1, 0),
        ("complained-one-of-two", 1, 1),
    ],
)
def test_a_complaint_counts_once_and_is_possible_where_no_copy_names_one_alone(
    built: Warehouse, message_id: str, complaints: int, possible: int
) -> None:
    assert built.query(
        "select sum(complaints), sum(possible_complaints) from fct_message_recipients"
        f" where message_id = '{message_id}'"
    ) == [(complaints, possible)]


def test_the_last_times_of_a_recipient_are_the_last(built: Warehouse) -> None:
    assert built.query(
        "select day(last_hard_bounced_at), day(last_complained_at), day(last_unsubscribed_at)"
        " from dim_recipients where recipient_address = 'last@example.com'"
    ) == [(12, 13, 14)]
    assert built.query(
        "select day(hard_bounced_at), day(complained_at), day(unsubscribed_at) from fct_message_recipients"
        " where message_id = 'last-times'"
    ) == [(10, 10, 10)]


def test_a_recipient_without_a_domain_is_other_everywhere(built: Warehouse) -> None:
    key = md5("postmaster")
    assert built.query(f"select mailbox_provider from dim_recipients where recipient_key = '{key}'") == [("other",)]
    for mart in ("fct_events_daily", "fct_sending_daily"):
        assert built.query(f"select count(*) from {mart} where mailbox_provider = 'unknown'") == [(0,)]


def test_a_reported_address_is_in_dim_recipients_and_no_message_of_its_own(built: Warehouse) -> None:
    assert (
        built.query(
            "select recipient_domain, messages from dim_recipients where recipient_address = 'other@example.net'"
        )
        == []
    )
    assert built.query(
        "select messages from dim_recipients where recipient_address = 'bounce@simulator.amazonses.com'"
    ) == [(0,)]
