"""Inputs, which stay where they are, landed in batches that a later run can go on with.

    inputs -> batches -> ranges -> (workers) objects -> manifests

A range is read by one worker and becomes one object, so neither the number of processes nor their order can matter.
A batch is what is finished, or done again, as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, groupby, islice

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
_HELD = 10_000  # inputs at once, about 2 KB each, and as many that follow


def land(
    sources: Iterable[str],
    root: Root,
    *,
    period: Period = EVER,
    again: bool = False,
    topics: tuple[str, ...] = (),
    processes: int = 1,
    on_progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Report:
    """Land everything in the sources that arrived in the period and was not landed before.

    `on_progress` hears of bytes done and, once all inputs are found, in all.

    Raises:
        EventsError: What stopped the run. What is finished stays; the same call goes on from there.
    """
    found = find(list(sources), period, root)
    run = _Run(root, again)
    done = 0
    tasks = run.tasks(found.inputs)
    for (head, part_of), carried in results(partial(carry, root, topics), tasks, processes):
        progress = run.under_way[head.batch_id]
        progress.carried[part_of.number] = carried
        done += part_of.size
        on_progress(done, run.size if run.has_all else None)
        if progress.is_done:
            del run.under_way[head.batch_id]
            finish(root, progress.batch, [progress.carried[number] for number in sorted(progress.carried)], run.report)
    run.report.ignored, run.report.left_out = found.ignored, found.left_out
    return run.report


def find(sources: list[str], period: Period = EVER, leave_out: Root | None = None) -> Found:
    """The inputs that the sources name, each once; none of the landing zone `leave_out`.

    Raises:
        UsageProblem: A source does not exist, cannot be read or lies in the landing zone.
    """
    in_s3 = [source for source in sources if source.startswith("s3://")]
    found = Found()
    files = find_files(
        [source for source in sources if source not in in_s3],
        period,
        leave_out.folder.resolve() if isinstance(leave_out, FolderRoot) else None,
        found,
    )
    objects = find_objects(in_s3, period, leave_out.describe() if isinstance(leave_out, S3Root) else None, found)
    found.inputs = chain(files, objects)
    return found


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


class _Run:
    """`under_way` are the batches that were begun, by their ids; `size` is how many bytes were found to be landed, and
    when the run `has_all`, there are no more.
    """

    def __init__(self, root: Root, again: bool) -> None:
        self.report = Report()
        self.under_way: dict[str, _Progress] = {}
        self.size = 0
        self.has_all = False
        self._root = root
        self._again = datetime.now(UTC).isoformat() if again else ""
        self._landed = manifests.LandedIds(root)

    def tasks(self, inputs: Iterable[Input]) -> Iterator[tuple[Batch, Range]]:
        """Begins each batch when its first range is asked for."""
        begun = self._begun(list(manifests.marks(self._root)))
        awaited = {entry.id for batch in begun for entry in batch.inputs}
        held: dict[str, Input] = {}  # until it is known whether all that their batch awaits were found
        remaining = iter(inputs)
        following = list(islice(remaining, _HELD))
        while following or not self.has_all:
            share = {entry.id: entry for entry in following}
            following = list(islice(remaining, _HELD))
            held |= {one: share.pop(one) for one in awaited & share.keys()}
            resumed: list[Batch] = []
            if not following:
                self.has_all = True
                resumed = self._resumed(begun, held)
                share = held | share
            yield from self._tasks(resumed, share)

    def _begun(self, marked: list[Batch]) -> list[Batch]:
        """Those of the batches that can be gone on with."""
        now = datetime.now(UTC)
        standing = [(batch, manifests.settled(self._root, batch, now)) for batch in marked]
        self.report.given_up += [batch for batch, stands in standing if stands == "given up"]
        return [batch for batch, stands in standing if stands == "begun"]

    def _resumed(self, begun: list[Batch], held: dict[str, Input]) -> list[Batch]:
        """Those of the batches of which every input was found, and whose time has not run out meanwhile."""
        whole = [batch for batch in begun if all(entry.id in held for entry in batch.inputs)]
        self.report.left_begun = [
            batch
            for batch in begun
            if batch not in whole and batch.transport in ("file", "s3")  # others come again
        ]
        return self._begun([batch for batch in whole if self._root.read(batch.mark_key) is not None])

    def _tasks(self, resumed: list[Batch], inputs: dict[str, Input]) -> Iterator[tuple[Batch, Range]]:
        gone_on_with = {entry.id for batch in resumed for entry in batch.inputs}
        new = self._not_landed([entry for entry in inputs.values() if entry.id not in gone_on_with])
        self.size += sum(inputs[one].size for one in gone_on_with) + sum(entry.size for entry in new)
        for batch in resumed:
            manifests.sweep(self._root, batch)
            yield from self._ranges(batch, inputs)
        for batch in _planned(new, self._again):
            manifests.begin(self._root, batch)
            yield from self._ranges(batch, inputs)

    def _not_landed(self, inputs: list[Input]) -> list[Input]:
        if self._again or not inputs:
            return inputs
        landed = self._landed.since(_earliest_arrival(inputs, datetime.now(UTC)))
        new = [entry for entry in inputs if entry.id not in landed]
        self.report.skipped_inputs += len(inputs) - len(new)
        return new

    def _ranges(self, batch: Batch, inputs: dict[str, Input]) -> Iterator[tuple[Batch, Range]]:
        progress = self.under_way[batch.batch_id] = _Progress(batch)
        head = Batch(batch.batch_id, batch.arrived_at, batch.transport, [])
        # under the names by which the batch was begun, so that the bytes are the same
        cut = ranges(inputs[entry.id].named(entry.name) for entry in batch.inputs)
        part_of = next(cut)
        for following in cut:
            yield head, part_of
            part_of = following
        progress.ranges = part_of.number + 1  # known before the last one can be done
        yield head, part_of


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
