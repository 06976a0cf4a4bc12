"""The rules of counting, one small function each: a second definition of what docs/metrics.md says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reading import WITHOUT_OWN_TIME, Named, Report

SCOPES = {
    "suppressed": "global",
    "onaccountsuppressionlist": "account",
    "ontenantsuppressionlist": "tenant",
    "emailvalidationsuppressed": "validation",
    "unsubscribedrecipient": "unsubscribed",
}
ONE_PERSON = {"open", "click", "subscription", "complaint"}
# every copy of an event has these, and two events differ in one of them
EXTRAS = {
    "open": ("ipAddress", "userAgent"),
    "click": ("ipAddress", "userAgent", "link"),
    "delivery_delay": ("delayType",),
}
FEW_REPORTS = {"ses_event": 1, "ses_notification": 2, "pinpoint": 3}


@dataclass(frozen=True)
class Fact:
    """An event for one recipient that it is, or may be, about."""

    report: Report
    recipient: str | None
    is_certain: bool
    entry: Named | None
    occurred_at: datetime | None
    is_retold: bool = False

    @property
    def kind(self) -> str:
        return self.report.kind


def recipients(report: Report) -> Sequence[tuple[str | None, bool, Named | None]]:
    """Whom an event is about: (address, is it certain, what the report says of it).

    An event is about those it names. Opens, clicks, subscriptions and complaints are about one person: certain where
    there is one candidate. An address outside mail.destination is another name of a recipient: certainly of the only
    one; of several, it may be any that the event does not name.
    """
    within = [one for one in report.named if not report.destination or one.address in report.destination]
    outside = [one for one in report.named if one not in within]
    if not report.named:
        return [(None, False, None)]
    if not outside:
        alone = report.kind not in ONE_PERSON or len(within) == 1
        return [(one.address, alone, one) for one in within]
    names = {one.address for one in within}
    others = [one for one in report.destination if one not in names]
    if len(report.destination) == 1:
        return [(report.destination[0], True, (within or outside)[0])]
    certain = report.kind not in ONE_PERSON
    return [(one.address, certain, one) for one in within] + [(one, False, outside[0]) for one in others]


def identity(report: Report) -> tuple[object, ...]:
    """What copies of one event share: its message and type, and its feedbackId, or its own time and what was opened.

    Send, Reject and Rendering Failure have no time of their own: a message has one of each.
    """
    if report.kind in WITHOUT_OWN_TIME:
        return (report.message, report.kind)
    if report.feedback_id:
        return (report.message, report.kind, report.feedback_id)
    time = report.occurred_at or report.written_time
    return (report.message, report.kind, time, *(report.detail.get(name) for name in EXTRAS.get(report.kind, ())))


def facts(reports: Iterable[Report]) -> list[Fact]:
    """Each event once for each recipient, however many copies of it arrived.

    Event publishing's copy wins over a notification's, and of several that state other days the earliest. Where its own
    time is unreadable, another copy's is taken.
    """
    copies: dict[tuple[object, ...], list[Fact]] = {}
    for report in reports:
        for recipient, is_certain, entry in recipients(report):
            fact = Fact(report, recipient, is_certain, entry, report.occurred_at)
            copies.setdefault((*identity(report), recipient), []).append(fact)
    made = []
    for group in copies.values():
        chosen = min(group, key=lambda fact: (FEW_REPORTS[fact.report.source], fact.occurred_at or datetime.max))
        readable = [fact.occurred_at for fact in group if fact.occurred_at]
        made.append(replace(chosen, occurred_at=chosen.occurred_at or min(readable, default=None)))
    return made


def with_retold(made: list[Fact]) -> list[Fact]:
    """Pinpoint's report of what SES reports too, of the same recipient, counts nowhere else."""
    by_ses = {(fact.report.message, fact.kind, fact.recipient) for fact in made if fact.report.source != "pinpoint"}
    return [
        replace(
            fact,
            is_retold=fact.report.source == "pinpoint" and (fact.report.message, fact.kind, fact.recipient) in by_ses,
        )
        for fact in made
    ]


def suppression_scope(fact: Fact) -> str | None:
    """The list that held a mail back: of a bounce five are known, of a complaint two."""
    if fact.kind == "bounce":
        return SCOPES.get(str(fact.report.detail.get("bounceSubType")).lower())
    if fact.kind == "complaint":
        scope = SCOPES.get(str(fact.report.detail.get("complaintSubType")).lower())
        return scope if scope in ("account", "tenant") else None
    return None


def bounce_class(fact: Fact) -> str | None:
    """A Permanent bounce whose recipient's action is failed or absent is hard; others and Transient ones are soft."""
    if fact.kind != "bounce":
        return None
    if suppression_scope(fact):
        return "suppressed"
    kind = str(fact.report.detail.get("bounceType")).lower()
    action = fact.entry.action if fact.entry else None
    if kind == "permanent" and (action is None or action.lower() == "failed"):
        return "hard"
    return "soft" if kind in ("permanent", "transient") else "undetermined"


def complaint_class(fact: Fact) -> str | None:
    """not-spam is no complaint, nor is one that a suppression list made."""
    if fact.kind != "complaint":
        return None
    if suppression_scope(fact):
        return "suppressed"
    return "not_spam" if fact.report.detail.get("complaintFeedbackType") == "not-spam" else "complaint"


def actor(fact: Fact) -> str | None:
    """SES's own verdict; a missing one is neither human nor machine."""
    if fact.kind not in ("open", "click"):
        return None
    return {"Likely": "machine", "Unlikely": "human"}.get(fact.report.detail.get("isBotEvent"), "unknown")


def is_unsubscription(fact: Fact) -> bool:
    """The recipient left every list, and it is certain who did."""
    preferences = fact.report.detail.get("newTopicPreferences") or {}
    return fact.kind == "subscription" and fact.is_certain and preferences.get("unsubscribeAll") is True


def shows_delivery(fact: Fact) -> bool:
    """Only who has the mail can open it, click, unsubscribe or complain: the delivery is implied."""
    by_reader = fact.kind in ("open", "click", "subscription") or complaint_class(fact) in ("complaint", "not_spam")
    return fact.is_certain and (fact.kind == "delivery" or by_reader)


def shows_send(fact: Fact) -> bool:
    """An event other than Send, Reject and Rendering Failure that is certainly about the recipient implies the send."""
    return fact.is_certain and fact.kind not in WITHOUT_OWN_TIME


def held_back(certain: list[Fact]) -> str | None:
    """The suppression list that held the mail back. What a server took or refused was not held back."""
    if any(shows_delivery(fact) or bounce_class(fact) == "hard" for fact in certain):
        return None
    return max((scope for fact in certain if (scope := suppression_scope(fact))), default=None)


def is_attempted(made: list[Fact]) -> bool:
    """Sent, or the send is implied; not held back; and not rejected or unrendered, unless an event shows an attempt."""
    certain = [fact for fact in made if fact.is_certain]
    if held_back(certain):
        return False
    kinds = {fact.kind for fact in made}
    shown = any(shows_send(fact) and (fact.kind != "complaint" or shows_delivery(fact)) for fact in certain)
    return shown or ("send" in kinds and not kinds & {"reject", "rendering_failure"})


def outcome(made: list[Fact]) -> str:
    """The worst news wins, whenever it came; a soft bounce does not undo a delivery."""
    certain = [fact for fact in made if fact.is_certain]
    kinds = {fact.kind for fact in certain}
    bounces = {bounce_class(fact) for fact in certain}
    if any(complaint_class(fact) == "complaint" for fact in certain):
        return "complained"
    if "hard" in bounces:
        return "bounced"
    if held_back(certain):
        return "suppressed"
    if any(shows_delivery(fact) for fact in certain):
        return "delivered"
    if bounces & {"soft", "undetermined"}:
        return "soft_bounced"
    for kind, name in (
        ("reject", "rejected"),
        ("rendering_failure", "rendering_failed"),
        ("delivery_delay", "delayed"),
    ):
        if kind in kinds:
            return name
    return "in_flight"


def is_unknown(fate: dict[str, Any], name: str) -> bool:
    """Opened (or clicked) without SES's verdict at least once, and never certainly by a person."""
    return bool(fate[f"human_{name}"] == 0 and fate[name] > fate[f"machine_{name}"])


def is_young(sent: date, days: Iterable[date], last_arrival: date) -> bool:
    """One of the three days up to the newest, which is no more than a day after the last arrival."""
    newest = max((one for one in days if one <= last_arrival + timedelta(days=1)), default=None)
    return newest is None or sent > newest - timedelta(days=3)


def is_published(sent: date, seen: Iterable[date], *, young: bool) -> bool:
    """Such an event is of that day's mail, or of mail both before and after it; before is enough for a young day."""
    away = [(one - sent).days for one in seen if abs((one - sent).days) <= 7]
    return 0 in away or (any(days < 0 for days in away) and (young or any(days > 0 for days in away)))


def unpublished(published: set[str]) -> dict[str, str | None]:
    """Why a sender's rates are NULL, by the kinds of events that it publishes. A Delivery implies its Send."""
    attempts = None if published & {"send", "delivery"} else "sends_not_published"
    deliveries = None if "delivery" in published else "deliveries_not_published"
    opens = deliveries or (None if "open" in published else "opens_not_published")
    clicks = deliveries or (None if "click" in published else "clicks_not_published")
    return {
        "attempt_rates_reason": attempts,
        "delivery_rates_reason": deliveries,
        "open_rates_reason": opens,
        "click_rates_reason": clicks,
    }


def day_sent(sent_at: datetime | None, zone: str) -> date:
    """The day in the reporting zone; 1970-01-01 where no event states it."""
    return day(sent_at, zone) if sent_at else date(1970, 1, 1)


def day(at: datetime, zone: str) -> date:
    return at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()


def from_domain(reports: Iterable[Report]) -> str | None:
    """Event publishing's word before others'."""
    stated = [(report.source == "ses_event", report.dimensions.get("from_domain")) for report in reports]
    published = [domain for is_published, domain in stated if is_published and domain]
    return min(published or [domain for _, domain in stated if domain], default=None)


def known(values: Iterable[Any]) -> Any:
    """What the events of a message state of it; where they disagree, the first in order."""
    return min((value for value in values if value is not None), default=None)
