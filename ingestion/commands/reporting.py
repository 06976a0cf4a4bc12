"""How the commands say what they counted, and write to a terminal what others named."""

from __future__ import annotations

import json

import click

_SHOWN = 3


def say(line: str, *, err: bool = False) -> None:
    """Print one line. Names and texts of others are in it: they can neither steer the terminal nor begin a line."""
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


def ignored(names: list[str]) -> str:
    """What was found and not read."""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"Ignored {len(names):,}, which by name or kind hold no events: {shown}"


def ledger(read: int, landed: int, quarantined: int, control: int) -> str:
    """The line that ends a command's report."""
    return f"read {read:,} = landed {landed:,} + quarantined {quarantined:,} + control {control:,}"
