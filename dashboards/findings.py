"""What needs attention, found by rules that the page states beside it."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboards.figures import (
    AWS_COMPLAINT,
    AWS_HARD_BOUNCE,
    COMPLAINT,
    DEFERRED,
    HARD_BOUNCE,
    Ledger,
    Rate,
    between,
)
from dashboards.period import CHART_DAYS
from dashboards.queries import Mail
from dashboards.reasons import reasons_of, sender_of
from dashboards.text import day_range, in_words, percent

# Amazon SES Developer Guide, "Reputation metrics messages" (bounce rate and complaint rate): an account comes under
# review at the first, and sending may be paused at the second.
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
REVIEW_AND_PAUSE = {AWS_HARD_BOUNCE.name: (0.05, 0.10), AWS_COMPLAINT.name: (0.001, 0.005)}

SEVERITIES = ("bad", "warn", "past")  # past: over before the period began, or worth a look
SENDERS_OWN = 3  # providers

QUIET_HOURS = 26  # a day and some; less would alarm every night of a small sender


@dataclass(frozen=True)
class Finding:
    severity: str  # one of SEVERITIES
    title: str
    detail: str
    section: str  # id of the part of the page that shows more


def about_mail(mail: Mail) -> list[Finding]:
    """What stands out in the mail of the days that the charts show, the worst first."""
    unusual = [finding for _, finding in sorted(_unusual(mail), key=lambda item: -item[0])]
    return sorted(_over_the_lines(mail) + unusual, key=lambda finding: SEVERITIES.index(finding.severity))


def about_data(ledger: Ledger, drift: pd.DataFrame, last_landed: datetime | None, now: datetime) -> list[Finding]:
    """What stands out in the data themselves."""
    found = []
    if ledger.unbalanced:
        detail = "Records or lines have gone that nothing accounts for. Ask the mart ingestion_ledger which objects."
        found.append(Finding("bad", f"The ledger of {ledger.unbalanced} objects does not balance", detail, "ledger"))
    if ledger.damaged:
        detail = "Their events are in no figure. Replace each by a good copy; landing_objects lists them (damage)."
        found.append(Finding("bad", f"{ledger.damaged} landed objects cannot be read", detail, "ledger"))
    if last_landed and now - last_landed > timedelta(hours=QUIET_HOURS):
        detail = f"The last object landed in the hour of {last_landed:%d %b %H:%M} UTC. Every figure is as of then."
        found.append(Finding("warn", f"Nothing has landed for {in_words(now - last_landed)}", detail, "ledger"))
    if ledger.pending:
        detail = "Their events are in no figure yet. Run dbt build."
        found.append(Finding("warn", f"{ledger.pending} landed objects are not staged yet", detail, "ledger"))
    if held := sum((counts["quarantined"] or 0) + (counts["rejected"] or 0) for _, counts in ledger.days):
        detail = "They are in no figure. Look under quarantine/ in the landing zone, and in the mart landing_rejects."
        found.append(
            Finding("past", f"{held:,} records of the last days were quarantined or rejected", detail, "ledger")
        )
    if not drift.empty:
        first = drift.iloc[0]
        what = f"{first['event_type']} {first['path'] or ''}".strip()
        detail = f"The most frequent: {first['drift'].replace('_', ' ')}, {what} ({first['events']:,} events)."
        found.append(Finding("past", f"{len(drift)} things in the events are not as documented", detail, "ledger"))
    return found


def _over_the_lines(mail: Mail) -> list[Finding]:
    """AWS judges each account in each region, over a volume of its own choosing: rather long than short."""
    charted = between(mail.sending, mail.period.chart_first, mail.period.chart_last)
    accounts = charted["account_id"].fillna("unknown"), charted["region"].fillna("an unknown region")
    found = []
    for rate in (AWS_HARD_BOUNCE, AWS_COMPLAINT):
        review, pause = REVIEW_AND_PAUSE[rate.name]
        for (account, region), rows in charted.groupby(list(accounts)):
            share = rate.over(rows)
            if share.value is None or share.value < review:
                continue
            line = (
                f"pause line ({percent(pause, 1)})" if share.value >= pause else f"review line ({percent(review, 1)})"
            )
            found.append(
                Finding(
                    "bad" if share.value >= pause else "warn",
                    f"{rate.label}, account {account} in {region}:"
                    f" {percent(share.value, rate.decimals)}, over AWS's {line}",
                    f"{share.of} in {CHART_DAYS} days. {rate.meaning}",
                    "rates",
                )
            )
    return found


@dataclass(frozen=True)
class _Spike:
    """The last run of days on which a rate was far above the usual, for one sender at one provider."""

    provider: str
    days: list[date]
    numerator: int
    denominator: int
    usual: float

    @property
    def excess(self) -> float:
        return self.numerator - self.usual * self.denominator


def _unusual(mail: Mail) -> list[tuple[float, Finding]]:
    """For each rate and sender the providers where it was far above the usual; with the excess."""
    sending = mail.sending.assign(sender=mail.sending.apply(sender_of, axis=1, result_type="reduce"))
    found = []
    for rate in (HARD_BOUNCE, DEFERRED, COMPLAINT):
        for sender, rows in sending.groupby("sender"):
            spikes = [
                spike
                for provider, at_provider in rows.groupby("mailbox_provider")
                if (spike := _last_spike(rate, str(provider), at_provider))
            ]
            # at many providers at once it is the sender's own doing: one finding
            for together in [spikes] if len(spikes) >= SENDERS_OWN else [[spike] for spike in spikes]:
                excess = sum(spike.excess for spike in together)
                found.append((excess, _finding(mail, rate, str(sender), together)))
    return found


def _last_spike(rate: Rate, provider: str, rows: pd.DataFrame) -> _Spike | None:
    """High is a day with at least 10, twice the usual, and more than chance allows (5 standard errors)."""
    days = rows[rows[rate.reason].isna()].groupby("sent_day")[[rate.numerator, rate.denominator]].sum()
    days = days[days[rate.denominator] > 0]
    if days.empty:
        return None
    usual = statistics.median(days[rate.numerator] / days[rate.denominator])
    run: list[date] = []
    before_was_high = False
    for day, (numerator, denominator) in zip(days.index, days.to_numpy().tolist(), strict=True):
        expected = usual * denominator
        is_high = numerator >= max(10, 2 * expected, expected + 5 * math.sqrt(max(expected, 1)))
        if is_high:
            run = [*run, day] if before_was_high else [day]
        before_was_high = is_high
    if not run:
        return None
    high = days.loc[run].sum()
    return _Spike(provider, run, int(high[rate.numerator]), int(high[rate.denominator]), usual)


def _finding(mail: Mail, rate: Rate, sender: str, spikes: list[_Spike]) -> Finding:
    spikes = sorted(spikes, key=lambda spike: -spike.excess)
    days = sorted({day for spike in spikes for day in spike.days})
    numerator, denominator = sum(s.numerator for s in spikes), sum(s.denominator for s in spikes)
    usual = sum(s.usual * s.denominator for s in spikes) / denominator
    still = days[-1] >= mail.period.last
    when = f"Since {days[0]:%a %d %b}, still so" if still else f"{day_range(days[0], days[-1])}, over since"
    detail = f"{when}. {numerator:,} of {denominator:,} recipients on these days."
    if why := _main_reason(mail, rate, sender, [spike.provider for spike in spikes], days):
        detail += f" Most given reason: {why}"
    where = f"{_WORDS[rate.name]} at {', '.join(spike.provider for spike in spikes)} for {sender}"
    return Finding(
        "bad" if still else "warn" if days[-1] >= mail.period.first else "past",
        f"{where}: {percent(numerator / denominator, 1)}, usually {percent(usual, rate.decimals)}",
        detail,
        "rates" if rate is COMPLAINT else "reasons",
    )


_WORDS = {HARD_BOUNCE.name: "Hard bounces", DEFERRED.name: "Deferrals", COMPLAINT.name: "Complaints"}


def _main_reason(mail: Mail, rate: Rate, sender: str, providers: list[str], days: list[date]) -> str | None:
    rows = mail.reasons
    if rate is COMPLAINT or rows.empty:
        return None
    chosen = rows[
        (rows["event_type"] == ("bounce" if rate is HARD_BOUNCE else "delivery_delay"))
        & rows["mailbox_provider"].isin(providers)
        & rows["event_date"].isin(days)
        & (rows.apply(sender_of, axis=1, result_type="reduce") == sender)
    ]
    if rate is HARD_BOUNCE:
        chosen = chosen[chosen["bounce_class"] == "hard"]
    reasons = reasons_of(chosen, mail.period, since=days[0])
    return f"“{reasons[0].text}”" if reasons else None
