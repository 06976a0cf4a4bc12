"""`email-events watch`: how fresh and how balanced a landing zone is, at a glance and for a scheduler."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import click

from ingestion.commands.options import Number
from ingestion.commands.reporting import json_line, ledger, many, say
from ingestion.errors import UsageProblem
from ingestion.events.validate import SOURCES
from ingestion.landing.manifests import Batch, decoded, marks
from ingestion.landing.objects import is_read, is_unread, utc_text
from ingestion.landing.quarantined import REPLAY
from ingestion.landing.root import Root, existing_root

BARE = "objects without a manifest"
OPEN_FOR = timedelta(minutes=90)  # `poll --every` may be an hour
_MOST_HOURS = 24 * 366
_NO_HOUR = datetime.min.replace(tzinfo=UTC)


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

    A replay is no arrival: it counts in the ledger alone. `replayed` lines of quarantine were replayed in these hours.
    Of the records `quarantined` in these hours, `discarded` were discarded since, `waiting` neither replayed nor
    discarded. `last_arrival` may lie before these hours.
    `bare_objects` have no manifest: others wrote them, so their contents cannot be checked. `unread_objects` lie
    under events/ and have a name under which no engine reads them.
    """

    root: str
    at: str
    hours: int
    read: int = 0
    control: int = 0
    landed: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    discarded: int = 0
    replayed: int = 0
    last_arrival: dict[str, str] = field(default_factory=dict)
    by_hour: dict[str, dict[str, int]] = field(default_factory=dict)
    bare_objects: int = 0
    unread_objects: list[str] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)
    missing_objects: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@click.command()
@click.argument("place", metavar="ROOT")
@click.option(
    "--hours", type=click.IntRange(1, _MOST_HOURS), default=24, show_default=True, help="How far to look back."
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="A source that must be as fresh as --max-age; may be repeated. Objects without a manifest name none.",
)
@click.option(
    "--max-age",
    type=Number(0, _MOST_HOURS),
    metavar="HOURS",
    help="Status 1 when nothing arrived for so long; looks back as far as that needs.",
)
@click.option(
    "--max-quarantined",
    type=click.IntRange(min=0),
    metavar="N",
    help="Status 1 when more were quarantined in --hours and neither replayed nor discarded since.",
)
@click.option(
    "--max-unfinished",
    type=click.IntRange(min=0),
    metavar="N",
    help="Status 1 when more batches have been open for over 90 minutes.",
)
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
    """Report what arrived in a landing zone lately, by source and hour, and what is wrong there.

    Exit status 1 when a threshold is exceeded, when an object of a manifest is missing, or when its counts do not add
    up.

    \b
    email-events watch data/landing --max-age 6 --source ses_event
    """
    for source in sources:
        if source not in SOURCES:
            raise UsageProblem(f"There is no source {source}. There are: {', '.join(SOURCES)}.")
    if sources and max_age is None:
        raise UsageProblem("--source says what --max-age is about: give both.")
    now = datetime.now(UTC)
    back = max(hours, math.ceil(max_age or 0))
    seen = look(existing_root(place), now, hours, back)
    if max_age is not None:
        seen.failures += _too_old(seen, now, sources, max_age, back)
    if max_quarantined is not None and seen.waiting > max_quarantined:
        quarantined = sum(seen.quarantined.values())
        since = {"replayed": quarantined - seen.waiting - seen.discarded, "discarded": seen.discarded}
        settled = " and ".join(f"{count:,} {state}" for state, count in since.items() if count)
        of_which = f", of which {settled} since" if settled else ""
        seen.failures.append(f"quarantined {quarantined:,}{of_which}; --max-quarantined allows {max_quarantined:,}")
    old = sum(now - datetime.fromisoformat(batch.begun_at) > OPEN_FOR for batch in seen.unfinished)
    if max_unfinished is not None and old > max_unfinished:
        seen.failures.append(
            f"{many(old, 'batch')} open for more than {OPEN_FOR // timedelta(minutes=1)} minutes; "
            f"--max-unfinished allows {max_unfinished:,}"
        )
    if as_json:
        say(json_line(asdict(seen)))
    else:
        for line in _told(seen, now):
            say(line)
    return 1 if seen.failures else 0


def look(root: Root, now: datetime, hours: int, back: int) -> Seen:
    """What arrived in the hours up to now, and what is open; when each source arrived last, in `back` hours, no fewer.

    In the order marks, manifests, objects: so a batch that ends meanwhile is neither taken for open nor for incomplete.
    """
    since, earliest = (_hour(now - timedelta(hours=count)) for count in (hours, back))
    seen = Seen(root.describe(), utc_text(now), hours)
    begun = {batch.batch_id: batch for batch in marks(root)}
    finished = list(_finished(root, earliest, now))
    there = {
        key: changed for folder in ("events", "quarantine") for key, changed in _objects(root, folder, earliest, now)
    }
    seen.unread_objects = sorted(key for key in there if is_unread(key) and not _NO_HOUR < _partition(key) < since)

    hourly: dict[str, Counter[str]] = {}
    landed: Counter[str] = Counter()
    quarantined: Counter[str] = Counter()
    settled = 0
    named: set[str] = set()
    for batch in finished:
        begun.pop(batch.batch_id, None)
        is_lately = batch.arrival >= since
        for entry in batch.objects:
            keys = [key for key in (entry.key if entry.landed else None, entry.quarantine_key) if key]
            named.update(keys)
            if batch.transport != REPLAY:
                for source in entry.landed_by_source:
                    seen.last_arrival[source] = max(seen.last_arrival.get(source, ""), batch.arrived_at)
                if is_lately:
                    hourly.setdefault(_hour_text(batch.arrival), Counter()).update(entry.landed_by_source)
            if is_lately:
                seen.read += entry.read
                seen.control += entry.control
                landed.update(entry.landed_by_source)
                quarantined.update(entry.quarantined_by_reason)
                seen.missing_objects += [key for key in keys if key not in there]
                if not entry.adds_up:
                    seen.unbalanced.append(entry.key)
        if is_lately:
            for entry_of in batch.inputs:
                lines = sum(last - first + 1 for first, last in entry_of.lines)
                is_of_these_hours = lines > 0 and _partition(entry_of.name) >= since
                settled += lines if is_of_these_hours else 0
                if batch.transport == REPLAY:
                    seen.replayed += lines
                elif is_of_these_hours:
                    seen.discarded += lines
    for key in there.keys() - named:
        if is_read(key) and key.rpartition("/")[2].rpartition("-")[0] not in begun:
            hour = _partition(key)
            # the hour is all that its name tells; a copy of an old object is no late arrival
            arrived = utc_text(min(max(there[key], hour), hour + timedelta(hours=1)))
            seen.last_arrival[BARE] = max(seen.last_arrival.get(BARE, ""), arrived)
            if hour >= since:
                seen.bare_objects += 1
                hourly.setdefault(_hour_text(hour), Counter())[BARE] += 1
    seen.unfinished = [
        Unfinished(batch.batch_id, batch.transport, batch.arrived_at, len(batch.inputs)) for batch in begun.values()
    ]
    seen.landed = dict(sorted(landed.items()))
    seen.quarantined = dict(sorted(quarantined.items()))
    seen.waiting = quarantined.total() - settled
    seen.by_hour = {hour: dict(sorted(counts.items())) for hour, counts in sorted(hourly.items())}
    seen.failures += [f"{root.describe(key)} is not there, though a manifest lists it" for key in seen.missing_objects]
    seen.failures += [f"the counts of {root.describe(key)} in its manifest do not add up" for key in seen.unbalanced]
    return seen


def _finished(root: Root, since: datetime, now: datetime) -> Iterator[Batch]:
    keys = [key for key, _ in _objects(root, "manifests", since, now)]
    with ThreadPoolExecutor(16) as pool:
        for key, manifest in zip(keys, pool.map(root.read, keys), strict=True):
            if manifest is not None:
                yield decoded(root, key, manifest, Batch)


def _objects(root: Root, folder: str, since: datetime, now: datetime) -> Iterator[tuple[str, datetime]]:
    """What lies in the partitions of these hours, and when it was written; day by day, as the zone may be large.

    And what lies in no partition of these days, be it that Firehose writes by its own prefix, 2026/11/24/13.
    """
    day = since.date()
    while day <= now.date():
        for prefix in (f"{folder}/dt={day.isoformat()}/", f"{folder}/{day:%Y/%m/%d}/"):
            yield from (
                (key, changed) for key, changed in root.changed(prefix) if not _NO_HOUR < _partition(key) < since
            )
        day += timedelta(days=1)


def _partition(key: str) -> datetime:
    """The hour of dt=2026-11-24/hour=13; of a name that tells none, a time before all others."""
    try:
        day, hour = key.partition("/dt=")[2][:10], key.partition("/hour=")[2][:2]
        return datetime.fromisoformat(f"{day}T{hour}:00:00+00:00")
    except ValueError:
        return _NO_HOUR


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hour_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:00Z")


def _too_old(seen: Seen, now: datetime, sources: tuple[str, ...], max_age: float, back: int) -> Iterator[str]:
    newest = {source: seen.last_arrival.get(source) for source in sources} or {
        "anything": max(seen.last_arrival.values(), default=None)
    }
    hint = ". Objects without a manifest name no source: leave --source out for them" if seen.bare_objects else ""
    for source, arrived in newest.items():
        told = hint if sources else ""
        if arrived is None:
            yield f"{source}: nothing arrived in {many(back, 'hour')}; --max-age allows {max_age:g}{told}"
        elif (age := (now - datetime.fromisoformat(arrived)) / timedelta(hours=1)) > max_age:
            yield f"{source}: the last arrival was {age:.1f} hours ago; --max-age allows {max_age:g}{told}"


def _told(seen: Seen, now: datetime) -> Iterator[str]:
    yield f"{seen.root}, the last {many(seen.hours, 'hour')}:"
    if not (seen.landed or seen.last_arrival):
        yield "  no event arrived" if seen.read else "  nothing arrived"
    for source in sorted(seen.landed.keys() | seen.last_arrival.keys()):
        count = seen.bare_objects if source == BARE else seen.landed.get(source, 0)
        last = "by replays alone"
        if arrived := seen.last_arrival.get(source):
            age = (now - datetime.fromisoformat(arrived)) / timedelta(hours=1)
            last = f"last {arrived} ({age:.1f} hours ago)"
        yield f"  {source:<26}{count:>12,}  {last}"
    for hour, counts in seen.by_hour.items():
        yield f"  {hour}  " + (", ".join(f"{source} {count:,}" for source, count in counts.items()) or "no event")
    for reason, count in seen.quarantined.items():
        yield f"  quarantined {reason:<14}{count:>12,}"
    for batch in seen.unfinished:
        inputs = many(batch.inputs, "input")
        yield f"  begun and not finished: {batch.transport} {batch.batch_id}, {inputs}, {batch.begun_at}"
    if seen.unread_objects:
        objects = many(len(seen.unread_objects), "object")
        yield f"  no run reads {objects} like {seen.unread_objects[0]}: not events/dt=.../hour=.../<name>.gz"
    if seen.replayed:
        yield f"  replayed {many(seen.replayed, 'line')} of quarantine, which count as read once more"
    yield ledger(seen.read, sum(seen.landed.values()), sum(seen.quarantined.values()), seen.control)
    for failure in seen.failures:
        yield f"FAILS: {failure}"
