"""Inputs, which stay where they are, landed in batches that a later run can go on with.

    inputs -> batches -> ranges -> (workers) objects -> manifests

A range is read by one worker and becomes one object, so neither the number of processes nor their order can matter.
A batch is what is finished, or done again, as a whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby

from ingestion.landing import manifests
from ingestion.landing.manifests import Batch
from ingestion.landing.root import FolderRoot, Root, S3Root
from ingestion.pipeline import Carried, Report, carry, finish
from ingestion.sources.files import find_files
from ingestion.sources.periods import EVER, Period
from ingestion.sources.ranges import Found, Input, Range, ranges
from ingestion.sources.s3 import find_objects
from ingestion.workers import results

_BATCH_BYTES = 1024 * 1024 * 1024  # a run that was killed does at most about as much again


def land(
    sources: Iterable[str],
    root: Root,
    *,
    period: Period = EVER,
    again: bool = False,
    verify_sns: bool = False,
    processes: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Land everything in the sources that arrived in the period and was not landed before.

    `on_progress` hears of bytes done and in all.

    Raises:
        EventsError: What stopped the run. What is finished stays; the same call goes on from there.
    """
    now = datetime.now(UTC)
    found = find(list(sources), period, root)
    report = Report(found.ignored, found.left_out)
    inputs = {entry.id: entry for entry in found.inputs}

    resumed = [batch for batch in manifests.unfinished(root, now) if all(entry.id in inputs for entry in batch.inputs)]
    under_way = {entry.id for batch in resumed for entry in batch.inputs}
    new = [entry for entry in found.inputs if entry.id not in under_way]
    if new and not again:
        landed = manifests.landed_ids(root, _earliest_arrival(new, now))
        report.skipped_inputs = sum(entry.id in landed for entry in new)
        new = [entry for entry in new if entry.id not in landed]

    batches = {
        batch.batch_id: _Progress(batch) for batch in resumed + list(_planned(new, now.isoformat() if again else ""))
    }
    total = sum(inputs[entry.id].size for progress in batches.values() for entry in progress.batch.inputs)
    done = 0
    tasks = _tasks(root, batches.values(), inputs, {batch.batch_id for batch in resumed})
    for (head, part_of), carried in results(partial(carry, root, verify_sns), tasks, processes):
        progress = batches[head.batch_id]
        progress.carried[part_of.number] = carried
        done += part_of.size
        on_progress(done, total)
        if progress.is_done:
            finish(root, progress.batch, [progress.carried[number] for number in sorted(progress.carried)], report)
            progress.carried.clear()
    return report


def find(sources: list[str], period: Period = EVER, leave_out: Root | None = None) -> Found:
    """The inputs that the sources name, each once, sorted by name; none of the landing zone `leave_out`.

    Raises:
        UsageProblem: A source does not exist, cannot be read or lies in the landing zone.
    """
    in_s3 = [source for source in sources if source.startswith("s3://")]
    files = find_files(
        [source for source in sources if source not in in_s3],
        period,
        leave_out.folder.resolve() if isinstance(leave_out, FolderRoot) else None,
    )
    objects = find_objects(in_s3, period, leave_out.describe() if isinstance(leave_out, S3Root) else None)
    return Found(
        sorted(files.inputs + objects.inputs, key=lambda entry: os.fsencode(entry.name)),
        sorted(files.ignored + objects.ignored),
        files.left_out + objects.left_out,
    )


def _earliest_arrival(inputs: list[Input], now: datetime) -> datetime:
    """No manifest from before this time can list any of the inputs: none had its present version yet."""
    since = [entry.since for entry in inputs]
    # a clock is wrong, or somebody set the time: look everywhere
    if min(since) < 0 or max(since) > now.timestamp():
        return datetime(1970, 1, 1, tzinfo=UTC)
    return datetime.fromtimestamp(min(since), UTC) - timedelta(days=1)


@dataclass(slots=True)
class _Progress:
    """A batch, and what is known of its ranges so far. `ranges` is their number, once all are cut."""

    batch: Batch
    carried: dict[int, Carried] = field(default_factory=dict)
    ranges: int | None = None

    @property
    def is_done(self) -> bool:
        return self.ranges == len(self.carried)


def _planned(inputs: list[Input], again: str) -> Iterator[Batch]:
    """The inputs cut into batches of one transport each, in their order. `again` makes them this run's own."""
    for transport, entries in groupby(inputs, lambda entry: entry.location.transport):
        batch: list[Input] = []
        weight = 0
        for entry in entries:
            if batch and (weight + entry.weight > _BATCH_BYTES or len(batch) == manifests.BATCH_INPUTS):
                yield _new_batch(batch, transport, again)
                batch, weight = [], 0
            batch.append(entry)
            weight += entry.weight
        yield _new_batch(batch, transport, again)


def _new_batch(inputs: list[Input], transport: str, again: str) -> Batch:
    # the same inputs make the same batch, unless they are wanted anew
    identity = "".join([entry.id for entry in inputs]) + again
    batch_id = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Batch(batch_id, "", transport, [manifests.Input(entry.id, entry.name, entry.size) for entry in inputs])


def _tasks(
    root: Root, batches: Iterable[_Progress], inputs: dict[str, Input], resumed: set[str]
) -> Iterator[tuple[Batch, Range]]:
    """Begins each batch when its first range is asked for."""
    for progress in batches:
        batch = progress.batch
        if batch.batch_id in resumed:
            manifests.sweep(root, batch)
        else:
            manifests.begin(root, batch)
        head = Batch(batch.batch_id, batch.arrived_at, batch.transport, [])
        # under the names by which the batch was begun, so that the bytes are the same
        cut = ranges(inputs[entry.id].named(entry.name) for entry in batch.inputs)
        part_of = next(cut)
        for following in cut:
            yield head, part_of
            part_of = following
        progress.ranges = part_of.number + 1  # known before the last one can be done
        yield head, part_of
