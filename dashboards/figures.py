"""From frames to the numbers on the page. What each counts: docs/metrics.md."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from dashboards.queries import COUNTS, LEDGER_COUNTS, Mail

Counts = dict[str, int]


# What each reason of `fct_sending_daily` says on the page.
REASONS = {
    "sends_not_published": "sends are not published",
    "deliveries_not_published": "deliveries are not published",
    "opens_not_published": "opens are not published",
    "clicks_not_published": "clicks are not published",
    "verdicts_not_published": "SES gave no verdict on who opened or clicked",
    "tenant_known_from_failures_only": "the tenant is known from failures alone",
}


@dataclass(frozen=True)
class Share:
    """A rate of some mail. Mail of which the rate cannot be known is in neither count."""

    numerator: int
    denominator: int
    left_out: int  # recipients of mail of which the rate cannot be known
    reason: str | None  # why not, in words; of the largest part that is left out

    @property
    def value(self) -> float | None:
        """None where the denominator is 0."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def of(self) -> str:
        """Both counts; why there is no rate; what is left out."""
        counted = f"{self.numerator:,} of {self.denominator:,}"
        if not self.left_out:
            return counted if self.denominator else "nothing to count"
        return f"{counted}; without {self.left_out:,}: {self.reason}" if self.denominator else f"{self.reason}"


@dataclass(frozen=True)
class Rate:
    """A share, 0 to 1, of two counts of ``fct_sending_daily``; ``numerator`` may be a sum: ``a + b``."""

    name: str
    label: str
    numerator: str
    denominator: str
    reason: str  # the column that says why it is NULL
    meaning: str
    more_is_better: bool
    decimals: int = 2  # of the percentage

    def over(self, rows: pd.DataFrame) -> Share:
        """The rate over some rows of ``mail.sending``."""
        known = rows[self.reason].isna()
        numerator = sum(int(rows.loc[known, name].sum()) for name in self.numerator.split(" + "))
        unknown = rows.loc[~known]
        left_out = (unknown["sends"] + unknown["implied_sends"]).groupby(unknown[self.reason]).sum()
        return Share(
            numerator,
            int(rows.loc[known, self.denominator].sum()),
            int(left_out.sum()),
            REASONS[str(left_out.idxmax())] if len(left_out) else None,
        )


DELIVERY = Rate(
    *("delivery_rate", "Delivery rate", "delivered_in_the_end", "attempts", "delivery_rates_reason"),
    "Recipients whose server accepted the mail and sent no hard bounce later, of all that SES tried to deliver to.",
    more_is_better=True,
)
HARD_BOUNCE = Rate(
    *("hard_bounce_rate", "Hard-bounce rate", "hard_bounces", "attempts", "attempt_rates_reason"),
    "Recipients with a permanent bounce, of all that SES tried to deliver to (suppressed ones left out of both).",
    more_is_better=False,
)
AWS_HARD_BOUNCE = Rate(
    *("aws_hard_bounce_rate", "Hard-bounce rate, approximately as AWS counts", "aws_hard_bounces", "aws_attempts"),
    "attempt_rates_reason",
    "As the hard-bounce rate, with SES's global suppression list counted as hard bounces. Approximate: AWS does not"
    " publish over how much mail it counts, and leaves out domains that the account has verified.",
    more_is_better=False,
)
COMPLAINT = Rate(
    *("complaint_rate", "Complaint rate", "complainers", "reached", "delivery_rates_reason"),
    "Recipients at whom a complaint counts, of all that the mail reached. Complaints come days after the mail.",
    more_is_better=False,
    decimals=3,
)
AWS_COMPLAINT = Rate(
    *("aws_complaint_rate", "Complaint rate, approximately as AWS counts", "feedback_loop_complainers"),
    *("feedback_loop_deliveries", "delivery_rates_reason"),
    "The complaint rate at domains with a feedback loop. Approximate: AWS publishes neither its list of these nor over"
    " how much mail it counts.",
    more_is_better=False,
    decimals=3,
)
DEFERRED = Rate(
    *("deferred_rate", "Deferred", "delayed", "attempts", "attempt_rates_reason"),
    "Recipients whose server put the mail off at least once, of all that SES tried to deliver to.",
    more_is_better=False,
)
HUMAN_OPEN = Rate(
    *("human_open_rate", "Human open rate", "human_openers", "judged_open_deliveries", "human_open_rate_reason"),
    "Recipients with an open that SES calls human, of those reached by mail to them alone. Left out are those whose"
    " opens SES did not judge: the range says how many people opened if none or all of these are people.",
    more_is_better=True,
    decimals=1,
)
HUMAN_CLICK = Rate(
    *("human_click_rate", "Human click rate", "human_clickers", "judged_click_deliveries", "human_click_rate_reason"),
    "As the human open rate, of clicks.",
    more_is_better=True,
)
UNSUBSCRIBE = Rate(
    *("unsubscribe_rate", "Unsubscribe rate", "unsubscribes", "certain_deliveries", "delivery_rates_reason"),
    "Recipients who unsubscribed from everything by the mail, of those reached by mail to them alone.",
    more_is_better=False,
)
# The least and the most that a rate can be, where it leaves out what is not certain.
BOUNDS = {
    HUMAN_OPEN.name: (
        replace(HUMAN_OPEN, denominator="certain_deliveries", reason="open_rates_reason"),
        replace(
            HUMAN_OPEN,
            numerator="human_openers + unknown_openers",
            denominator="certain_deliveries",
            reason="open_rates_reason",
        ),
    ),
    HUMAN_CLICK.name: (
        replace(HUMAN_CLICK, denominator="certain_deliveries", reason="click_rates_reason"),
        replace(
            HUMAN_CLICK,
            numerator="human_clickers + unknown_clickers",
            denominator="certain_deliveries",
            reason="click_rates_reason",
        ),
    ),
}
OPENERS = (
    replace(HUMAN_OPEN, numerator="openers_least", denominator="reached", reason="open_rates_reason"),
    replace(HUMAN_OPEN, numerator="openers_most", denominator="reached", reason="open_rates_reason"),
)
HEADLINE_RATES = (DELIVERY, HARD_BOUNCE, COMPLAINT, DEFERRED, HUMAN_OPEN, HUMAN_CLICK, UNSUBSCRIBE)
TABLE_RATES = (DELIVERY, HARD_BOUNCE, DEFERRED, COMPLAINT, HUMAN_OPEN, HUMAN_CLICK)


@dataclass(frozen=True)
class Figure:
    """A rate of the period beside that of the period before."""

    rate: Rate
    share: Share
    before: Share | None  # None: no mail of the whole period before
    bounds: tuple[float | None, float | None] | None = None  # the least and the most that it can be

    @property
    def value(self) -> float | None:
        return self.share.value

    @property
    def value_before(self) -> float | None:
        return self.before.value if self.before else None

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the two rates differ by more than chance (3 standard errors); else ``same``."""
        if self.value is None or self.value_before is None or self.before is None:
            return "same"
        n, n_before = self.share.denominator, self.before.denominator
        pooled = (self.share.numerator + self.before.numerator) / (n + n_before)
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


def between(sending: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """The rows of the days from first to last."""
    return sending[(sending["sent_day"] >= first) & (sending["sent_day"] <= last)]


def counts_of(rows: pd.DataFrame) -> Counts:
    """The sums of all counts."""
    return {name: int(rows[name].sum()) for name in COUNTS}


def headline(mail: Mail) -> tuple[Counts, Counts | None, list[Figure]]:
    """The counts of the period and of the period before, and the rates."""
    rows, before = _period_and_before(mail, mail.sending)
    counts_before = None if before is None else counts_of(before)
    return counts_of(rows), counts_before, [_figure(rate, rows, before) for rate in HEADLINE_RATES]


def open_range(mail: Mail) -> tuple[Share, Share]:
    """The fewest and the most who can have opened mail of the period, machines and mail to several included."""
    rows, _ = _period_and_before(mail, mail.sending)
    least, most = OPENERS
    return least.over(rows), most.over(rows)


def parts(mail: Mail, column: str) -> list[Part]:
    """The period's mail by a column of ``mail.sending``, the largest part first."""
    found = []
    names = mail.sending[column].fillna("(none)")
    for name, sending in mail.sending.groupby(names):
        rows, before = _period_and_before(mail, sending)
        counts = counts_of(rows)
        if counts["attempts"] or (before is not None and counts_of(before)["attempts"]):
            found.append(Part(str(name), counts, [_figure(rate, rows, before) for rate in TABLE_RATES]))
    return sorted(found, key=lambda part: (-part.counts["attempts"], part.name))


def by_day(mail: Mail) -> list[tuple[date, pd.DataFrame]]:
    """The rows of each day that the charts show."""
    return [
        (day, between(mail.sending, day, day)) for day in days_from(mail.period.chart_first, mail.period.chart_last)
    ]


def _period_and_before(mail: Mail, sending: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    period = mail.period
    before = between(sending, period.before_first, period.before_last) if period.has_before else None
    return between(sending, period.first, period.last), before


def _figure(rate: Rate, rows: pd.DataFrame, before: pd.DataFrame | None) -> Figure:
    least, most = (bound.over(rows).value for bound in BOUNDS[rate.name]) if rate.name in BOUNDS else (None, None)
    return Figure(
        rate,
        rate.over(rows),
        None if before is None else rate.over(before),
        None if least is None or least == most else (least, most),
    )


@dataclass(frozen=True)
class Ledger:
    """Where every record went. A count is None where nothing tells it: objects of others have no manifest."""

    totals: dict[str, int | None]
    unbalanced: int  # objects
    pending: int  # objects landed and not staged yet
    damaged: int  # objects that cannot be read
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
        damaged=objects("damaged"),
        without_manifest=objects("no_manifest"),
        days=sorted(by_landed_day, key=lambda item: item[0], reverse=True)[:days],
    )
