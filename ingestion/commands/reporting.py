"""How the commands report what they counted, and print names and texts that others chose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # cli.py imports this module, and `--help` must not wait for the library
    from ingestion.pipeline import Report

_SHOWN = 3


def say(line: str, *, err: bool = False) -> None:
    """Print one line. Names and texts in it that others chose cannot steer the terminal or begin another line."""
    click.echo(printable(line), err=err)


def printable(text: str) -> str:
    """The text with an escape (`\\x1b`) for each character that is not printed: controls, bidi, half surrogates."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def json_line(value: object) -> str:
    """JSON on one line, in ASCII: a terminal may show it."""
    return json.dumps(value, separators=(",", ":"))


def many(count: int, thing: str) -> str:
    plural = thing + ("es" if thing.endswith("ch") else "s")
    return f"{count:,} {thing if count == 1 else plural}"


def count_line(name: str, count: int, meaning: str = "") -> str:
    """A source or a reason with its count, in columns."""
    return f"  {name:<18}{count:>12,}  {meaning}".rstrip()


def ledger_counts(report: Report) -> dict[str, object]:
    """The ledger of a report, for JSON."""
    return {
        "read": report.read,
        "landed": report.landed.total(),
        "quarantined": report.quarantined.total(),
        "control": report.control,
        "landed_by_source": dict(sorted(report.landed.items())),
        "quarantined_by_reason": dict(sorted(report.quarantined.items())),
    }


def all_quarantined(report: Report) -> int:
    """The exit status: 1, with a sentence, when records were read and each of them was quarantined."""
    quarantined = report.quarantined.total()
    if not quarantined or quarantined < report.read:
        return 0
    say(f"Error: every record ({quarantined:,}) was quarantined. Is this the event stream of SES?", err=True)
    return 1


def ignored(names: list[str]) -> str:
    """The line about inputs that were found and not read."""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"Ignored {len(names):,}, which contain no events by their name or kind: {shown}"


def ledger(read: int, landed: int, quarantined: int, control: int) -> str:
    """The line that ends a command's report."""
    return f"read {read:,} = landed {landed:,} + quarantined {quarantined:,} + control {control:,}"
