"""Text, time, types, addresses and keys: macros/engine/text.sql, time.sql and types.sql, macros/recipients.sql."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from promises import Promise, Value, constant, values

_ON = (2018, 10, 8)


def _at(hour: int, minute: int, second: int = 0, ms: int = 0) -> datetime:
    return datetime(*_ON, hour, minute, second, ms * 1000)


_MOMENT = _at(14, 5, 45)
_TIMES: list[tuple[str | None, Value]] = [
    ("2018-10-08T14:05:45.123Z", _at(14, 5, 45, 123)),
    ("2018-10-08T14:05:45Z", _MOMENT),
    ("2018-10-08T14:05:45.5Z", _at(14, 5, 45, 500)),
    ("2018-10-08T14:05:45.123456Z", _at(14, 5, 45, 123)),
    ("2018-10-08T14:05:45.9996Z", _at(14, 5, 45, 999)),
    ("2018-10-08T14:05:45.999999999Z", _at(14, 5, 45, 999)),
    ("2018-10-08T14:05:45,123Z", _at(14, 5, 45, 123)),
    ("2018-10-08t14:05:45.123z", _at(14, 5, 45, 123)),
    ("2018-10-08 14:05:45.123Z", _at(14, 5, 45, 123)),
    ("2018-10-08 14:05:45", _MOMENT),
    ("2018-10-08T14:05:45", _MOMENT),
    ("2018-10-08T14:05:45.123", _at(14, 5, 45, 123)),
    ("2018-10-08T14:05:45 Z", _MOMENT),
    ("2018-10-08T14:05:45+00:00", _MOMENT),
    ("2018-10-08T14:05:45 +0000", _MOMENT),
    ("2018-10-08T14:05:45-00:00", _MOMENT),
    ("2018-10-08T07:05:45-07:00", _MOMENT),
    ("2018-10-08T07:05:45.123456-0700", _at(14, 5, 45, 123)),
    ("2018-10-08T07:05:45-07", _MOMENT),
    ("2018-10-08T19:35:45,5 +05:30", _at(14, 5, 45, 500)),
    ("2018-10-09T00:05:45+10:00", _MOMENT),
    ("2019-01-01T00:30:00+01:00", datetime(2018, 12, 31, 23, 30)),
    ("2020-02-29T12:00:00Z", datetime(2020, 2, 29, 12)),
    ("2019-02-29T12:00:00Z", None),
    ("2018-02-30T14:05:45Z", None),
    ("2018-04-31T14:05:45.123+02:00", None),
    ("2018-13-01T14:05:45Z", None),
    ("2018-10-08T14:05:60Z", None),
    ("2018-10-08T14:60:45Z", None),
    ("2018-10-08T24:00:00Z", None),
    ("2018-10-08", None),
    ("2018-10-08T14:05Z", None),
    ("2018-10-08T14:05:45.Z", None),
    ("2018-10-08T14:05:45 UTC", None),
    ("2018-10-08T14:05:45+2", None),
    ("20181008T140545Z", None),
    (" 2018-10-08T14:05:45Z", None),
    ("2018-10-08T14:05:45Z x", None),
    ("Mon, 8 Oct 2018 14:05:45 +0000", None),
    ("1539007545123", None),
    ("0000-00-00T00:00:00Z", None),
    ("yesterday", None),
    ("", None),
    (None, None),
]

# The day in New York, by its two changes of the clock in 2026: 8 March and 1 November.
REPORTING_TIME_ZONE = "America/New_York"
_DAYS: list[tuple[str | None, Value]] = [
    ("2026-03-08 04:59:59", date(2026, 3, 7)),
    ("2026-03-08 05:00:00", date(2026, 3, 8)),
    ("2026-03-09 03:59:59.999", date(2026, 3, 8)),
    ("2026-03-09 04:00:00", date(2026, 3, 9)),
    ("2026-11-01 03:59:59", date(2026, 10, 31)),
    ("2026-11-01 04:00:00", date(2026, 11, 1)),
    ("2026-11-02 04:59:59", date(2026, 11, 1)),
    ("2026-11-02 05:00:00", date(2026, 11, 2)),
]

TIME = [
    Promise(
        "day_order ends a select and leaves no row out",
        "select sent_day from (select cast('2026-11-24' as date) as sent_day) as days {{ day_order('sent_day') }}",
        [(date(2026, 11, 24),)],
    ),
    values(
        "text_timestamp reads the spellings that AWS has used, as UTC in whole milliseconds",
        "text_timestamp('text')",
        _TIMES,
    ),
    *[
        constant(
            f"reporting_day of {text} is a day in the reporting zone",
            f"reporting_day(timestamp_literal('{text}'))",
            day,
        )
        for text, day in _DAYS
    ],
    values(
        "sent_day puts what does not say when it was sent in the sentinel day",
        "sent_day(text_timestamp('text'))",
        [("2026-03-08T04:59:59Z", date(2026, 3, 7)), (None, date(1970, 1, 1)), ("yesterday", date(1970, 1, 1))],
    ),
    values(
        "ms_text counts the milliseconds since 1970",
        "ms_text(text_timestamp('text'))",
        [
            ("2018-10-08T14:05:45.123Z", "1539007545123"),
            ("2018-10-08T14:05:45Z", "1539007545000"),
            ("2001-09-09T01:46:40.007Z", "1000000000007"),
            ("1999-12-31T23:59:59.999Z", "946684799999"),
            (None, None),
        ],
    ),
    values(
        "text_ms_timestamp reads milliseconds since 1970, from 1900 to 2099",
        "text_ms_timestamp('text')",
        [
            ("1539007545123", datetime(2018, 10, 8, 14, 5, 45, 123000)),
            ("0", datetime(1970, 1, 1)),
            ("-1", datetime(1969, 12, 31, 23, 59, 59, 999000)),
            ("-2208988800000", datetime(1900, 1, 1)),
            ("4102444799999", datetime(2099, 12, 31, 23, 59, 59, 999000)),
            ("4102444800000", None),
            ("-2208988800001", None),
            ("999999999999999999", None),
            ("1539007545.5", None),
            ("2018-10-08T14:05:45Z", None),
            ("", None),
            (None, None),
        ],
    ),
    *[
        constant(
            f"seconds_between {start} and {end}",
            f"seconds_between(timestamp_literal('{start}'), timestamp_literal('{end}'))",
            seconds,
        )
        for start, end, seconds in [
            ("2018-10-08 14:05:45", "2018-10-08 14:05:46.500", 1.5),
            ("2018-10-08 14:05:46.500", "2018-10-08 14:05:45", -1.5),
            ("2018-10-08 14:05:45.001", "2018-10-09 14:05:45.001", 86400.0),
            ("2018-10-08 14:05:45.999", "2018-10-08 14:05:46", 0.001),
        ]
    ],
    values(
        "seconds_between is NULL where a time is unknown",
        "seconds_between(text_timestamp('text'), timestamp_literal('2018-10-08 14:05:46'))",
        [("2018-10-08T14:05:45Z", 1.0), (None, None)],
    ),
    constant(
        "timestamp_literal keeps microseconds",
        "timestamp_literal('2026-11-24 13:05:45.123456')",
        datetime(2026, 11, 24, 13, 5, 45, 123456),
    ),
    Promise(
        "hour_start is the beginning of a partition's hour",
        "select {{ hour_start('dt', 'hour') }} as result from (select '2026-11-24' as dt, '13' as hour) as partitions",
        [(datetime(2026, 11, 24, 13),)],
    ),
    constant(
        "hour_of is the beginning of the hour of a time",
        "hour_of(timestamp_literal('2026-11-24 13:59:59.999'))",
        datetime(2026, 11, 24, 13),
    ),
    Promise(
        "days_after counts on over the ends of months, and back",
        "select n, {{ days_after(\"cast('2024-02-28' as date)\", 'n') }} as result"
        " from (select 1 as n union all select 2 as n union all select -28 as n union all select 0 as n) as numbers",
        [(1, date(2024, 2, 29)), (2, date(2024, 3, 1)), (-28, date(2024, 1, 31)), (0, date(2024, 2, 28))],
    ),
    constant("unknown_day is 1970-01-01", "unknown_day()", date(1970, 1, 1)),
    Promise(
        "date_list names days",
        "select count(*) as found from (select cast('2026-11-24' as date) as day) as days"
        " where day in ({{ date_list(['2026-11-23', '2026-11-24']) }})",
        [(1,)],
    ),
]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


TEXT = [
    values(
        "md5_text is the MD5 of the UTF-8 bytes, in lower case",
        "md5_text('text')",
        [
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("é", hashlib.md5(b"\xc3\xa9").hexdigest()),
            (None, None),
        ],
    ),
    values(
        "text_cut counts code points, cuts none of them, and leaves blanks at the end out",
        "text_cut('text', 3)",
        [
            ("aé中😀", "aé中"),
            ("😀😀😀😀", "😀😀😀"),
            ("e\u0301e\u0301", "e\u0301e"),
            ("👩\u200d👧", "👩\u200d👧"),
            ("abc", "abc"),
            ("a  b", "a"),
            ("a ", "a"),
            (" a", " a"),
            ("   ", ""),
            ("", ""),
            (None, None),
        ],
    ),
    values(
        "text_matches finds a pattern anywhere, in the case it is written",
        "text_matches('text', 'b[0-9]$')",
        [("b1", True), ("ab2", True), ("b1 ", False), ("B1", False), ("", False), (None, None)],
    ),
    values(
        "text_extract gives the group at the first match, and NULL where it is empty or nothing matches",
        "text_extract('text', 'x([0-9]*)')",
        [("ax12 x3", "12"), ("x", None), ("a", None), ("", None), (None, None)],
    ),
    values(
        "text_found gives the group at the match of a number, and NULL where there are fewer",
        "text_found('text', ',([a-z]+)', 2)",
        [(",a,bc,d", "bc"), (",a,,b", "b"), (",a", None), ("", None), (None, None)],
    ),
    values(
        "text_count counts matches that do not overlap",
        "text_count('text', 'aa')",
        [("aaaaa", 2), ("baab aa", 2), ("b", 0), ("", 0), (None, None)],
    ),
    values(
        "text_replaced replaces every match",
        "text_replaced('text', '[(][^()]*[)]', '-')",
        [("a(b)c()", "a-c-"), ("((a))", "(-)"), ("(a", "(a"), ("é(ü)é", "é-é"), ("", ""), (None, None)],
    ),
    values(
        "text_bigint reads an integer and nothing else",
        "text_bigint('text')",
        [
            ("45", 45),
            ("-45", -45),
            ("+45", None),
            ("4 5", None),
            ("4.5", None),
            ("1e3", None),
            ("", None),
            (None, None),
        ],
    ),
    values(
        "text_double reads a number and nothing else",
        "text_double('text')",
        [
            ("45", 45.0),
            ("-0.25", -0.25),
            ("1e3", 1000.0),
            (".5", None),
            ("1,5", None),
            ("inf", None),
            ("", None),
            (None, None),
        ],
    ),
    values(
        "surrogate_key differs for any other list of texts: NULL, an empty text, what looks like the end of a part",
        "surrogate_key([\"'m1'\", 'text', \"'é@example.com'\"])",
        [
            (None, _md5("2:m1-13:é@example.com")),
            ("", _md5("2:m10:13:é@example.com")),
            ("a", _md5("2:m11:a13:é@example.com")),
            ("-", _md5("2:m11:-13:é@example.com")),
        ],
    ),
    values(
        "surrogate_key takes a text of more than 320 characters by its own md5",
        "surrogate_key([\"'m1'\", 'text'])",
        [("é" * 320, _md5("2:m1320:" + "é" * 320)), ("é" * 321, _md5("2:m1" + _md5("é" * 321)))],
    ),
    values(
        "type_text holds text",
        "'cast(text as ' ~ type_text(64) ~ ')'",
        [("é" * 32, "é" * 32), (None, None)],
    ),
    constant("type_double holds fractions", "'cast(0.1 as ' ~ type_double() ~ ')'", 0.1),
    constant(
        "type_timestamp holds microseconds",
        "\"cast('2026-11-24 13:05:45.123456' as \" ~ type_timestamp() ~ ')'",
        datetime(2026, 11, 24, 13, 5, 45, 123456),
    ),
    constant("ratio is a fraction, never rounded", "ratio('1', '3')", 1 / 3),
    constant("ratio of nothing is NULL", "ratio('0', '0')", None),
]
