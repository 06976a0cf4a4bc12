"""`email-events watch`: how fresh and how balanced a landing zone is, at a glance and for a scheduler."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from ingestion.telling import ledger

if TYPE_CHECKING:
    from ingestion.landing.manifests import Batch
    from ingestion.landing.root import Root

BARE = "objects without a manifest"


@dataclass(slots=True)
class Unfinished:
    """A batch that was begun and has no manifest yet."""

    batch_id: str
    transport: str
    begun_at: str
    inputs: int


@dataclass(slots=True)
class Seen:
    """What a landing zone shows of the last hours. Times are UTC text; sources are those that manifests name.

    `bare_objects` have no manifest: others wrote them, so nobody knows what should be in them.
    """

    root: str
    at: str
    hours: int
    read: int = 0
    control: int = 0
    landed: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    replayed: int = 0
    last_arrival: dict[str, str] = field(default_factory=dict)
    by_hour: dict[str, dict[str, int]] = field(default_factory=dict)
    bare_objects: int = 0
    unfinished: list[Unfinished] = field(default_factory=list)
    missing_objects: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@click.command(short_help="Freshness and balance of a landing zone.")
@click.argument("place", metavar="ROOT")
@click.option("--hours", type=click.IntRange(1, 24 * 366), default=24, show_default=True, help="How far to look back.")
@click.option(
    "--source", "sources", multiple=True, help="A source that must be as fresh as --max-age; may be repeated."
)
@click.option(
    "--max-age", type=click.FloatRange(min=0), metavar="HOURS", help="Status 1 when nothing arrived for so long."
)
@click.option("--max-quarantined", type=click.IntRange(min=0), metavar="N", help="Status 1 when more were quarantined.")
@click.option("--max-unfinished", type=click.IntRange(min=0), metavar="N", help="Status 1 when more batches are open.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def watch(
    place: str,
    hours: int,
    sources: tuple[str, ...],
    max_age: float | None,
    max_quarantined: int | None,
    max_unfinished: int | None,
    as_json: bool,
) -> int:
    """Tell what arrived in a landing zone lately, by source and hour, and what is amiss.

    Exit status 1 when a threshold is passed, or when an object that a manifest lists is missing or does not add up.
    """
    from ingestion.errors import UsageProblem
    from ingestion.events.check import SOURCES
    from ingestion.landing.root import open_root

    for source in sources:
        if source not in SOURCES:
            raise UsageProblem(f"There is no source {source}. There are: {', '.join(SOURCES)}.")
    if sources and max_age is None:
        raise UsageProblem("--source says what --max-age is about: give both.")
    now = datetime.now(UTC)
    seen = look(open_root(place), now, max(hours, int(max_age or 0) + 1))
    seen.failures += _too_old(seen, now, sources, max_age)
    quarantined = sum(seen.quarantined.values())
    if max_quarantined is not None and quarantined > max_quarantined:
        seen.failures.append(f"{quarantined:,} were quarantined; --max-quarantined allows {max_quarantined:,}")
    if max_unfinished is not None and len(seen.unfinished) > max_unfinished:
        seen.failures.append(f"{len(seen.unfinished):,} batches are open; --max-unfinished allows {max_unfinished:,}")
    if as_json:
        click.echo(json.dumps(asdict(seen), separators=(",", ":"), ensure_ascii=False))
    else:
        for line in _told(seen, now):
            click.echo(line)
    return 1 if seen.failures else 0


def look(root: Root, now: datetime, hours: int) -> Seen:
    """What arrived in the hours up to now, and what is open.

    In the order marks, manifests, objects: so a batch that ends meanwhile is neither taken for open nor for incomplete.
    """
    from ingestion.landing.manifests import marks
    from ingestion.landing.objects import utc_text

    since = (now - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    seen = Seen(root.describe(), utc_text(now), hours)
    begun = {batch.batch_id: batch for batch in marks(root)}
    finished = list(_finished(root, since, now))
    there = {key for folder in ("events", "quarantine") for key in _keys(root, folder, since, now)}

    hourly: dict[str, Counter[str]] = {}
    landed: Counter[str] = Counter()
    quarantined: Counter[str] = Counter()
    named: set[str] = set()
    for batch in finished:
        begun.pop(batch.batch_id, None)
        seen.replayed += sum(last - first + 1 for entry in batch.inputs for first, last in entry.lines)
        for entry in batch.objects:
            seen.read += entry.read
            seen.control += entry.control
            landed.update(entry.landed_by_source)
            quarantined.update(entry.quarantined_by_reason)
            hourly.setdefault(f"{batch.arrived_at[:13]}:00Z", Counter()).update(entry.landed_by_source)
            for source in entry.landed_by_source:
                seen.last_arrival[source] = max(seen.last_arrival.get(source, ""), batch.arrived_at)
            if not entry.adds_up:
                seen.unbalanced.append(entry.key)
            keys = [key for key in (entry.key if entry.landed else None, entry.quarantine_key) if key]
            named.update(keys)
            seen.missing_objects += [key for key in keys if key not in there]
    for key in sorted(there - named):
        if key.startswith("events/") and key.rpartition("/")[2].rpartition("-")[0] not in begun:
            seen.bare_objects += 1
            hourly.setdefault(f"{_partition(key)}:00Z", Counter())[BARE] += 1
            seen.last_arrival[BARE] = f"{_partition(key)}:00:00.000Z"
    seen.unfinished = [
        Unfinished(batch.batch_id, batch.transport, batch.arrived_at, len(batch.inputs)) for batch in begun.values()
    ]
    seen.landed = dict(sorted(landed.items()))
    seen.quarantined = dict(sorted(quarantined.items()))
    seen.by_hour = {hour: dict(sorted(counts.items())) for hour, counts in sorted(hourly.items())}
    seen.failures += [f"{root.describe(key)} is not there, though a manifest lists it" for key in seen.missing_objects]
    seen.failures += [f"the counts of {root.describe(key)} in its manifest do not add up" for key in seen.unbalanced]
    return seen


def _finished(root: Root, since: datetime, now: datetime) -> Iterator[Batch]:
    from concurrent.futures import ThreadPoolExecutor

    from ingestion.landing.manifests import Batch, decoded

    keys = list(_keys(root, "manifests", since, now))
    with ThreadPoolExecutor(16) as pool:
        for key, manifest in zip(keys, pool.map(root.read, keys), strict=True):
            if manifest is not None:
                yield decoded(root, key, manifest, Batch)


def _keys(root: Root, folder: str, since: datetime, now: datetime) -> Iterator[str]:
    """The keys in the partitions of these hours, day by day: the zone may be old and large."""
    day = since.date()
    while day <= now.date():
        first = since.strftime("%Y-%m-%dT%H")
        yield from (key for key in root.keys(f"{folder}/dt={day.isoformat()}/") if _partition(key) >= first)
        day += timedelta(days=1)


def _partition(key: str) -> str:
    """2026-11-24T13"""
    return f"{key.partition('/dt=')[2][:10]}T{key.partition('/hour=')[2][:2]}"


def _too_old(seen: Seen, now: datetime, sources: tuple[str, ...], max_age: float | None) -> Iterator[str]:
    if max_age is None:
        return
    newest = {source: seen.last_arrival.get(source) for source in sources} or {
        "anything": max(seen.last_arrival.values(), default=None)
    }
    for source, arrived in newest.items():
        if arrived is None:
            yield f"{source}: nothing arrived in {seen.hours} hours; --max-age allows {max_age:g}"
        elif (age := (now - datetime.fromisoformat(arrived)) / timedelta(hours=1)) > max_age:
            yield f"{source}: the last arrival was {age:.1f} hours ago; --max-age allows {max_age:g}"


def _told(seen: Seen, now: datetime) -> Iterator[str]:
    yield f"{seen.root}, the last {seen.hours} hours:"
    if not seen.last_arrival:
        yield "  nothing arrived"
    for source, arrived in sorted(seen.last_arrival.items()):
        age = (now - datetime.fromisoformat(arrived)) / timedelta(hours=1)
        count = seen.bare_objects if source == BARE else seen.landed.get(source, 0)
        yield f"  {source:<26}{count:>12,}  last {arrived} ({age:.1f} hours ago)"
    for hour, counts in seen.by_hour.items():
        yield f"  {hour}  " + ", ".join(f"{source} {count:,}" for source, count in counts.items())
    for reason, count in seen.quarantined.items():
        yield f"  quarantined {reason:<14}{count:>12,}"
    for batch in seen.unfinished:
        yield f"  begun and not finished: {batch.transport} {batch.batch_id}, {batch.inputs:,} inputs, {batch.begun_at}"
    if seen.replayed:
        yield f"  replayed {seen.replayed:,} lines of quarantine, which count as read once more"
    yield ledger(seen.read, sum(seen.landed.values()), sum(seen.quarantined.values()), seen.control)
    for failure in seen.failures:
        yield f"FAILS: {failure}"
