"""The marts, recomputed from landed events: {mart: {key: {column: value}}}.

Columns whose value no rule decides alone are left out.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import rules
from mail import SEED, Event
from reading import Report, read
from rules import Fact

Row = dict[str, Any]
Table = dict[tuple[Any, ...], Row]

SIMULATOR = "simulator.amazonses.com"
DIMENSIONS = (
    "account_id",
    "region",
    "configuration_set",
    "sending_identity",
    "from_domain",
    "tenant_name",
    "campaign",
)
SENDER = ("account_id", "region", "configuration_set", "sending_identity")
SCOPES = ("global", "account", "tenant", "validation", "unsubscribed")
ACTORS = ("human", "machine")


class Recomputed:
    """Every landed event read, and what the rules make of it."""

    def __init__(self, events: Iterable[Event], zone: str) -> None:
        self.zone = zone
        self.facts: dict[str, list[Fact]] = {}
        self.messages: dict[str, Row] = {}
        self.people: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        reports: dict[str, list[Report]] = defaultdict(list)
        for event in events:
            report = read(event)
            # an event without any readable time is rejected
            if report.sent_at or report.occurred_at:
                reports[report.message].append(report)
        for message, of_message in reports.items():
            self.facts[message] = rules.with_retold(rules.facts(of_message))
            self.messages[message] = {
                **{name: rules.known(report.dimensions.get(name) for report in of_message) for name in DIMENSIONS},
                "from_domain": rules.from_domain(of_message),
                "sent_at": rules.known(report.sent_at for report in of_message),
            }
            for fact in self.counted(message):
                if fact.recipient is not None:
                    self.people[message, fact.recipient].append(fact)
        with SEED.open(encoding="utf-8") as file:
            self.providers = {row["recipient_domain"]: row for row in csv.DictReader(file)}

    def counted(self, message: str) -> list[Fact]:
        return [fact for fact in self.facts[message] if not fact.is_retold]

    def provider(self, recipient: str) -> str:
        return self.providers.get(domain(recipient), {}).get("mailbox_provider", "other")

    def has_loop(self, recipient: str) -> bool:
        return self.providers.get(domain(recipient), {}).get("has_feedback_loop") == "true"


def domain(address: str) -> str:
    return address.rpartition("@")[2] if "@" in address else ""


def pseudonym(address: str) -> str:
    return hashlib.md5(address.encode()).hexdigest()


def is_simulator(address: str) -> bool:
    return domain(address) == SIMULATOR


def times(made: list[Fact], wanted: Callable[[Fact], bool]) -> list[datetime]:
    return sorted(fact.occurred_at for fact in made if fact.occurred_at and wanted(fact))


def first(made: list[Fact], wanted: Callable[[Fact], bool]) -> datetime | None:
    found = times(made, wanted)
    return found[0] if found else None


def last(made: list[Fact], wanted: Callable[[Fact], bool]) -> datetime | None:
    found = times(made, wanted)
    return found[-1] if found else None


def message_recipients(made: Recomputed) -> Table:
    return {
        (message, pseudonym(recipient)): {**made.messages[message], **fate(recipient, facts)}
        for (message, recipient), facts in made.people.items()
    }


def fate(recipient: str, made: list[Fact]) -> Row:
    """What became of a message for one recipient. Only events that are certainly about the recipient decide."""
    certain = [fact for fact in made if fact.is_certain]
    kinds = Counter(fact.kind for fact in certain)
    bounces = {rules.bounce_class(fact) for fact in certain}
    complaints = {rules.complaint_class(fact) for fact in certain}
    is_sent = any(fact.kind == "send" for fact in made)
    is_delivered = kinds["delivery"] > 0

    def hard(fact: Fact) -> bool:
        return rules.bounce_class(fact) == "hard"

    def soft(fact: Fact) -> bool:
        return rules.bounce_class(fact) in ("soft", "undetermined")

    def complained(fact: Fact) -> bool:
        return rules.complaint_class(fact) == "complaint"

    row: Row = {
        "recipient_domain": domain(recipient) or None,
        "is_simulator": is_simulator(recipient),
        "outcome": rules.outcome(made),
        "is_sent": is_sent,
        "is_send_implied": not is_sent and any(rules.shows_send(fact) for fact in made),
        "is_attempted": rules.is_attempted(made),
        "is_delivered": is_delivered,
        "is_delivery_implied": not is_delivered and any(rules.shows_delivery(fact) for fact in certain),
        "is_hard_bounced": "hard" in bounces,
        "is_soft_bounced": "soft" in bounces,
        "is_undetermined_bounced": "undetermined" in bounces,
        "suppression_scope": rules.held_back(certain),
        "is_complained": "complaint" in complaints,
        "possibly_complained": any(complained(fact) and not fact.is_certain for fact in made),
        "is_not_spam": "not_spam" in complaints,
        "is_unsubscribed": any(rules.is_unsubscription(fact) for fact in certain),
        "is_rejected": any(fact.kind == "reject" for fact in made),
        "is_rendering_failed": any(fact.kind == "rendering_failure" for fact in made),
        "delays": kinds["delivery_delay"],
        "delivered_at": first(certain, lambda fact: fact.kind == "delivery"),
        "first_delayed_at": first(certain, lambda fact: fact.kind == "delivery_delay"),
        "last_delayed_at": last(certain, lambda fact: fact.kind == "delivery_delay"),
        "hard_bounced_at": first(certain, hard),
        "last_hard_bounced_at": last(certain, hard),
        "soft_bounced_at": first(certain, soft),
        "complained_at": first(certain, complained),
        "last_complained_at": last(certain, complained),
        "unsubscribed_at": first(certain, rules.is_unsubscription),
        "last_unsubscribed_at": last(certain, rules.is_unsubscription),
    }
    for kind, name, verb in (("open", "opens", "opened"), ("click", "clicks", "clicked")):
        of_kind = [fact for fact in certain if fact.kind == kind]
        row[name] = len(of_kind)
        for actor in ACTORS:
            row[f"{actor}_{name}"] = sum(rules.actor(fact) == actor for fact in of_kind)
        row[f"possible_{name}"] = sum(fact.kind == kind and not fact.is_certain for fact in made)
        row[f"first_{verb}_at"] = first(of_kind, lambda fact: True)
        row[f"last_{verb}_at"] = last(of_kind, lambda fact: True)
        row[f"first_human_{verb}_at"] = first(of_kind, lambda fact: rules.actor(fact) == "human")
    return row


def event_key(fact: Fact) -> tuple[Any, ...]:
    """What tells events apart: two deliveries of one moment, to different recipients, are two."""
    report = fact.report
    has_key = report.kind in ("bounce", "complaint")
    return (*rules.identity(report), None if has_key else tuple(one.address for one in report.named))


def distinct(made: Iterable[Fact]) -> int:
    return len({event_key(fact) for fact in made})


def messages(made: Recomputed) -> Table:
    table: Table = {}
    for message, row in made.messages.items():
        facts = made.counted(message)
        certain = [fact for fact in facts if fact.is_certain]
        people = {fact.recipient for fact in facts if fact.recipient is not None}
        held = [one for one in people if rules.held_back([f for f in certain if f.recipient == one])]
        bounces = [(fact.recipient, rules.bounce_class(fact)) for fact in certain]
        row = {
            **row,
            "is_sent": any(fact.kind == "send" for fact in facts),
            "is_simulator": bool(people) and all(map(is_simulator, people)),
            "recipients": len(people),
            "delivered_recipients": len({fact.recipient for fact in certain if fact.kind == "delivery"}),
            "delayed_recipients": len({fact.recipient for fact in certain if fact.kind == "delivery_delay"}),
            "hard_bounced_recipients": len({recipient for recipient, kind in bounces if kind == "hard"}),
            "soft_bounced_recipients": len({recipient for recipient, kind in bounces if kind == "soft"}),
            "suppressed_recipients": len(held),
            "events": distinct(facts),
            "events_without_recipient": distinct(fact for fact in facts if fact.recipient is None),
            "complaints": distinct(fact for fact in facts if rules.complaint_class(fact) == "complaint"),
            "first_event_at": first(facts, lambda fact: True),
            "last_event_at": last(facts, lambda fact: True),
        }
        for kind in ("bounce", "delivery", "delivery_delay"):
            name = {"bounce": "bounces", "delivery": "deliveries", "delivery_delay": "delays"}[kind]
            unsure = [fact for fact in facts if fact.kind == kind and not fact.is_certain and fact.recipient]
            row[f"uncertain_{name}"] = distinct(unsure)
        for kind, name, verb in (("open", "opens", "openers"), ("click", "clicks", "clickers")):
            of_kind = [fact for fact in facts if fact.kind == kind]
            row[name] = distinct(of_kind)
            for actor in ACTORS:
                row[f"{actor}_{name}"] = distinct(fact for fact in of_kind if rules.actor(fact) == actor)
            row[f"{verb}_least"], row[f"{verb}_most"] = openers(of_kind)
        table[(message,)] = row
    return table


def openers(made: list[Fact]) -> tuple[int, int]:
    """Who opened a message to several is not known: at least one, at most one for each open, and only candidates."""
    certain = {fact.recipient for fact in made if fact.is_certain}
    candidates = {fact.recipient for fact in made if fact.recipient is not None}
    unsure = distinct(fact for fact in made if not fact.is_certain)
    least = max(len(certain), 1 if unsure else 0)
    return least, max(least, min(len(certain) + unsure, len(candidates)))


def unplaced(made: Recomputed, message: str) -> Row:
    """What counts once for a message, whichever of its recipients it may be about."""
    facts = [fact for fact in made.counted(message) if fact.recipient is not None]
    complaints = [fact for fact in facts if rules.complaint_class(fact) == "complaint"]
    certain = {event_key(fact) for fact in complaints if fact.is_certain}
    unsure = [fact for fact in facts if not fact.is_certain]
    return {
        "people": {pseudonym(fact.recipient) for fact in facts if fact.recipient is not None},
        "complaints": distinct(complaints),
        "possible_complaints": len({event_key(fact) for fact in complaints} - certain),
        "uncertain_bounces": distinct(fact for fact in unsure if fact.kind == "bounce"),
        "uncertain_deliveries": distinct(fact for fact in unsure if fact.kind == "delivery"),
        "uncertain_delays": distinct(fact for fact in unsure if fact.kind == "delivery_delay"),
    }


def sending_daily(made: Recomputed, fates: Table) -> Table:
    """Recipients by the day sent. What may be anyone's is placed by the models, and summed in `Differences.placed`."""
    table: Table = defaultdict(Counter)
    recipients = Counter(message for message, _ in made.people)
    for message, recipient in made.people:
        row = fates[message, pseudonym(recipient)]
        key = (
            rules.day_sent(row["sent_at"], made.zone),
            *(row[name] for name in DIMENSIONS),
            made.provider(recipient),
        )
        counts = table[key]
        if row["is_simulator"]:
            counts["simulator_recipients"] += 1
            continue
        reached = row["is_delivered"] or row["is_delivery_implied"]
        # opens and clicks of mail to several are the bounds', whatever one of its events names
        alone = recipients[message] == 1
        fate_of = row["outcome"]
        counts.update(
            {
                "sends": row["is_sent"],
                "implied_sends": row["is_send_implied"],
                "attempts": row["is_attempted"],
                "deliveries": row["is_delivered"],
                "implied_deliveries": row["is_delivery_implied"],
                "reached": reached,
                "delivered_in_the_end": reached and not row["is_hard_bounced"],
                "hard_bounces": row["is_hard_bounced"],
                "hard_bounces_after_delivery": row["is_hard_bounced"] and reached,
                "soft_bounces": fate_of == "soft_bounced" and row["is_soft_bounced"],
                "undetermined_bounces": fate_of == "soft_bounced" and not row["is_soft_bounced"],
                "soft_bounces_after_delivery": reached and (row["is_soft_bounced"] or row["is_undetermined_bounced"]),
                "rejects": row["is_rejected"],
                "rendering_failures": row["is_rendering_failed"],
                "delayed": row["delays"] > 0,
                "in_flight": fate_of in ("in_flight", "delayed"),
                "not_spam": row["is_not_spam"],
                "unsubscribes": row["is_unsubscribed"],
                "feedback_loop_deliveries": reached and made.has_loop(recipient),
                "certain_deliveries": alone and reached,
                "unknown_openers": alone and rules.is_unknown(row, "opens"),
                "unknown_clickers": alone and rules.is_unknown(row, "clicks"),
                "openers": alone and row["opens"] > 0,
                "human_openers": alone and row["human_opens"] > 0,
                "clickers": alone and row["clicks"] > 0,
                "human_clickers": alone and row["human_clicks"] > 0,
                **{name: row[name] for name in ("opens", "human_opens", "machine_opens")},
                **{name: row[name] for name in ("clicks", "human_clicks", "machine_clicks")},
            }
        )
        for scope in SCOPES:
            name = "globally" if scope == "global" else scope
            counts[f"{name}_suppressed"] += row["suppression_scope"] == scope
        # AWS counts its global list as bounces
        counts["aws_hard_bounces"] += row["is_hard_bounced"] or row["suppression_scope"] == "global"
        counts["aws_attempts"] += row["is_attempted"] or row["suppression_scope"] == "global"
    names = sorted({name for counts in table.values() for name in counts})
    return {key: {name: int(counts[name]) for name in names} for key, counts in table.items()}


def reasons(made: Recomputed, fates: Table, last_arrival: date) -> Table:
    """Why rates are NULL, and whether the day is young, for each group of fct_sending_daily."""
    seen: dict[tuple[Any, ...], dict[str, set[date]]] = defaultdict(lambda: defaultdict(set))
    groups: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for (message, recipient), facts in made.people.items():
        row = fates[message, pseudonym(recipient)]
        day, sender = rules.day_sent(row["sent_at"], made.zone), tuple(row[name] for name in SENDER)
        groups[(day, *(row[name] for name in DIMENSIONS), made.provider(recipient))] = sender
        if not row["is_simulator"]:
            for fact in facts:
                if fact.is_certain or fact.kind in ("open", "click", "send"):
                    seen[sender][fact.kind].add(day)
    days = {key[0] for key in groups}
    table: Table = {}
    for key, sender in groups.items():
        young = rules.is_young(key[0], days, last_arrival)
        published = {kind for kind, on in seen[sender].items() if rules.is_published(key[0], on, young=young)}
        table[key] = {**rules.unpublished(published), "is_young": young}
    return table


def events_by_day(made: Recomputed) -> tuple[Table, Table]:
    """Events by the day they happened: certain and possible recipients by every dimension, events by those that all
    recipients of an event share.
    """
    by_recipient: Table = defaultdict(Counter)
    seen: dict[tuple[Any, ...], set[tuple[Any, ...]]] = defaultdict(set)
    for message, row in made.messages.items():
        for fact in made.counted(message):
            if fact.occurred_at is None or (fact.recipient and is_simulator(fact.recipient)):
                continue
            shared = (rules.day(fact.occurred_at, made.zone), fact.kind, *(row[name] for name in DIMENSIONS))
            classes = (rules.bounce_class(fact), rules.complaint_class(fact))
            counts = by_recipient[(*shared, provider_of(made, fact), *classes)]
            counts["certain_recipient_events" if fact.is_certain else "possible_recipient_events"] += 1
            for name in ("events", *([f"{rules.actor(fact)}_events"] if rules.actor(fact) else [])):
                seen[(*shared, name.replace("unknown_events", "unknown_actor_events"))].add(event_key(fact))
    counted = ("certain_recipient_events", "possible_recipient_events")
    events: Table = defaultdict(dict)
    for (*key, name), distinct_events in seen.items():
        events[tuple(key)][name] = len(distinct_events)
    return {key: {name: counts[name] for name in counted} for key, counts in by_recipient.items()}, dict(events)


def provider_of(made: Recomputed, fact: Fact) -> str:
    """`unknown` where no one is named, `several` where it may be any of several; of complaints, the candidate's own."""
    if fact.recipient is None:
        return "unknown"
    if not fact.is_certain and fact.kind != "complaint":
        return "several"
    return made.provider(fact.recipient)


def recipient_events(made: Recomputed) -> Counter[tuple[Any, ...]]:
    """Every event and recipient with its classes."""
    return Counter(
        (
            message,
            fact.kind,
            pseudonym(fact.recipient) if fact.recipient is not None else None,
            fact.report.source,
            fact.occurred_at,
            fact.is_certain,
            fact.is_retold,
            rules.bounce_class(fact),
            rules.complaint_class(fact),
            rules.suppression_scope(fact),
            rules.actor(fact),
        )
        for message, facts in made.facts.items()
        for fact in facts
    )
