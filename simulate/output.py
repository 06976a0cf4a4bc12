"""Where the stream goes: a file, or a landing zone and perhaps a file for its last day."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from random import Random
from typing import BinaryIO, cast

import orjson
from isal import igzip

from ingestion.errors import UsageProblem
from ingestion.landing.manifests import LandedObject, new_batch, write_manifest
from ingestion.landing.objects import line_start, object_key, wrapped_line, write_object
from ingestion.landing.root import Root, open_root
from simulate.messages import iso
from simulate.stream import Arrival, Plan, arrivals_by_hour
from simulate.wrappings import by_eventbridge, wrapped_now_and_then

TRANSPORT = "simulated"

Progress = Callable[[int], None]
"""Called after each hour with the number of events that arrived in it."""


def write_stream(plan: Plan, target: str, progress: Progress) -> int:
    """NDJSON in order of arrival, every event bare but for account events; returns the number of events."""
    count = 0
    with _opened(target) as file:
        for _, arrivals in arrivals_by_hour(plan):
            file.write(b"".join(by_eventbridge(arrival) + b"\n" for arrival in arrivals))
            count += len(arrivals)
            progress(len(arrivals))
    return count


def write_landing_zone(plan: Plan, place: str, last_day_file: str | None, progress: Progress) -> tuple[int, int]:
    """One object and one manifest for each hour of arrival. Returns how many events landed, and how many the file has.

    With `last_day_file` what arrives on the last day goes there instead, as its transports would hand it over.

    Raises:
        UsageProblem: There is a landing zone already: made-up events must not mix with others.
        ConfigurationProblem, ServiceProblem: The place cannot be written to.
    """
    root = open_root(place)
    if next(root.keys("events/"), None) or next(root.keys("manifests/"), None):
        raise UsageProblem(
            f"{place} already contains a landing zone. Name an empty place: made-up events must not mix with others."
        )
    rng = Random(f"{plan.seed}/wrappings")
    landed = kept_back = 0
    with _opened(last_day_file) if last_day_file else nullcontext() as file:
        for hour, arrivals in arrivals_by_hour(plan):
            if file and hour.date() == plan.hours[-1].date():
                file.write(b"".join(wrapped_now_and_then(rng, arrival) + b"\n" for arrival in arrivals))
                kept_back += len(arrivals)
            elif arrivals:
                _land(root, hour, arrivals)
                landed += len(arrivals)
            progress(len(arrivals))
    return landed, kept_back


def _land(root: Root, hour: datetime, arrivals: list[Arrival]) -> None:
    batch_id = f"simulated-{hour:%Y%m%d%H}"
    batch = new_batch(batch_id, hour, TRANSPORT, [])
    key = object_key("events", batch_id, 0, hour)
    landed = write_object(root, key, _lines(batch_id, arrivals))
    by_source = Counter(arrival.source for arrival in arrivals)
    batch.objects.append(LandedObject(key, read=len(arrivals), landed=landed, landed_by_source=dict(by_source)))
    write_manifest(root, batch)


def _lines(batch_id: str, arrivals: list[Arrival]) -> Iterator[bytes]:
    for number, arrival in enumerate(arrivals, start=1):
        start = line_start(iso(arrival.arrived_ms), TRANSPORT)
        envelope = orjson.loads(arrival.envelope) if arrival.envelope else None
        yield wrapped_line(start, f"{batch_id}:{number}", arrival.source, arrival.payload, envelope)


def _opened(target: str) -> AbstractContextManager[BinaryIO]:
    return _stdout() if target == "-" else _file(Path(target))


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader has what it wanted; nothing may be flushed into the pipe at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as plain:
            if path.suffix == ".gz":
                with igzip.IGzipFile("", "wb", 1, plain, 0) as packed:  # type: ignore[no-untyped-call]
                    yield cast(BinaryIO, packed)
            else:
                yield plain
    except OSError as error:
        raise UsageProblem(f"{error.filename or path}: {error.strerror}. Name a file that can be written.") from error
