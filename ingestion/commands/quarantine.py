"""`email-events quarantine`: look at what did not land, and land what passes now."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from ingestion.commands.options import verify_sns
from ingestion.commands.reporting import json_line, ledger, printable, say
from ingestion.errors import UsageProblem
from ingestion.events.validate import REASONS
from ingestion.landing.quarantined import Chosen, Kept, lines, replayed
from ingestion.landing.root import Root, existing_root
from ingestion.replay import replay as run

_SHOWN_BYTES = 2000
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H"]


@click.group()
def quarantine() -> None:
    """What could not land lies in quarantine with its reason: list it, show it, and replay it after a fix."""


def _choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which all three commands choose."""
    for option in (
        click.option("--origin", default="", metavar="TEXT", help="Only where the origin holds this text."),
        click.option(
            "--until",
            type=click.DateTime(_FORMATS),
            metavar="DATE[THOUR]",
            help="Only what arrived before then (UTC).",
        ),
        click.option(
            "--since",
            type=click.DateTime(_FORMATS),
            metavar="DATE[THOUR]",
            help="Only what arrived then or later (UTC).",
        ),
        click.option("--reason", "reasons", multiple=True, help="Only what is there for this reason; may be repeated."),
        click.argument("place", metavar="ROOT"),
    ):
        command = option(command)
    return command


def _chosen(reasons: tuple[str, ...], since: datetime | None, until: datetime | None, origin: str) -> Chosen:
    for reason in reasons:
        if reason not in REASONS:
            raise UsageProblem(f"There is no reason {reason}. There are: {', '.join(REASONS)}.")
    if since and until and until <= since:
        raise UsageProblem(f"--until {until:%Y-%m-%dT%H} is not after --since {since:%Y-%m-%dT%H}.")
    return Chosen(
        tuple(sorted(reasons)),
        since.replace(tzinfo=UTC) if since else None,
        until.replace(tzinfo=UTC) if until else None,
        origin,
    )


def _found(root: Root, chosen: Chosen) -> Iterator[tuple[Kept, bool]]:
    """The chosen lines, and whether each was replayed."""
    taken = replayed(root)
    for key in chosen.keys(root):
        for kept in lines(root, key):
            if chosen.has(kept):
                yield kept, kept.line in taken.get(key, ())


@quarantine.command("list")
@_choosing
@click.option(
    "--by",
    "by",
    multiple=True,
    type=click.Choice(["reason", "date", "origin"]),
    default=("reason", "date"),
    help="May be repeated. Default: reason and date.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each group.")
def list_(place: str, by: tuple[str, ...], as_json: bool, **choice: Any) -> None:
    """Count what is in quarantine: what waits, and what was replayed.

    The origin is told without the line: a file, a queue message.
    """
    root = existing_root(place)
    waiting: Counter[tuple[str, ...]] = Counter()
    replayed: Counter[tuple[str, ...]] = Counter()
    for kept, is_replayed in _found(root, _chosen(**choice)):
        facts = {"reason": kept.reason, "date": kept.landed_at[:10], "origin": _without_line(kept.origin)}
        (replayed if is_replayed else waiting)[tuple(facts[name] for name in by)] += 1
    for group in sorted(waiting.keys() | replayed.keys()):
        counts = {"waiting": waiting[group], "replayed": replayed[group]}
        if as_json:
            say(json_line({**dict(zip(by, group, strict=True)), **counts}))
        else:
            say(f"{waiting[group]:>10,} waiting {replayed[group]:>10,} replayed  {'  '.join(group)}")
    if not as_json:
        say(f"{waiting.total():,} waiting and {replayed.total():,} replayed in {root.describe('quarantine')}/")


def _without_line(origin: str) -> str:
    name, _, number = origin.rpartition(":")
    return name if name and number.removeprefix("byte ").isdigit() else origin


@quarantine.command(short_help="Print the lines themselves.")
@_choosing
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--replayed", "with_replayed", is_flag=True, help="Those that were replayed, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each, with the whole body.")
def show(place: str, limit: int, with_replayed: bool, as_json: bool, **choice: Any) -> None:
    """Print what waits in quarantine: where it lies, why, where it came from, and its body."""
    root = existing_root(place)
    found = (entry for entry in _found(root, _chosen(**choice)) if with_replayed or not entry[1])
    for shown, (kept, is_replayed) in enumerate(found):
        if shown == limit:
            say(f"There are more; --limit {limit} shows no more.", err=True)
            break
        if as_json:
            say(json_line(_told(kept, is_replayed)))
            continue
        say(f"{kept.key}:{kept.line}{'  (replayed)' if is_replayed else ''}")
        say(f"  {kept.reason} at {kept.path}: {REASONS.get(kept.reason, 'a reason of another version')}")
        say(f"  from {kept.transport} {kept.origin}, arrived {kept.landed_at}")
        if kept.envelope:
            say(f"  envelope {json_line(kept.envelope)}")
        say(f"  {_beginning(kept.body)}")


def _told(kept: Kept, is_replayed: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "object": kept.key,
        "line": kept.line,
        "landed_at": kept.landed_at,
        "transport": kept.transport,
        "origin": kept.origin,
        "envelope": kept.envelope,
        "reason": kept.reason,
        "path": kept.path,
        "is_replayed": is_replayed,
    }
    if kept.body is None:
        return told | {"body": None}
    try:
        return told | {"body": kept.body.decode()}
    except UnicodeDecodeError:
        return told | {"encoding": "base64", "body": base64.b64encode(kept.body).decode()}


def _beginning(body: bytes | None) -> str:
    if body is None:
        return "(too large to be shown)"
    text = body[:_SHOWN_BYTES].decode(errors="backslashreplace")
    return printable(text) + (f" ... ({len(body):,} bytes)" if len(body) > _SHOWN_BYTES else "")


@quarantine.command(short_help="Land what passes now.")
@_choosing
@verify_sns
def replay(place: str, topics: tuple[str, ...], **choice: Any) -> None:
    """Read quarantined lines again, and land those that pass now; the rest stays.

    A line that was replayed is not replayed again. Lines whose signature did not pass (bad_signature,
    unverified_signature) stay, unless --verify-sns names the topics for which to verify them again.
    """
    report = run(existing_root(place), _chosen(**choice), topics)
    for source, count in sorted(report.landed.items()):
        say(f"  {source:<18}{count:>12,}")
    waiting = report.waiting.total()
    say(f"Replayed {report.taken:,} of {report.taken + waiting:,} lines in quarantine; {waiting:,} stay.")
    for reason, count in sorted(report.waiting.items()):
        say(f"  {reason:<18}{count:>12,}")
    say(ledger(report.read, report.landed.total(), report.quarantined.total(), report.control))
