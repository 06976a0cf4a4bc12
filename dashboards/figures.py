"""From frames to the numbers on the page. What each counts: docs/metrics.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from dashboards.queries import COUNTS, LEDGER_COUNTS, Mail

Counts = dict[str, int]


@dataclass(frozen=True)
class Rate:
    """A share, 0 to 1, of two counts of ``fct_sending_daily``."""

    name: str
    label: str
    numerator: str
    denominator: str
    meaning: str
    more_is_better: bool
    decimals: int = 2  # of the percentage

    def of(self, counts: Counts) -> float | None:
        """None where the denominator is 0."""
        return counts[self.numerator] / counts[self.denominator] if counts[self.denominator] else None


DELIVERY = Rate(
    *("delivery_rate", "Delivery rate", "deliveries", "attempts"),
    "Recipients whose server accepted the mail, of all that delivery was attempted to (suppressed ones left out).",
    more_is_better=True,
)
HARD_BOUNCE = Rate(
    *("hard_bounce_rate", "Hard-bounce rate", "hard_bounces", "attempts"),
    "Recipients with a permanent bounce, of all that delivery was attempted to (suppressed ones left out of both).",
    more_is_better=False,
)
AWS_HARD_BOUNCE = Rate(
    *("aws_hard_bounce_rate", "Hard-bounce rate as AWS counts", "aws_hard_bounces", "aws_attempts"),
    "As the hard-bounce rate, with SES's global suppression list counted as hard bounces.",
    more_is_better=False,
)
COMPLAINT = Rate(
    *("complaint_rate", "Complaint rate", "complaints", "deliveries"),
    "Complaints, each counted once however many candidates it names, of deliveries. They come days after the mail.",
    more_is_better=False,
    decimals=3,
)
AWS_COMPLAINT = Rate(
    *("aws_complaint_rate", "Complaint rate as AWS counts", "feedback_loop_complaints", "feedback_loop_deliveries"),
    "Complaints from domains with a feedback loop, of deliveries to them (approximate: AWS's list is not public).",
    more_is_better=False,
    decimals=3,
)
DEFERRED = Rate(
    *("deferred_rate", "Deferred", "delayed", "attempts"),
    "Recipients whose server put the mail off at least once, of all that delivery was attempted to.",
    more_is_better=False,
)
HUMAN_OPEN = Rate(
    *("human_open_rate", "Human open rate", "human_openers", "deliveries"),
    "Certain recipients with an open that SES calls human, of deliveries. Without a verdict, an open is not human.",
    more_is_better=True,
    decimals=1,
)
HUMAN_CLICK = Rate(
    *("human_click_rate", "Human click rate", "human_clickers", "deliveries"),
    "Certain recipients with a click that SES calls human, of deliveries. Without a verdict, a click is not human.",
    more_is_better=True,
)
UNSUBSCRIBE = Rate(
    *("unsubscribe_rate", "Unsubscribe rate", "unsubscribes", "deliveries"),
    "Recipients who unsubscribed from everything by the mail, of deliveries.",
    more_is_better=False,
)
HEADLINE_RATES = (DELIVERY, HARD_BOUNCE, COMPLAINT, DEFERRED, HUMAN_OPEN, HUMAN_CLICK, UNSUBSCRIBE)
TABLE_RATES = (DELIVERY, HARD_BOUNCE, DEFERRED, COMPLAINT, HUMAN_OPEN, HUMAN_CLICK)


@dataclass(frozen=True)
class Figure:
    """A rate of the period beside that of the period before."""

    rate: Rate
    counts: Counts
    before: Counts | None  # None: no mail of the whole period before

    @property
    def value(self) -> float | None:
        return self.rate.of(self.counts)

    @property
    def value_before(self) -> float | None:
        return self.rate.of(self.before) if self.before else None

    @property
    def numerator(self) -> int:
        return self.counts[self.rate.numerator]

    @property
    def denominator(self) -> int:
        return self.counts[self.rate.denominator]

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the two rates differ by more than chance (3 standard errors); else ``same``."""
        if self.value is None or self.value_before is None or self.before is None:
            return "same"
        n, n_before = self.denominator, self.before[self.rate.denominator]
        pooled = (self.numerator + self.before[self.rate.numerator]) / (n + n_before)
        error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / n + 1 / n_before))
        difference = self.value - self.value_before
        if error == 0 or abs(difference) <= 3 * error:
            return "same"
        return "better" if (difference > 0) == self.rate.more_is_better else "worse"


@dataclass(frozen=True)
class Part:
    """What one provider, tenant or configuration set has of the period's mail."""

    name: str
    counts: Counts
    figures: list[Figure]


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def counts_of(sending: pd.DataFrame, first: date, last: date) -> Counts:
    """The sums of all counts over the days from first to last."""
    chosen = sending[(sending["sent_day"] >= first) & (sending["sent_day"] <= last)]
    return {name: int(chosen[name].sum()) for name in COUNTS}


def headline(mail: Mail) -> tuple[Counts, Counts | None, list[Figure]]:
    """The counts of the period and of the period before, and the rates."""
    counts, before = _counts_and_before(mail, mail.sending)
    return counts, before, [Figure(rate, counts, before) for rate in HEADLINE_RATES]


def parts(mail: Mail, column: str) -> list[Part]:
    """The period's mail by a column of ``mail.sending``, the largest part first."""
    found = []
    names = mail.sending[column].fillna("(none)")
    for name, rows in mail.sending.groupby(names):
        counts, before = _counts_and_before(mail, rows)
        if counts["attempts"] or (before or counts)["attempts"]:
            found.append(Part(str(name), counts, [Figure(rate, counts, before) for rate in TABLE_RATES]))
    return sorted(found, key=lambda part: (-part.counts["attempts"], part.name))


def counts_by_day(mail: Mail) -> list[tuple[date, Counts]]:
    """The counts of each day that the charts show."""
    return [
        (day, counts_of(mail.sending, day, day)) for day in days_from(mail.period.chart_first, mail.period.chart_last)
    ]


def _counts_and_before(mail: Mail, rows: pd.DataFrame) -> tuple[Counts, Counts | None]:
    period = mail.period
    before = counts_of(rows, period.before_first, period.before_last) if period.has_before else None
    return counts_of(rows, period.first, period.last), before


@dataclass(frozen=True)
class Ledger:
    """Where every record went. A count is None where nothing tells it: objects of others have no manifest."""

    totals: dict[str, int | None]
    unbalanced: int  # objects
    pending: int  # objects landed and not staged yet
    without_manifest: int  # objects
    days: list[tuple[date, dict[str, int | None]]]  # the last days on which anything landed, newest first


def ledger_of(frame: pd.DataFrame, *, days: int) -> Ledger:
    counts = frame.assign(**{name: pd.to_numeric(frame[name]) for name in LEDGER_COUNTS})

    def objects(balance: str) -> int:
        return int(counts.loc[counts["balance"] == balance, "objects"].sum())

    def sums(rows: pd.DataFrame) -> dict[str, int | None]:
        return {name: int(rows[name].sum()) if rows[name].notna().any() else None for name in LEDGER_COUNTS}

    by_landed_day = [(day, sums(rows)) for day, rows in counts.groupby("landed_day")]
    return Ledger(
        totals=sums(counts),
        unbalanced=objects("unbalanced"),
        pending=objects("pending"),
        without_manifest=objects("no_manifest"),
        days=sorted(by_landed_day, key=lambda item: item[0], reverse=True)[:days],
    )
