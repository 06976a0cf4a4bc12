"""Why mail bounces or is put off: what the remote servers answered, gathered into reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from dashboards.figures import days_from
from dashboards.period import Period

# No address may reach the page: marts can be shared, and so must the page be.
_ADDRESS = re.compile(r'"[^"]*"@[^\s<>]+|[^\s<>"\'(]+@[^\s<>"\')]+')
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_LONG_ID = re.compile(r"\b(?=\w*\d)\w{8,}\b")
_SAME_START = 60  # characters; queue ids stand at the end of an answer


@dataclass(frozen=True)
class Reason:
    """One reason at one provider."""

    provider: str
    kind: str  # bounce class and subtype, or delay type
    text: str  # status and answer; addresses masked
    senders: list[str]
    times: int  # in the period, and on the running day
    by_day: list[int]  # for each day that the charts show
    first_day: date
    last_at: datetime


def sender_of(row: pd.Series) -> str:
    """Who sends: the tenant; the configuration set where there are no tenants."""
    for name in (row["tenant_name"], row["configuration_set"]):
        if isinstance(name, str) and name:
            return name
    return "(no tenant)"


def masked(answer: str) -> str:
    """A server's answer without the addresses in it."""
    return _ADDRESS.sub("(address)", answer.removeprefix("smtp;").strip())


def reasons_of(rows: pd.DataFrame, period: Period) -> list[Reason]:
    """The reasons of some rows of ``Mail.reasons``, the most frequent of the period first."""
    gathered: dict[Hashable, list[pd.Series]] = {}
    for _, row in rows.iterrows():
        gathered.setdefault(_key(row), []).append(row)
    found = [_reason(group, period) for group in gathered.values()]
    return sorted((r for r in found if r.times), key=lambda r: (-r.times, r.provider, r.text))


def _key(row: pd.Series) -> Hashable:
    start = _LONG_ID.sub("#", _IP.sub("#", masked(_text(row["example"]))))[:_SAME_START]
    return row["mailbox_provider"], _kind(row), _text(row["recipient_status"]), start


def _kind(row: pd.Series) -> str:
    if row["event_type"] == "delivery_delay":
        return _text(row["delay_type"]) or "no type told"
    return f"{_text(row['bounce_class'])} · {_text(row['bounce_sub_type']) or 'no subtype told'}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _reason(group: list[pd.Series], period: Period) -> Reason:
    times_by_day: Counter[date] = Counter()
    senders: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    times = 0
    for row in group:
        times_by_day[row["event_date"]] += row["times"]
        if row["event_date"] >= period.first:
            times += int(row["times"])
            senders[sender_of(row)] += row["times"]
            answers[masked(_text(row["example"]))] += row["times"]
    status = _text(group[0]["recipient_status"])
    answer = answers.most_common(1)[0][0] if answers else ""
    ips = sorted({ip for text in answers for ip in _IP.findall(text)})
    if len(ips) > 1:
        answer = _IP.sub(f"({len(ips)} IPs)", answer)
    return Reason(
        provider=group[0]["mailbox_provider"],
        kind=_kind(group[0]),
        text=answer if status in answer else f"{status} {answer}".strip() or "the server gave no reason",
        senders=[name for name, _ in senders.most_common()],
        times=times,
        by_day=[int(times_by_day[day]) for day in days_from(period.chart_first, period.chart_last)],
        first_day=min(times_by_day),
        last_at=max(row["last_at"] for row in group),
    )
