"""`email-events quarantine`: list, show, replay and discard quarantined lines."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from ingestion.commands.groups import SuggestingGroup
from ingestion.commands.options import verify_signatures
from ingestion.commands.reporting import count_line, json_line, ledger, many, printable, say
from ingestion.errors import UsageProblem
from ingestion.events.validate import REASONS
from ingestion.landing.quarantined import DISCARD, REPLAY, Chosen, Kept, lines, settled
from ingestion.landing.root import Root, existing_root
from ingestion.replay import discard as discard_lines
from ingestion.replay import replay as replay_lines

_SHOWN_BYTES = 2000
_STATES = {"": "waiting", REPLAY: "replayed", DISCARD: "discarded"}
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H"]


@click.group(cls=SuggestingGroup)
def quarantine() -> None:
    """List, show, replay and discard quarantined lines: input that did not land, with the reason."""


def _choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which every command chooses lines."""
    for option in (
        click.option("--origin", default="", metavar="TEXT", help="Only lines whose origin contains this text."),
        click.option(
            "--until",
            type=click.DateTime(_FORMATS),
            metavar="DATE[THOUR]",
            help="Only lines that arrived before then (UTC).",
        ),
        click.option(
            "--since",
            type=click.DateTime(_FORMATS),
            metavar="DATE[THOUR]",
            help="Only lines that arrived then or later (UTC).",
        ),
        click.option("--reason", "reasons", multiple=True, help="Only lines with this reason. Repeatable."),
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


def _found(root: Root, chosen: Chosen) -> Iterator[tuple[Kept, str]]:
    """The chosen lines, and the state of each."""
    known = settled(root)
    for key in chosen.keys(root):
        for kept in lines(root, key):
            if chosen.has(kept):
                yield kept, _STATES[known.get(key, {}).get(kept.line, "")]


@quarantine.command("list")
@_choosing
@click.option(
    "--by",
    "by",
    multiple=True,
    type=click.Choice(["reason", "date", "origin"]),
    default=("reason", "date"),
    help="Group by this. Repeatable. Default: reason and date.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each group.")
def list_(place: str, by: tuple[str, ...], as_json: bool, **choice: Any) -> None:
    """Count the quarantined lines: waiting, replayed and discarded.

    An origin is counted without its line number: a file, a queue message.

    \b
    email-events quarantine list data/landing --by reason
    """
    root = existing_root(place)
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for kept, state in _found(root, _chosen(**choice)):
        facts = {"reason": kept.reason, "date": kept.landed_at[:10], "origin": _without_line(kept.origin)}
        groups.setdefault(tuple(facts[name] for name in by), Counter())[state] += 1
    for group, states in sorted(groups.items()):
        if as_json:
            say(
                json_line({**dict(zip(by, group, strict=True)), **{state: states[state] for state in _STATES.values()}})
            )
        else:
            counts = " ".join(f"{states[state]:>10,} {state}" for state in _STATES.values())
            say(f"{counts}  {'  '.join(group)}")
    if not as_json:
        waiting, replayed, discarded = (sum(states[state] for states in groups.values()) for state in _STATES.values())
        where = root.describe("quarantine")
        say(f"{waiting:,} waiting, {replayed:,} replayed and {discarded:,} discarded in {where}/")


def _without_line(origin: str) -> str:
    name, _, number = origin.rpartition(":")
    return name if name and number.removeprefix("byte ").isdigit() else origin


@quarantine.command(short_help="Print lines.")
@_choosing
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Print at most this many.")
@click.option("--settled", "with_settled", is_flag=True, help="Also lines that were replayed or discarded.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each line, with the whole body.")
def show(place: str, limit: int, with_settled: bool, as_json: bool, **choice: Any) -> None:
    """Print the waiting lines: the object, the reason, the origin and the body of each.

    \b
    email-events quarantine show data/landing --reason not_json
    """
    root = existing_root(place)
    found = (entry for entry in _found(root, _chosen(**choice)) if with_settled or entry[1] == "waiting")
    for shown, (kept, state) in enumerate(found):
        if shown == limit:
            say(f"There are more lines than --limit {limit}.", err=True)
            break
        if as_json:
            say(json_line(_described(kept, state)))
            continue
        say(f"{kept.key}:{kept.line}{'' if state == 'waiting' else f'  ({state})'}")
        say(
            f"  {kept.reason} at {kept.path}: {REASONS.get(kept.reason, 'a reason of another version of email-events')}"
        )
        say(f"  from {kept.transport} {kept.origin}, arrived {kept.landed_at}")
        if kept.envelope:
            say(f"  envelope {json_line(kept.envelope)}")
        say(f"  {_beginning(kept.body)}")


def _described(kept: Kept, state: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "object": kept.key,
        "line": kept.line,
        "landed_at": kept.landed_at,
        "transport": kept.transport,
        "origin": kept.origin,
        "envelope": kept.envelope,
        "reason": kept.reason,
        "path": kept.path,
        "state": state,
    }
    if kept.body is None:
        return described | {"body": None}
    try:
        return described | {"body": kept.body.decode()}
    except UnicodeDecodeError:
        return described | {"encoding": "base64", "body": base64.b64encode(kept.body).decode()}


def _beginning(body: bytes | None) -> str:
    if body is None:
        return "(too large to be shown)"
    text = body[:_SHOWN_BYTES].decode(errors="backslashreplace")
    return printable(text) + (f" ... ({len(body):,} bytes)" if len(body) > _SHOWN_BYTES else "")


@quarantine.command(short_help="Land the lines that pass now.")
@_choosing
@verify_signatures
def replay(place: str, topics: tuple[str, ...], **choice: Any) -> None:
    """Read the waiting lines again, and land those that pass now.

    Lines with the reason bad_signature or unverified_signature stay, unless --verify-signatures names the topics for
    which to verify them again.

    \b
    email-events quarantine replay data/landing --reason unknown_shape
    """
    report = replay_lines(existing_root(place), _chosen(**choice), topics)
    for source, count in sorted(report.landed.items()):
        say(count_line(source, count))
    waiting = report.waiting.total()
    say(f"Replayed {report.taken:,} of {report.taken + waiting:,} waiting lines; {waiting:,} stay.")
    for reason, count in sorted(report.waiting.items()):
        say(count_line(reason, count))
    say(ledger(report.read, report.landed.total(), report.quarantined.total(), report.control))


@quarantine.command(short_help="Record that lines will not be replayed.")
@_choosing
@click.option("--yes", is_flag=True, help="Discard them. Without it the lines are only counted.")
def discard(place: str, yes: bool, **choice: Any) -> None:
    """Record that the chosen waiting lines will not be replayed.

    The lines stay in quarantine and in the ledger; `list` counts them as discarded, and `watch` no longer as waiting.

    \b
    email-events quarantine discard data/landing --reason not_json --yes
    """
    root, chosen = existing_root(place), _chosen(**choice)
    if yes:
        discarded = discard_lines(root, chosen)
    else:
        discarded = Counter(kept.reason for kept, state in _found(root, chosen) if state == "waiting")
    for reason, count in sorted(discarded.items()):
        say(count_line(reason, count))
    if yes:
        say(f"Discarded {many(discarded.total(), 'line')}.")
    else:
        say(f"{many(discarded.total(), 'line')} would be discarded: repeat the command with --yes.")
