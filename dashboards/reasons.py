"""Why mail bounces or is put off: what the remote servers answered, gathered into reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from dashboards.figures import days_from
from dashboards.foreign import without_addresses
from dashboards.period import Period

_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
# Words joined by points and dashes: queue ids and hosts of one connection, where a word is as long as an id and has a
# digit. That is asked of the found text, since a pattern that asks takes exponential time on a run of dashes.
_JOINED_WORDS = re.compile(r"[\w-]++(?:\.[\w-]++)*+")
_WORD = re.compile(r"\w++")
_ID_LENGTH = 8
_SAME_START = 60  # characters that make two answers the same reason


@dataclass(frozen=True)
class Reason:
    """One reason at one provider."""

    provider: str
    kind: str  # bounce class and subtype, or delay type
    text: str  # status and answer; addresses masked
    senders: list[str]
    times: int  # since the first day of the period
    times_before: int  # in as many days before
    by_day: list[int]  # for each day that the charts show
    last_at: datetime


def sender_of(row: pd.Series) -> str:
    """Who sends: the tenant; the configuration set where there are no tenants."""
    for name in (row["tenant_name"], row["configuration_set"]):
        if isinstance(name, str) and name:
            return name
    return "(no tenant)"


def masked(answer: str) -> str:
    """A server's answer without addresses and ids."""
    return _JOINED_WORDS.sub(_without_id, without_addresses(answer.removeprefix("smtp;").strip()))


def _without_id(joined: re.Match[str]) -> str:
    words = _WORD.findall(joined[0])
    is_id = any(len(word) >= _ID_LENGTH and any(sign.isdecimal() for sign in word) for word in words)
    return "…" if is_id else joined[0]


def reasons_of(rows: pd.DataFrame, period: Period, *, since: date | None = None) -> list[Reason]:
    """The reasons in some rows of ``Mail.reasons``, the most frequent since a day (of the period, its first) on top."""
    since = since or period.first
    gathered: dict[Hashable, list[pd.Series]] = {}
    for _, row in rows.iterrows():
        gathered.setdefault(_key(row), []).append(row)
    found = [_reason(group, period, since) for group in gathered.values()]
    return sorted((r for r in found if r.times), key=lambda r: (-r.times, r.provider, r.text, r.kind))


def _key(row: pd.Series) -> Hashable:
    start = _IP.sub("…", masked(_text(row["example"])))[:_SAME_START]
    return row["mailbox_provider"], _kind(row), _text(row["recipient_status"]), start


def _kind(row: pd.Series) -> str:
    if row["event_type"] == "delivery_delay":
        return _text(row["delay_type"]) or "no type told"
    return f"{_text(row['bounce_class'])} · {_text(row['bounce_sub_type']) or 'no subtype told'}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _most_common(counts: Counter[str]) -> list[str]:
    """The most frequent first, ties by name: rows come from an engine in any order."""
    return sorted(counts, key=lambda name: (-counts[name], name))


def _reason(group: list[pd.Series], period: Period, since: date) -> Reason:
    by_day: Counter[date] = Counter()
    senders: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for row in group:
        by_day[row["event_date"]] += int(row["times"])
        if row["event_date"] >= since:
            senders[sender_of(row)] += int(row["times"])
            answers[masked(_text(row["example"]))] += int(row["times"])
    status = _text(group[0]["recipient_status"])
    answer = _most_common(answers)[0] if answers else ""
    ips = {ip for text in answers for ip in _IP.findall(text)}
    if len(ips) > 1:
        answer = _IP.sub(f"({len(ips)} IPs)", answer)
    return Reason(
        provider=group[0]["mailbox_provider"],
        kind=_kind(group[0]),
        text=(answer if status in answer else f"{status} {answer}").strip() or "No reason was told.",
        senders=_most_common(senders),
        times=sum(answers.values()),
        times_before=sum(by_day[day] for day in days_from(period.before_first, period.before_last)),
        by_day=[by_day[day] for day in days_from(period.chart_first, period.chart_last)],
        last_at=max(row["last_at"] for row in group),
    )
