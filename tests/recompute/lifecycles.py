"""What can happen to a message: each function writes the events of one, in any order."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from mail import Event, Mail

BOUNCE_TYPES = [
    ("Permanent", "General"),
    ("Permanent", "NoEmail"),
    ("Transient", "General"),
    ("Transient", "MailboxFull"),
    ("Undetermined", "Undetermined"),
    ("permanent", "General"),
    ("Novel", "Unheard"),
]
SUPPRESSIONS = [
    "Suppressed",
    "OnAccountSuppressionList",
    "OnTenantSuppressionList",
    "EmailValidationSuppressed",
    "UnsubscribedRecipient",
]
FEEDBACK_TYPES = ["abuse", "fraud", "not-spam", "other", None]
VERDICTS = ["Likely", "Unlikely", None]


def bounced(m: Mail, address: str) -> Event:
    """One entry of bouncedRecipients: with a DSN's fields, or the address alone."""
    report = {"action": m.rng.choice(["failed", "failed", "Failed", "delayed"]), "status": "5.1.1"}
    return {"emailAddress": m.shown(address), **(report if m.rng.random() < 0.7 else {})}


def bounce(m: Mail, addresses: list[str], feedback: str | None = None, kind: tuple[str, str] | None = None) -> Event:
    """The fields of a bounce."""
    bounce_type, sub_type = kind or m.rng.choice(BOUNCE_TYPES)
    fields = {"bounceType": bounce_type, "bounceSubType": sub_type}
    named = {"bouncedRecipients": [bounced(m, address) for address in addresses]}
    return {**fields, **named, "feedbackId": feedback or f"f-{m.id}-{m.rng.randrange(10**6)}"}


def complaint(m: Mail, addresses: list[str], feedback: str | None = None) -> Event:
    """The fields of a complaint; a feedback type only where the provider sent a report."""
    kind = m.rng.choice(FEEDBACK_TYPES)
    sub_type = m.rng.choice([None] * 9 + ["OnAccountSuppressionList"])
    return {
        "complainedRecipients": [{"emailAddress": m.shown(address)} for address in addresses],
        "complaintSubType": sub_type,
        "feedbackId": feedback or f"f-{m.id}-{m.rng.randrange(10**6)}",
        **({"complaintFeedbackType": kind} if kind else {}),
    }


def delivered(m: Mail, addresses: list[str], most_hours: float = 1) -> Iterator[Event]:
    """Deliveries: one event for all of them, or one each; some after a delay."""
    groups = [addresses] if m.rng.random() < 0.5 else [[address] for address in addresses]
    for group in groups:
        if m.rng.random() < 0.2:
            late = [{"emailAddress": m.shown(address)} for address in group]
            yield m.event("DeliveryDelay", m.later(hours=1), delayType="General", delayedRecipients=late)
        named = [m.shown(address) for address in group]
        yield m.event("Delivery", m.later(hours=most_hours), recipients=named, smtpResponse="250 ok")


def engaged(m: Mail, most: int = 4) -> Iterator[Event]:
    """Opens and clicks by people, machines and no one knows."""
    for _ in range(m.rng.randrange(most + 1)):
        kind = m.rng.choice(["Open", "Open", "Click"])
        verdict = m.rng.choice(VERDICTS)
        fields: dict[str, Any] = {"ipAddress": f"198.51.100.{m.rng.randrange(5)}", "userAgent": "Mozilla/5.0"}
        if verdict:
            fields["isBotEvent"] = verdict
        if kind == "Click":
            fields["link"] = f"https://example.com/{m.rng.randrange(3)}"
        yield m.event(kind, m.later(days=3), **fields)


def subscription(m: Mail, *, all_of_it: bool = True) -> Event:
    return m.event(
        "Subscription", m.later(days=4), contactList="news", newTopicPreferences={"unsubscribeAll": all_of_it}
    )


def arrives(m: Mail) -> Iterator[Event]:
    yield m.event("Send")
    yield from delivered(m, m.recipients)
    yield from engaged(m)


def bounces(m: Mail) -> Iterator[Event]:
    """Some are delivered, some bounce, a few do both (an automatic reply, a bounce after acceptance)."""
    yield m.event("Send")
    yield from delivered(m, [one for one in m.recipients if m.rng.random() < 0.5])
    for one in m.recipients:
        if m.rng.random() < 0.7:
            yield m.event("Bounce", m.later(days=2), **bounce(m, [one]))
    yield from engaged(m, 2)


def is_suppressed(m: Mail) -> Iterator[Event]:
    yield m.event("Send")
    one = m.recipients[0]
    scope = m.rng.choice(SUPPRESSIONS)
    yield m.event("Bounce", m.later(minutes=1), **bounce(m, [one], kind=("Permanent", scope)))
    if m.rng.random() < 0.2:
        yield m.event("Bounce", m.later(minutes=9), **bounce(m, [one], kind=("Permanent", scope)))
    if m.rng.random() < 0.2:
        yield from delivered(m, m.recipients)


def is_refused(m: Mail) -> Iterator[Event]:
    """Rejected, or not rendered; with its Send or without."""
    if m.rng.random() < 0.6:
        yield m.event("Send")
    if m.rng.random() < 0.5:
        yield m.event("Reject", reason="Bad content")
    else:
        yield m.event("Rendering Failure", templateName="t", errorMessage="missing attribute")


def is_complained_about(m: Mail) -> Iterator[Event]:
    """Complaints that name one, some or all, and lists that overlap."""
    yield m.event("Send")
    yield from delivered(m, m.recipients)
    for _ in range(m.rng.choice([1, 1, 2, 3])):
        candidates = m.rng.sample(m.recipients, m.rng.randint(1, len(m.recipients)))
        yield m.event("Complaint", m.later(days=5), **complaint(m, candidates))
    yield from engaged(m, 2)


def is_reported_twice(m: Mail) -> Iterator[Event]:
    """Event publishing and a notification report one fact, with the same time or with weeks between."""
    if m.rng.random() < 0.7:
        yield m.event("Send")
    at = m.later(days=1)
    other = at + m.rng.choice(
        [timedelta(0), timedelta(days=m.rng.choice([-1, 1])), timedelta(days=m.rng.randint(2, 40))]
    )
    named = m.rng.sample(m.recipients, m.rng.randint(1, len(m.recipients)))
    if m.rng.random() < 0.6:
        fields = bounce(m, named)
        yield m.event("Bounce", at, **fields)
        yield m.notification("Bounce", other, **fields)
    elif m.rng.random() < 0.6:
        fields = complaint(m, named)
        if m.rng.random() < 0.3:
            del fields["feedbackId"]
            other = at
        yield m.event("Complaint", at, **fields)
        yield m.notification("Complaint", other, **fields)
    else:
        yield m.event("Delivery", at, recipients=named, smtpResponse="250 ok")
        yield m.notification("Delivery", at, recipients=named, smtpResponse="250 ok")


def is_known_from_notifications(m: Mail) -> Iterator[Event]:
    """No event publishing at all."""
    for one in m.recipients:
        kind = m.rng.randrange(3)
        if kind == 0:
            yield m.notification("Delivery", m.later(hours=1), recipients=[m.shown(one)])
        elif kind == 1:
            yield m.notification("Bounce", m.later(hours=1), **bounce(m, [one]))
        else:
            yield m.notification("Complaint", m.later(days=1), **complaint(m, [one]))


def names_an_outsider(m: Mail) -> Iterator[Event]:
    """A foreign server names an address to which the message was not sent."""
    yield m.event("Send")
    outsider = m.address(9)
    kind = m.rng.randrange(4)
    if kind == 0:
        yield from delivered(m, m.recipients)
        yield m.event("Complaint", m.later(days=2), **complaint(m, [outsider]))
    elif kind == 1:
        late = [{"emailAddress": outsider}]
        yield m.event("DeliveryDelay", m.later(hours=1), delayType="General", delayedRecipients=late)
    else:
        also = m.recipients[:1] if kind == 2 else []
        yield m.event("Bounce", m.later(days=1), **bounce(m, [outsider, *also]))
    yield from engaged(m)


def goes_wrong_repeatedly(m: Mail) -> Iterator[Event]:
    """Several bounces, complaints and unsubscriptions of one message, days apart."""
    yield m.event("Send")
    for _ in range(m.rng.randint(2, 3)):
        yield m.event("Bounce", m.later(days=4), **bounce(m, m.recipients[:1]))
        yield m.event("Complaint", m.later(days=4), **complaint(m, m.recipients[:1]))
        yield subscription(m, all_of_it=m.rng.random() < 0.8)


def is_sent_by_pinpoint(m: Mail) -> Iterator[Event]:
    """Pinpoint reports it; one time in two SES does as well, with other times."""
    named = [m.shown(one) for one in m.recipients]
    listed = [{"email_address": m.shown(m.recipients[0])}]
    yield m.pinpoint("send", m.sent_at, send={})
    outcome = m.rng.choice(["delivered", "hardbounce", "softbounce", "complaint", "unsubscribe", "rejected"])
    if outcome == "delivered":
        yield m.pinpoint("delivered", m.later(hours=1), delivery={"recipients": named, "smtp_response": "250 ok"})
        yield m.pinpoint("open", m.later(days=1), open={"ip_address": "198.51.100.1", "user_agent": "Mozilla/5.0"})
    elif outcome in ("hardbounce", "softbounce"):
        yield m.pinpoint(outcome, m.later(hours=2), bounce={"bounced_recipients": listed})
    elif outcome == "complaint":
        yield m.pinpoint(outcome, m.later(hours=2), complaint={"complained_recipients": listed})
    else:
        yield m.pinpoint(outcome, m.later(hours=2))
    if m.rng.random() < 0.5:
        yield from m.rng.choice([arrives, bounces])(m)


def names_no_one(m: Mail) -> Iterator[Event]:
    """Events without a recipient in them, beside others with one."""
    nameless = m.event("Send")
    nameless["mail"]["destination"] = []
    yield nameless
    yield m.event("Bounce", m.later(hours=1), **bounce(m, []))
    opened = m.event("Open", m.later(days=1), ipAddress="198.51.100.1", userAgent="Mozilla/5.0")
    opened["mail"]["destination"] = []
    yield opened
    if m.rng.random() < 0.5:
        yield from delivered(m, m.recipients)


def is_a_test(m: Mail) -> Iterator[Event]:
    """Sent to SES's mailbox simulator, alone or beside others."""
    m.recipients[0] = "bounce@simulator.amazonses.com"
    yield m.event("Send")
    yield m.event("Bounce", m.later(minutes=1), **bounce(m, m.recipients[:1], kind=("Permanent", "General")))
    yield from delivered(m, m.recipients[1:])


def has_odd_addresses(m: Mail) -> Iterator[Event]:
    """Addresses without a domain, twice in a list, or that are no texts."""
    m.recipients = m.rng.choice([["postmaster"], [m.recipients[0]] * 2, [*m.recipients, "postmaster"]])
    yield m.event("Send")
    yield m.event("Delivery", m.later(hours=1), recipients=[*m.recipients, 7], smtpResponse="250 ok")
    yield from engaged(m, 2)


def shares_its_id(m: Mail) -> Iterator[Event]:
    """Two messages with one id, days or weeks apart: copies of published samples, or two accounts."""
    other = Mail(0, m.rng)
    other.id = m.id
    other.recipients = [f"other-{one}" for one in other.recipients]
    yield from arrives(m)
    yield from bounces(other)


Lifecycle = Callable[[Mail], Iterator[Event]]
LIFECYCLES: list[Lifecycle] = [
    arrives,
    arrives,
    arrives,
    bounces,
    bounces,
    is_suppressed,
    is_refused,
    is_complained_about,
    is_reported_twice,
    is_reported_twice,
    is_known_from_notifications,
    names_an_outsider,
    goes_wrong_repeatedly,
    is_sent_by_pinpoint,
    names_no_one,
    is_a_test,
    has_odd_addresses,
    shares_its_id,
]


def another_day(event: Event, rng: random.Random) -> Event:
    """The event with another day as that of its message: the day before, days or weeks away, or none."""
    made: Event = copy.deepcopy(event)
    if rng.random() < 0.4 and has_own_time(made):
        del made["mail"]["timestamp"]
        return made
    second = rng.choice(["23:59:59.999", "12:00:00.000"])
    days = rng.choice([-1, -1, -1, -1, rng.randint(-40, -2), rng.randint(1, 20)])
    made["mail"]["timestamp"] = f"{sent(made) + timedelta(days=days):%Y-%m-%d}T{second}Z"
    return made


def with_less(event: Event, rng: random.Random) -> Event:
    """The event without its tags and ARN, with an own time that is unreadable, or the send time in whole seconds."""
    made: Event = copy.deepcopy(event)
    kind = rng.randrange(3)
    if kind == 0 and has_own_time(made):
        next(part for key, part in made.items() if key != "mail" and "timestamp" in part)["timestamp"] = "yesterday"
    elif kind == 1:
        made["mail"]["timestamp"] = f"{sent(made):%Y-%m-%dT%H:%M:%S}.000Z"
    else:
        made["mail"].pop("tags", None)
        made["mail"].pop("sourceArn", None)
    return made


def sent(event: Event) -> datetime:
    return datetime.fromisoformat(event["mail"]["timestamp"].replace(" ", "")).astimezone(UTC)


def has_own_time(event: Event) -> bool:
    return any("timestamp" in part for key, part in event.items() if key != "mail")


def copies(event: Event, rng: random.Random) -> list[Event]:
    """The event as often as it is delivered; at times some copies name another day, or all say less."""
    times = rng.choice([1, 1, 1, 1, 2, 3])
    if "mail" not in event:
        return [event] * times
    if rng.random() < 0.05:
        event = with_less(event, rng)
    moved = another_day(event, rng) if rng.random() < 0.08 else event
    return [event] * rng.randrange(times) + [moved] * rng.choice([1, 2])


def stream(count: int, seed: int) -> Iterator[list[Event]]:
    """What is delivered about one message after another, until there are `count` events."""
    rng = random.Random(seed)
    written, number = 0, 0
    while written < count:
        number += 1
        m = Mail(number, rng)
        made = [one for event in rng.choice(LIFECYCLES)(m) for one in copies(event, rng)]
        written += len(made)
        yield made
