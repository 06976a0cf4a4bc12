"""Which days the page is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

PERIOD_DAYS = 7
CHART_DAYS = 30


@dataclass(frozen=True)
class Period:
    """The figures are of ``first`` to ``last``, the charts of ``chart_first`` to ``chart_last``.

    ``last`` is the last complete day: half a day's counts against whole days would look like a fall.
    """

    first: date
    last: date
    before_first: date
    before_last: date
    chart_first: date
    chart_last: date
    has_before: bool  # there is mail of the whole period before

    @property
    def running_day(self) -> date | None:
        """The day that is not complete yet, which the charts show and the figures leave out."""
        return self.chart_last if self.chart_last > self.last else None


def period_of(first_day: date, last_day: date, covered_until: datetime | None) -> Period:
    """The period that ends with the last day of mail, if events have arrived after that day ended.

    ``covered_until`` is the end of the last hour in which anything landed, UTC.
    """
    ended = datetime.combine(last_day + timedelta(days=1), datetime.min.time())
    is_complete = covered_until is not None and covered_until > ended
    last = last_day if is_complete or last_day == first_day else last_day - timedelta(days=1)
    first = last - timedelta(days=PERIOD_DAYS - 1)
    before_first = first - timedelta(days=PERIOD_DAYS)
    return Period(
        first=first,
        last=last,
        before_first=before_first,
        before_last=first - timedelta(days=1),
        chart_first=last_day - timedelta(days=CHART_DAYS - 1),
        chart_last=last_day,
        has_before=first_day <= before_first,
    )
