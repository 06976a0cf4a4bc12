"""Input and expected output for every promise of the macros that engines write differently: one table for all of them.

Expected values come from reasoning, from RFC 1321 (MD5) and from the calendar. `engine_promises.py` says how an engine
is held against the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

Value = str | int | float | bool | date | datetime | None
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Promise:
    """SQL with Jinja, and the rows that it must give (in any order)."""

    name: str
    sql: str
    rows: list[Row]


def inputs(texts: list[str | None]) -> str:
    """A CTE `input` with the columns n, text and doc (the text as JSON): one row per text, numbered from 0."""
    rows = [
        f"select {n} as n, cast({'null' if text is None else _literal(text)} as {{{{ type_text(65535) }}}}) as text"
        for n, text in enumerate(texts)
    ]
    return (
        "with texts as (\n    "
        + "\n    union all ".join(rows)
        + "\n),\n\ninput as (select n, text, {{ json_parsed('text') }} as doc from texts)\n"
    )


def values(name: str, expression: str, expected: list[tuple[str | None, Value]]) -> Promise:
    """What `expression` gives for each text. One statement has them all: a bad row must not disturb the others."""
    texts = [text for text, _ in expected]
    sql = inputs(texts) + f"select n, {{{{ {expression} }}}} as result from input"
    return Promise(name, sql, [(n, value) for n, (_, value) in enumerate(expected)])


def constant(name: str, expression: str, expected: Value) -> Promise:
    """What `expression` gives by itself."""
    return Promise(name, f"select {{{{ {expression} }}}} as result", [(expected,)])


def _literal(text: str) -> str:
    # a backslash by its number: within a text it is an escape on Redshift alone
    quoted = text.replace("'", "''").replace("\\", "' || chr(92) || '")
    return f"{{% raw %}}'{quoted}'{{% endraw %}}"
