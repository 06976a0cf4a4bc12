"""Numbers, days and durations as people read them."""

from __future__ import annotations

from datetime import date, timedelta


def percent(share: float | None, decimals: int = 2) -> str:
    return "–" if share is None else f"{share * 100:.{decimals}f} %"


def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 90:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"


def day_range(first: date, last: date) -> str:
    return f"{first:%a %d %b}" if first == last else f"{first:%a %d %b} to {last:%a %d %b}"


def in_words(duration: timedelta) -> str:
    hours = duration.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
