"""When the events of an input arrived, as far as its name tells, and which inputs a run is asked for.

    2026/11/24/13/                        Firehose's own layout, UTC
    dt=2026-11-24/hour=13/                the layout of the landing zone
    year=2026/month=11/day=24/hour=13/

The hour may be left out. Whatever lies under another name arrived when it was last changed.
Source: Amazon Data Firehose Developer Guide, "Understand custom prefixes for Amazon S3 objects".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LAYOUT = re.compile(
    r"(?:^|/)(?:"
    r"dt=(?P<date>\d{4}-\d\d-\d\d)/(?:hour=(?P<hour_of_date>\d\d)/)?"
    r"|(?:year=)?(?P<year>(?:19|20)\d\d)/"
    r"(?:(?:month=)?(?P<month>\d\d)/(?:(?:day=)?(?P<day>\d\d)/(?:(?:hour=)?(?P<hour>\d\d)/)?)?)?"
    r")"
)
Span = tuple[datetime, datetime]


@dataclass(slots=True, frozen=True)
class Period:
    """From `since` on and before `until`; without a bound where that is None."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_all(self) -> bool:
        return self.since is None and self.until is None

    def meets(self, span: Span) -> bool:
        first, end = span
        return (self.since is None or end > self.since) and (self.until is None or first < self.until)

    def has(self, name: str, changed_at: float) -> bool:
        """Whether any event of the input may have arrived in this period; `changed_at` in seconds since 1970."""
        if self.is_all:
            return True
        changed = datetime.fromtimestamp(changed_at, UTC)
        return self.meets(day_or_hour(name) or (changed, changed + timedelta(microseconds=1)))


EVER = Period()


def day_or_hour(name: str) -> Span | None:
    """The hour or day that the folders of a name tell, and its end; None where they tell none."""
    span = folder_span(name)
    return span if span and span[1] - span[0] <= timedelta(days=1) else None


def folder_span(name: str) -> Span | None:
    """The hour, day, month or year that the folders of a name tell, and its end; None where they tell none."""
    found = _LAYOUT.search(name)
    if found is None:
        return None
    year, month, day = found["date"].split("-") if found["date"] else (found["year"], found["month"], found["day"])
    hour = found["hour"] or found["hour_of_date"]
    try:
        first = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), tzinfo=UTC)
    except ValueError:
        return None
    if hour:
        return first, first + timedelta(hours=1)
    if day:
        return first, first + timedelta(days=1)
    if month:
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, first.replace(year=first.year + 1)
