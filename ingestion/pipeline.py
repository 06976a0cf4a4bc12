"""From sources to the landing zone: the only module that knows sources, envelopes, events and landing.

    inputs -> batches -> ranges -> (workers) objects -> manifests

A range is read by one worker and becomes one object, so neither the number of processes nor their order can matter.
A batch is what is finished, or done again, as a whole.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from ingestion.envelopes import Record, unwrap
from ingestion.errors import EventsError
from ingestion.events.check import Lack, least
from ingestion.events.identify import Source, identify
from ingestion.events.ses import decode_event, decode_notification
from ingestion.landing import manifests, objects
from ingestion.landing.manifests import Batch, Input, LandedObject
from ingestion.landing.root import FolderRoot, Root
from ingestion.sources.documents import DECODE_ERRORS, Document, Lines, Oversized, documents
from ingestion.sources.files import FileInput, Part, PartReader, Range, find, ranges
from ingestion.workers import results

TRANSPORT = "file"
MAX_LINE_BYTES = 1024 * 1024  # of a landed line; DuckDB is told to expect 2 MiB, AWS delivers no record above 1,000 KiB
_BATCH_BYTES = 1024 * 1024 * 1024  # a run that was killed does at most about as much again
_BATCH_INPUTS = 1000  # a manifest is one line, and engines bound how long a line may be
_EXAMPLES = 5


class LedgerMismatch(EventsError):
    """Records were lost or invented between the unwrapper and a finished object."""

    status = 4


@dataclass(slots=True)
class Example:
    """A quarantined record: where it was, and where in it the fault is."""

    reason: str
    origin: str
    path: str


@dataclass(slots=True)
class Carried:
    """What became of one range."""

    object: LandedObject
    inputs: dict[str, Counter[str]]
    examples: list[Example]
    deviating: int


@dataclass(slots=True)
class Report:
    """What a run did. `deviating` events landed but differ from the documented fields; `left_out`: see Found."""

    ignored: list[str]
    left_out: int
    skipped_inputs: int = 0
    landed_inputs: int = 0
    read: int = 0
    control: int = 0
    landed: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    deviating: int = 0
    objects: list[LandedObject] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def land(
    sources: Iterable[str],
    root: Root,
    *,
    again: bool = False,
    processes: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Land everything in the sources that was not landed before. `on_progress` hears of bytes done and in all.

    Raises:
        EventsError: What stopped the run. What is finished stays; the same call goes on from there.
    """
    now = datetime.now(UTC)
    found = find(sources, leave_out=root.folder.resolve() if isinstance(root, FolderRoot) else None)
    report = Report(found.ignored, found.left_out)
    inputs = {file.id: file for file in found.inputs}

    resumed = [batch for batch in manifests.unfinished(root, now) if all(entry.id in inputs for entry in batch.inputs)]
    under_way = {entry.id for batch in resumed for entry in batch.inputs}
    new = [file for file in found.inputs if file.id not in under_way]
    if new and not again:
        landed = manifests.landed_ids(root, _earliest_arrival(new, now))
        report.skipped_inputs = sum(file.id in landed for file in new)
        new = [file for file in new if file.id not in landed]

    batches = {
        batch.batch_id: _Progress(batch) for batch in resumed + list(_planned(new, now.isoformat() if again else ""))
    }
    total = sum(inputs[entry.id].size for progress in batches.values() for entry in progress.batch.inputs)
    done = 0
    tasks = _tasks(root, batches.values(), inputs, {batch.batch_id for batch in resumed})
    for (head, part_of), carried in results(partial(_carry, root), tasks, processes):
        progress = batches[head.batch_id]
        progress.take(part_of.number, carried)
        done += part_of.size
        on_progress(done, total)
        if progress.is_done:
            _finish(root, progress, report)
    return report


def _earliest_arrival(files: list[FileInput], now: datetime) -> datetime:
    """No manifest from before this time can list any of the files: none had its present version yet."""
    changed = [file.modified_ns / 1e9 for file in files]
    if (
        min(changed) < 0 or max(changed) > now.timestamp()
    ):  # a clock is wrong, or somebody set the time: look everywhere
        return datetime(1970, 1, 1, tzinfo=UTC)
    return datetime.fromtimestamp(min(changed), UTC) - timedelta(days=1)


@dataclass(slots=True)
class _Progress:
    """A batch, and what is known of its ranges so far. `ranges` is their number, once all are cut."""

    batch: Batch
    carried: dict[int, Carried] = field(default_factory=dict)
    ranges: int | None = None

    def take(self, number: int, carried: Carried) -> None:
        self.carried[number] = carried

    @property
    def is_done(self) -> bool:
        return self.ranges == len(self.carried)


def _planned(files: list[FileInput], again: str) -> Iterator[Batch]:
    """The files cut into batches, in their order. `again` tells this run's batches from those of the same files."""
    batch: list[FileInput] = []
    weight = 0
    for file in files:
        if batch and (weight + file.weight > _BATCH_BYTES or len(batch) == _BATCH_INPUTS):
            yield _new_batch(batch, again)
            batch, weight = [], 0
        batch.append(file)
        weight += file.weight
    if batch:
        yield _new_batch(batch, again)


def _new_batch(files: list[FileInput], again: str) -> Batch:
    # the same inputs make the same batch, unless they are wanted anew
    identity = "".join([file.id for file in files]) + again
    batch_id = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Batch(batch_id, "", TRANSPORT, [Input(file.id, file.name, file.size) for file in files])


def _tasks(
    root: Root, batches: Iterable[_Progress], inputs: dict[str, FileInput], resumed: set[str]
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


def _finish(root: Root, progress: _Progress, report: Report) -> None:
    batch = progress.batch
    carried = [progress.carried[number] for number in sorted(progress.carried)]
    for entry in batch.inputs:
        for part in carried:
            counts = part.inputs.get(entry.id, Counter())
            entry.read += counts["read"]
            entry.landed += counts["landed"]
            entry.quarantined += counts["quarantined"]
            entry.control += counts["control"]
    batch.objects = [part.object for part in carried]
    manifests.finish(root, batch)

    report.landed_inputs += len(batch.inputs)
    for part in carried:
        report.read += part.object.read
        report.control += part.object.control
        report.landed.update(part.object.landed_by_source)
        report.quarantined.update(part.object.quarantined_by_reason)
        report.deviating += part.deviating
        report.objects.append(part.object)
        report.examples += part.examples


# ---- one range, in a worker ----


def _carry(root: Root, task: tuple[Batch, Range]) -> Carried:
    """Read a range and write its object."""
    batch, part_of = task
    with ExitStack() as stack:
        carrier = _Carrier(root, stack, batch, part_of.number)
        for part in part_of.parts:
            carrier.read(part)
        return carrier.balanced(part_of)


class _Carrier:
    """Reads parts, writes what they hold, and counts both."""

    def __init__(self, root: Root, stack: ExitStack, batch: Batch, number: int) -> None:
        keys = [
            objects.object_key(folder, batch.batch_id, number, batch.arrival) for folder in ("events", "quarantine")
        ]
        self._root = root
        self._start = objects.line_start(batch.arrived_at, batch.transport)
        self._events = objects.LazyObject(root, keys[0], stack)
        self._rejects = objects.LazyObject(root, keys[1], stack)
        self._inputs: dict[str, Counter[str]] = {}
        self._counts: Counter[str] = Counter()
        self._landed: Counter[str] = Counter()
        self._quarantined: Counter[str] = Counter()
        self._examples: list[Example] = []
        self._deviating = 0

    def read(self, part: Part) -> None:
        self._counts = self._inputs.setdefault(part.input_id, Counter())
        reader = PartReader(part)
        items = documents(reader, part.first_line, decode_event)
        for item in items:
            if isinstance(item, Lines):
                self._lines(part.name, item)
            elif isinstance(item, Document):
                self._document(f"{part.name}:{item.line}", item.body)
            else:
                self._counts["read"] += 1
                self._reject_large(f"{part.name}:{item.line}", "too_large", _pieces(item, items))
        if reader.broken_at is not None:
            self._counts["read"] += 1
            origin = f"{part.name}:byte {reader.broken_at}"
            self._reject_large(origin, "broken_compression", reader.broken_rest())

    def balanced(self, part_of: Range) -> Carried:
        """What became of the range.

        Raises:
            LedgerMismatch: The finished objects do not hold what was read.
        """
        entry = LandedObject(
            key=self._events.key,
            read=sum(counts["read"] for counts in self._inputs.values()),
            landed=self._events.finish(),
            landed_by_source=dict(sorted(self._landed.items())),
            quarantined=self._rejects.finish(),
            quarantined_by_reason=dict(sorted(self._quarantined.items())),
            control=sum(counts["control"] for counts in self._inputs.values()),
        )
        entry.quarantine_key = self._rejects.key if entry.quarantined else None
        if (
            entry.read != entry.landed + entry.quarantined + entry.control
            or entry.landed != self._landed.total()
            or entry.quarantined != self._quarantined.total()
        ):
            names = ", ".join(part.name for part in part_of.parts[:3])
            raise LedgerMismatch(
                f"{self._root.describe(entry.key)}: read {entry.read} records from {names}, but the finished objects "
                f"hold {entry.landed} landed and {entry.quarantined} quarantined, and {entry.control} were control "
                "messages. It was not kept, and its inputs count as not landed. This is a defect of email-events."
            )
        return Carried(entry, self._inputs, self._examples, self._deviating)

    def _lines(self, name: str, item: Lines) -> None:
        """Events on one line each: all of them are spliced into wrapped lines at once."""
        if max(map(len, item.lines)) > MAX_LINE_BYTES // 2:
            for number, line in zip(item.numbers, item.lines, strict=True):
                self._document(f"{name}:{number}", line)
            return
        head = b'%b%b:%%d","source":"ses_event","payload":' % (
            self._start.replace(b"%", b"%%"),
            objects.json_text(name)[:-1].replace(b"%", b"%%"),
        )
        following = b"}\n" + head
        pieces: list[bytes] = [b""] * (2 * len(item.lines) + 1)
        pieces[0:-1:2] = [following % number for number in item.numbers]
        pieces[0] = pieces[0][2:]
        pieces[1:-1:2] = item.lines
        pieces[-1] = b"}\n"
        self._counts["read"] += len(item.lines)
        self._counts["landed"] += len(item.lines)
        self._landed["ses_event"] += len(item.lines)
        self._events.write(b"".join(pieces))

    def _document(self, origin: str, body: bytes) -> None:
        for record in unwrap(body):
            self._counts["read"] += 1
            if record.is_control:
                self._counts["control"] += 1
            elif record.event is None:
                self._reject(origin, record, record.reason or "", record.path)
            else:
                self._event(origin, record, record.event)

    def _event(self, origin: str, record: Record, event: dict[str, object]) -> None:
        source = identify(event, record.envelope)
        lack = least(source, event, record.envelope) if source else Lack("unknown_shape", "")
        if source and not lack:
            line = objects.wrapped_line(self._start, origin, source, record.body, record.envelope)
            if len(line) <= MAX_LINE_BYTES:
                self._events.write(line)
                self._counts["landed"] += 1
                self._landed[source] += 1
                self._deviating += _deviates(source, record.body)
                return
            lack = Lack("too_large", "")
        if lack:
            self._reject(origin, record, lack.reason, record.path + lack.path)

    def _reject(self, origin: str, record: Record, reason: str, path: str) -> None:
        self._rejects.write(objects.quarantine_line(self._start, origin, reason, path, record.body, record.envelope))
        self._count_reject(Example(reason, origin, path))

    def _reject_large(self, origin: str, reason: str, body: Iterable[bytes]) -> None:
        for piece in objects.large_quarantine_line(self._start, origin, reason, "$", body):
            self._rejects.write(piece)
        self._count_reject(Example(reason, origin, "$"))

    def _count_reject(self, example: Example) -> None:
        self._counts["quarantined"] += 1
        self._quarantined[example.reason] += 1
        if self._quarantined[example.reason] <= _EXAMPLES:
            self._examples.append(example)


def _pieces(first: Oversized, following: Iterator[Lines | Document | Oversized]) -> Iterator[bytes]:
    piece = first
    yield piece.body
    while not piece.is_last:
        more = next(following)
        assert isinstance(more, Oversized)
        piece = more
        yield piece.body


def _deviates(source: Source, body: bytes) -> bool:
    """Whether a field of a documented event is missing or of another type."""
    decode = {"ses_event": decode_event, "ses_notification": decode_notification}.get(source)
    if decode is None:
        return False
    try:
        decode(body)
    except DECODE_ERRORS:
        return True
    return False
