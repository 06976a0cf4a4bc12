"""Tenants, the kinds of mail each of them sends, and the rhythm of a day and a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mail: a configuration set, a rhythm, a style. Weights are relative; links are paths."""

    configuration_set: str
    sender: str
    """Local part of the From address."""
    by_weekday: tuple[float, ...]
    by_hour: tuple[float, ...]
    operation: str
    caller: str
    subjects: tuple[str, ...]
    link_paths: tuple[str, ...]
    is_campaign: bool = False
    group_share: float = 0.0
    """Share of messages that go to several people at once."""
    interest: float = 1.0
    """How much likelier than a newsletter it is to be opened."""
    hours_to_deliver: int = 14
    """The configuration set's maximum delivery time; 14 hours is SES's own."""


_WAKING = (1, 1, 0.5, 0.5, 0.5, 1, 2, 4, 6, 7, 8, 8, 8, 7, 7, 7, 8, 9, 10, 10, 9, 7, 4, 2)
_MORNING = (0, 0, 0, 0, 0, 0, 1, 6, 18, 30, 20, 8, 4, 3, 3, 2, 3, 2, 0, 0, 0, 0, 0, 0)
_OFFICE = (0, 0, 0, 0, 0, 0, 1, 4, 9, 10, 9, 8, 6, 8, 9, 9, 8, 5, 2, 1, 0, 0, 0, 0)

RECEIPTS = Kind(
    "transactional",
    "orders",
    (1.0, 0.95, 0.95, 1.0, 1.15, 1.05, 0.9),
    _WAKING,
    "SendTemplatedEmail",
    "orders-service",
    (
        "Your order {number} is confirmed",
        "Your receipt for order {number}",
        "Order {number} is on its way",
        "Reset your password",
        "Your sign-in code",
    ),
    ("/orders/{number}", "/account", "/help"),
    interest=2.2,
    hours_to_deliver=4,
)  # fmt: skip
CAMPAIGNS = Kind(
    "marketing",
    "hello",
    (0.5, 2.1, 0.6, 1.9, 0.9, 0.5, 0.5),
    _MORNING,
    "SendBulkTemplatedEmail",
    "campaign-runner",
    ("New this week: {theme}", "Our picks for {theme}", "A café table, a book and {theme}", "Last days of {theme}"),
    ("/{campaign}", "/{campaign}/picks", "/offers/{number}", "/preferences"),
    is_campaign=True,
)  # fmt: skip
NOTICES = Kind(
    "notices",
    "no-reply",
    (1.3, 1.25, 1.3, 1.25, 1.2, 0.4, 0.3),
    _OFFICE,
    "SendRawEmail",
    "notifier",
    ("Report {number} is ready", "News in ticket {number}", "Minutes of meeting {number}", "Build {number} failed"),
    ("/reports/{number}", "/tickets/{number}"),
    group_share=0.45,
    interest=1.6,
)  # fmt: skip

_THEMES = (
    "autumn reading",
    "winter light",
    "small kitchens",
    "long walks",
    "quiet rooms",
    "garden tools",
    "first snow",
)


ID_PREFIXES = {"us-east-1": "0100", "eu-west-1": "0102"}
"""How message ids begin, by region."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An SES tenant: its name is its domain's first label."""

    name: str
    domain: str
    display_name: str
    """As it stands in From; a bare address without."""
    share: float
    kinds: tuple[tuple[Kind, float], ...]
    account: str
    region: str
    outgoing_ips: tuple[str, ...]
    source_ip: str
    sends_notifications: bool
    """Its identity has feedback notifications on, beside event publishing."""

    @property
    def id_prefix(self) -> str:
        return ID_PREFIXES[self.region]

    @property
    def place(self) -> str:
        """Region and account, as they stand in an ARN."""
        return f"{self.region}:{self.account}"


# name, ending of its domain, display name, shares of receipts, campaigns and notices, region
_TENANTS = (
    ("shop", "com", "Example Shop", (0.45, 0.49, 0.06), "us-east-1"),
    ("news", "org", '"News, by Example"', (0.12, 0.80, 0.08), "us-east-1"),
    ("desk", "net", "", (0.35, 0.20, 0.45), "eu-west-1"),
    ("café", "com", "=?utf-8?q?Caf=C3=A9_Example?=", (0.50, 0.42, 0.08), "eu-west-1"),
    ("travel", "org", "Example Travel", (0.55, 0.35, 0.10), "us-east-1"),
    ("school", "net", "Example School", (0.15, 0.25, 0.60), "us-east-1"),
)


def tenants(count: int) -> tuple[Tenant, ...]:
    """That many tenants, the largest first; their shares of the mail add up to 1."""
    weights = [1 / (number + 1) ** 0.8 for number in range(count)]
    return tuple(_tenant(number, weights[number] / sum(weights), number == count - 1) for number in range(count))


def _tenant(number: int, share: float, is_last: bool) -> Tenant:
    base, ending, display_name, shares, region = _TENANTS[number % len(_TENANTS)]
    again = number // len(_TENANTS)
    name = base.replace("é", "e") + (str(again + 1) if again else "")
    return Tenant(
        name=name,
        domain=f"{name}.example.{ending}",
        display_name=display_name,
        share=share,
        kinds=tuple(zip((RECEIPTS, CAMPAIGNS, NOTICES), shares, strict=True)),
        account={"us-east-1": "111122223333", "eu-west-1": "012345678901"}[region],
        region=region,
        outgoing_ips=tuple(f"192.0.2.{10 + (number * 3 + address) % 90}" for address in range(3)),
        source_ip=f"192.0.2.{100 + number % 100}",
        sends_notifications=is_last,
    )


def messages_expected(kind: Kind, day: date, hour: int, daily: float) -> float:
    """How many of a kind's `daily` messages (the average over a week) fall into one hour."""
    of_week = kind.by_weekday[day.weekday()] / (sum(kind.by_weekday) / 7)
    of_day = kind.by_hour[hour] / sum(kind.by_hour)
    return daily * of_week * of_day


def campaign_of(day: date) -> tuple[str, str]:
    """Name and theme of the campaign that runs on that day: two a week."""
    year, week, weekday = day.isocalendar()
    theme = _THEMES[(week * 2 + (weekday > 3)) % len(_THEMES)]
    return f"{year}-w{week:02d}-{theme.replace(' ', '-')}", theme
