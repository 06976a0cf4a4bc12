"""Lands quarantined lines that pass now, as batches of their own, and records the lines that were discarded.

The inputs of such a batch are quarantine objects, and its manifest names the lines that it settled: these are never
replayed again. Objects of quarantine do not change. When a line contains several records, those that still fail are
quarantined again, by this batch. A replay's batch is one object, begun only when there is something to write into it.
A discard's batch has no object.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingestion.envelopes import unwrap_again
from ingestion.landing import manifests, objects
from ingestion.landing.manifests import Batch, Input, LandedObject
from ingestion.landing.quarantined import DISCARD, REPLAY, Chosen, Kept, lines, settled
from ingestion.landing.root import Root
from ingestion.layers import Record
from ingestion.pipeline import LedgerMismatch
from ingestion.records import Verdict, judge
from ingestion.signatures import FIELDS, REASONS, Verify, sns_verifier

_BATCH_RUNS = 20_000  # runs of lines that it names
_OBJECT_BYTES = 64 * 1024 * 1024
_SOME_TIME = "2026-01-01T00:00:00.000Z"  # as long as the one that takes its place


@dataclass(slots=True)
class Replayed:
    """What a replay did. `waiting` lines stay as they are; `taken` were taken up, and gave `read` records."""

    taken: int = 0
    waiting: Counter[str] = field(default_factory=Counter)
    read: int = 0
    landed: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    control: int = 0
    objects: list[LandedObject] = field(default_factory=list)


def replay(root: Root, chosen: Chosen, topics: tuple[str, ...] = ()) -> Replayed:
    """Land the chosen lines that pass now and were not taken up before.

    Lines whose signature did not pass are verified again for these SNS topics; without topics they stay.

    Raises:
        EventsError: What stopped it. What is finished stays; the same call goes on from there.
    """
    report = Replayed()
    begun = {batch.batch_id: batch for batch in manifests.unfinished(root, datetime.now(UTC))}
    left = {batch_id: batch for batch_id, batch in begun.items() if batch.transport == REPLAY}
    taken = settled(root)
    # what a batch under way has quarantined may still be written anew
    keys = [key for key in chosen.keys(root) if key.rpartition("/")[2].rpartition("-")[0] not in begun]
    while keys:
        run = _Run(root, chosen, keys[: manifests.BATCH_INPUTS], taken, left, report, sns_verifier(topics))
        run.carry()
        keys = keys[run.done :]
    for batch in left.values():  # of a killed replay of something else: what it wrote counts for nothing
        manifests.give_up(root, batch)
    return report


def discard(root: Root, chosen: Chosen) -> Counter[str]:
    """Record that the chosen lines will not be replayed; how many of each reason.

    Lines that were replayed or discarded before are left out.
    """
    taken = settled(root)
    discarded: Counter[str] = Counter()
    inputs: list[Input] = []
    runs = 0
    for key in chosen.keys(root):
        entry = _input(key)
        for kept in lines(root, key):
            if chosen.has(kept) and kept.line not in taken.get(key, {}):
                runs += _add_line(entry, kept.line)
                discarded[kept.reason] += 1
        if entry.lines:
            inputs.append(entry)
        if len(inputs) == manifests.BATCH_INPUTS or runs > _BATCH_RUNS:
            _write_discard(root, inputs)
            inputs, runs = [], 0
    if inputs:
        _write_discard(root, inputs)
    return discarded


def _write_discard(root: Root, inputs: list[Input]) -> None:
    identity = "\n".join(f"{entry.name} {entry.lines}" for entry in inputs)
    batch_id = f"{DISCARD}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    manifests.write_manifest(root, manifests.new_batch(batch_id, datetime.now(UTC), DISCARD, inputs))


class _Run:
    """One batch: reads quarantine objects in their order until they end or the batch is full."""

    def __init__(
        self,
        root: Root,
        chosen: Chosen,
        keys: list[str],
        taken: dict[str, dict[int, str]],
        left: dict[str, Batch],
        report: Replayed,
        verify: Verify | None,
    ) -> None:
        self.done = 0  # how many of the keys were read to their end
        self._root, self._chosen, self._keys, self._taken, self._left = root, chosen, keys, taken, left
        self._report = report
        self._verify = verify
        # the same when a killed replay is run again, so that its object is written over
        identity = "\n".join([repr(chosen), *(f"{key} {len(taken.get(key, ()))}" for key in keys)])
        batch_id = f"{REPLAY}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
        self._batch = Batch(batch_id, "", REPLAY, [_input(key) for key in keys])
        self._inputs = {entry.name: entry for entry in self._batch.inputs}
        self._events: objects.LazyObject | None = None
        self._rejects: objects.LazyObject | None = None
        self._landed: Counter[str] = Counter()
        self._quarantined: Counter[str] = Counter()
        self._bytes = 0
        self._runs = 0

    def carry(self) -> None:
        """Read, write, and finish the batch, if there was anything to write."""
        with ExitStack() as stack:
            for key in self._keys:
                self._read(stack, key)
                if self._is_full:
                    break
                self.done += 1
            if not self._batch.arrived_at:
                return
            entry = self._balanced()
        self._batch.objects = [entry]
        self._batch.inputs = [entry for entry in self._batch.inputs if entry.lines]
        manifests.remove_others(self._root, self._batch)
        manifests.finish(self._root, self._batch)
        for entry_of in self._batch.inputs:
            for first, last in entry_of.lines:
                self._taken.setdefault(entry_of.name, {}).update(dict.fromkeys(range(first, last + 1), REPLAY))
                self._report.taken += last - first + 1
        self._report.read += entry.read
        self._report.control += entry.control
        self._report.landed.update(self._landed)
        self._report.quarantined.update(self._quarantined)
        self._report.objects.append(entry)

    @property
    def _is_full(self) -> bool:
        return self._bytes > _OBJECT_BYTES or self._runs > _BATCH_RUNS

    def _read(self, stack: ExitStack, key: str) -> None:
        before = self._taken.get(key, {})
        waiting: Counter[str] = Counter()
        for kept in lines(self._root, key):
            if kept.line in before or not self._chosen.has(kept):
                continue
            judged = _judged(kept, self._verify)
            if all(verdict.reason for _, verdict in judged):
                waiting[kept.reason] += 1
                continue
            if not self._batch.arrived_at:
                self._begin(stack)
            self._take(kept, judged)
            if self._is_full:
                return  # another batch goes on from there
        self._report.waiting.update(waiting)

    def _begin(self, stack: ExitStack) -> None:
        if left := self._left.pop(self._batch.batch_id, None):
            self._batch.arrived_at = left.arrived_at
            manifests.sweep(self._root, self._batch)
        else:
            manifests.begin(self._root, self._batch)
        events, rejects = (
            objects.object_key(folder, self._batch.batch_id, 0, self._batch.arrival)
            for folder in ("events", "quarantine")
        )
        self._events = objects.LazyObject(self._root, events, stack)
        self._rejects = objects.LazyObject(self._root, rejects, stack)

    def _take(self, kept: Kept, judged: list[tuple[Record, Verdict]]) -> None:
        assert self._events is not None
        assert self._rejects is not None
        counts = self._inputs[kept.key]
        self._runs += _add_line(counts, kept.line)
        start = objects.line_start(self._batch.arrived_at, kept.transport)
        for record, verdict in judged:
            counts.read += 1
            if verdict.line:
                line = start + verdict.line[len(start) :]
                self._events.write(line)
                counts.landed += 1
                self._landed[verdict.source] += 1
                self._bytes += len(line)
            elif verdict.reason:
                self._rejects.write(
                    objects.quarantine_line(
                        start, kept.origin, verdict.reason, verdict.path, record.body, record.envelope
                    )
                )
                counts.quarantined += 1
                self._quarantined[verdict.reason] += 1
                self._bytes += len(record.body)
            else:
                counts.control += 1

    def _balanced(self) -> LandedObject:
        assert self._events is not None
        assert self._rejects is not None
        entry = LandedObject(
            key=self._events.key,
            read=sum(counts.read for counts in self._batch.inputs),
            landed=self._events.finish(),
            landed_by_source=dict(sorted(self._landed.items())),
            quarantined=self._rejects.finish(),
            quarantined_by_reason=dict(sorted(self._quarantined.items())),
            control=sum(counts.control for counts in self._batch.inputs),
        )
        entry.quarantine_key = self._rejects.key if entry.quarantined else None
        if not entry.adds_up:
            raise LedgerMismatch(
                f"{self._root.describe(entry.key)}: {entry.read} records were read from quarantine, but the finished "
                f"objects hold {entry.landed} landed and {entry.quarantined} quarantined, and {entry.control} were "
                "control messages. It was not kept. This is a defect of email-events."
            )
        return entry


def _add_line(entry: Input, number: int) -> bool:
    """Add the number of a line to those of the input; whether that begins a run of lines."""
    if entry.lines and entry.lines[-1][1] == number - 1:
        entry.lines[-1] = (entry.lines[-1][0], number)
        return False
    entry.lines.append((number, number))
    return True


def _input(key: str) -> Input:
    return Input(hashlib.sha256(key.encode()).hexdigest()[:32], key)


def _judged(kept: Kept, verify: Verify | None) -> list[tuple[Record, Verdict]]:
    """What becomes of the records in a line; nothing where it cannot be read again."""
    if kept.body is None:
        return []
    path = kept.path
    if kept.reason in REASONS:
        if verify is None:
            return []
        path = next((path.removesuffix(field) for field in FIELDS if path.endswith(field)), path)
    else:
        verify = None  # the message was accepted when it arrived, or signatures were not looked at
    start = objects.line_start(_SOME_TIME, kept.transport)
    records = unwrap_again(kept.body, kept.envelope, path, kept.reason == "not_base64", verify)
    return [(record, judge(record, kept.origin, start)) for record in records]
