"""The whole stream: hour by hour of sending, then in order of arrival."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

from simulate.delivery import on_its_way
from simulate.engagement import afterwards
from simulate.incident import CAMPAIGN, Incident, incident_of
from simulate.messages import Event, Message, new_id, token
from simulate.others import others_in_hour
from simulate.recipients import Recipient, recipient, simulator_recipient
from simulate.senders import Kind, Tenant, campaign_of, messages_expected, tenants

HOUR_MS = 3_600_000


class Arrival(NamedTuple):
    """An event (the fields of Event) and when it reaches us, in milliseconds since 1970, UTC."""

    arrived_ms: int
    source: str
    payload: bytes
    place: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate. Picklable: every process has one."""

    seed: int
    first_day: date
    days: int
    messages_per_day: int
    tenants: tuple[Tenant, ...]
    incident: Incident
    verdicts_from_ms: int

    @property
    def hours(self) -> list[datetime]:
        start = datetime.combine(self.first_day, datetime.min.time(), UTC)
        return [start + timedelta(hours=number) for number in range(self.days * 24)]


def plan(*, seed: int, last_day: date, days: int, messages_per_day: int, tenant_count: int) -> Plan:
    """SES gives verdicts on openers since August 2026; of any later period a third goes without, so that both occur."""
    first_day = last_day - timedelta(days=days - 1)
    senders = tenants(tenant_count)
    verdicts_from = max(date(2026, 8, 1), first_day + timedelta(days=days // 3))
    return Plan(
        seed=seed,
        first_day=first_day,
        days=days,
        messages_per_day=messages_per_day,
        tenants=senders,
        incident=incident_of(senders[0].name, senders[0].outgoing_ips[0], first_day, days),
        verdicts_from_ms=int(datetime.combine(verdicts_from, datetime.min.time(), UTC).timestamp() * 1000),
    )


def arrivals_by_hour(plan: Plan) -> Iterator[tuple[datetime, list[Arrival]]]:
    """Every hour of the period with what arrives in it, in order. What would arrive after the period is left out."""
    waiting: dict[int, list[Arrival]] = {}
    for hour, made in zip(plan.hours, _simulated_hours(plan), strict=True):
        for arrival in made:
            waiting.setdefault(arrival.arrived_ms // HOUR_MS, []).append(arrival)
        # nothing arrives before it was sent, so this hour is complete
        yield hour, sorted(waiting.pop(int(hour.timestamp()) // 3600, []))


def _simulated_hours(plan: Plan) -> Iterator[list[Arrival]]:
    """In order, made by as many processes as there are cores; only a few hours ahead, to bound the memory."""
    processes = min(os.cpu_count() or 1, 8)
    ahead: deque[Future[list[Arrival]]] = deque()
    with ProcessPoolExecutor(processes, initializer=_leave_interrupts_to_the_parent) as pool:
        for hour in plan.hours:
            ahead.append(pool.submit(sent_in_hour, plan, hour))
            if len(ahead) > 4 * processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sent_in_hour(plan: Plan, hour: datetime) -> list[Arrival]:
    """All events, whenever they arrive, of the messages sent in that hour."""
    rng = Random(f"{plan.seed}/{hour.isoformat()}")
    made: list[Arrival] = []
    for tenant in plan.tenants:
        for kind, share in tenant.kinds:
            expected = messages_expected(kind, hour.date(), hour.hour, plan.messages_per_day * tenant.share * share)
            if kind.is_campaign and plan.incident.is_win_back(tenant.name, hour.date()):
                expected *= 1.6
            for _ in range(int(expected + rng.random())):
                message = _message(rng, plan, tenant, kind, hour)
                for event in on_its_way(rng, message, plan.incident):
                    made += _arrivals(rng, event)
                for event in afterwards(rng, message, plan.verdicts_from_ms):
                    made += _arrivals(rng, event)
    beside = Random(f"{plan.seed}/{hour.isoformat()}/others arrive")
    for other in others_in_hour(plan.seed, plan.tenants, plan.messages_per_day, hour):
        made += _arrivals(beside, other)
    return made


def _message(rng: Random, plan: Plan, tenant: Tenant, kind: Kind, hour: datetime) -> Message:
    sent_ms = int(hour.timestamp() * 1000) + rng.randrange(HOUR_MS)
    number = rng.randrange(100_000, 1_000_000)
    campaign = theme = None
    is_win_back = kind.is_campaign and plan.incident.is_win_back(tenant.name, hour.date())
    if kind.is_campaign:
        campaign, theme = (CAMPAIGN, "what you missed") if is_win_back else campaign_of(hour.date())
    people = _people(rng, plan, tenant, kind, is_win_back)
    copies = len(people) // 3
    return Message(
        tenant=tenant,
        kind=kind,
        sent_ms=sent_ms,
        message_id=new_id(rng, tenant.id_prefix, sent_ms),
        to=people[: len(people) - 2 * copies],
        cc=people[len(people) - 2 * copies : len(people) - copies],
        bcc=people[len(people) - copies :],
        outgoing_ip=rng.choices(tenant.outgoing_ips, cum_weights=(0.7, 0.9, 1))[0],
        subject=rng.choice(kind.subjects).format(number=number, theme=theme),
        links=[
            f"https://{tenant.domain}{path.format(number=number, campaign=campaign)}?to={token(rng, 24)}"
            for path in kind.link_paths
        ],
        campaign=campaign,
        number=number,
        boundary=token(rng, 24),
        unsubscribe_token=token(rng, 32),
    )


def _people(rng: Random, plan: Plan, tenant: Tenant, kind: Kind, is_win_back: bool) -> list[Recipient]:
    """From the tenant's list, early numbers more often; a win-back goes to numbers that got no mail before."""
    if not is_win_back and rng.random() < 0.002:
        return [simulator_recipient(rng)]
    list_size = max(50, int(plan.messages_per_day * tenant.share * 8))
    count = rng.randint(2, 6) if rng.random() < kind.group_share else 1
    first = int(list_size * rng.random() ** 1.4) + (list_size if is_win_back else 0)
    unreachable = 0.045 if is_win_back else 0.006
    return [recipient(plan.seed, tenant.name, first + following, unreachable) for following in range(count)]


def _arrivals(rng: Random, event: Event) -> list[Arrival]:
    """One arrival, or two: transports deliver at least once. Most take seconds, some hours, a few days."""
    drawn = rng.random()
    seconds = rng.lognormvariate(2.5, 0.9)
    if drawn < 0.0005:
        seconds = rng.uniform(1, 4) * 86_400
    elif drawn < 0.008:
        seconds = rng.uniform(0.2, 6) * 3600
    first = Arrival(event.own_ms + int(seconds * 1000), *event[1:])
    if 0.5 < drawn < 0.515:
        return [first, first._replace(arrived_ms=first.arrived_ms + int(rng.lognormvariate(3, 2) * 1000))]
    return [first]
