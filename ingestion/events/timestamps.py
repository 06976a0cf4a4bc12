"""The spellings of a time that are read: the same pattern as `timestamp_pattern` in macros/engine/time.sql."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_PATTERN = re.compile(
    r"(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)?"
    r" ?([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?"
)


def is_time(value: Any) -> bool:
    """Whether the value is a text that names a real moment; blanks around it do not matter."""
    if not isinstance(value, str) or not _PATTERN.fullmatch(text := value.strip(" ")):
        return False
    try:
        date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return False
    return True


def is_milliseconds(value: Any) -> bool:
    """Whether the value is a whole number, also when written as text: milliseconds since 1970."""
    if isinstance(value, bool):
        return False
    return (
        isinstance(value, int | str)
        and re.fullmatch(r"-?[0-9]{1,18}", str(value)) is not None
        and len(str(value)) <= 18
    )
