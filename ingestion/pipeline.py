"""From documents to the landing zone: the only module that knows sources, envelopes, events and landing.

    read -> unwrap -> identify -> check -> write

`carry` does so for a range of inputs that stay where they are (batches.py), `land_messages` for messages that somebody
hands over and forgets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain
from uuid import uuid4

from ingestion.envelopes import unwrap
from ingestion.errors import EventsError
from ingestion.events.lines import failing
from ingestion.landing import manifests, objects
from ingestion.landing.manifests import Batch, LandedObject
from ingestion.landing.root import Root
from ingestion.layers import Record
from ingestion.records import MAX_LINE_BYTES, judge
from ingestion.signatures import Unverifiable, sns_verifier
from ingestion.sources.documents import Document, Lines, Oversized, documents, every_line
from ingestion.sources.ranges import Part, PartReader, Range
from ingestion.sources.s3 import S3Location, fetched

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
    """What a run did. `deviating` events landed but differ from the documented fields; `left_out`: see Found.

    Of batches that died, `given_up` are too old to be gone on with, and of `left_begun` not all inputs were found.
    """

    ignored: list[str] = field(default_factory=list)
    left_out: int = 0
    given_up: list[Batch] = field(default_factory=list)
    left_begun: list[Batch] = field(default_factory=list)
    skipped_inputs: int = 0
    landed_inputs: int = 0
    read: int = 0
    control: int = 0
    landed: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    deviating: int = 0
    objects: list[LandedObject] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def finish(root: Root, batch: Batch, carried: list[Carried], report: Report) -> None:
    """Every object of the batch is there: say so in its manifest, and in the report."""
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


def carry(root: Root, topics: tuple[str, ...], task: tuple[Batch, Range]) -> Carried:
    """Read a range and write its object."""
    batch, part_of = task
    parts = part_of.parts
    with ExitStack() as stack:
        carrier = _Carrier(root, stack, batch, part_of.number, topics)
        for part in fetched(parts) if isinstance(parts[0].location, S3Location) else parts:
            carrier.read(part)
        return carrier.balanced(", ".join(part.name for part in parts[:3]))


@dataclass(slots=True)
class Message:
    """A document that somebody hands over and forgets once it has landed; `id` is its sender's."""

    id: str
    origin: str
    body: bytes


@dataclass(slots=True)
class Handed:
    """What became of messages that were handed over: those that are `landed`, durably, and those that are not."""

    report: Report
    landed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  # the id, and why


def land_messages(
    root: Root, transport: str, source: str, messages: Iterable[Message], *, topics: tuple[str, ...] = ()
) -> Handed:
    """Land messages as one batch, which begins when the first of them comes. `source` is where they come from.

    They will come again unless they are landed, so a batch that is not finished is never gone on with.

    Raises:
        EventsError: None of them is landed.
    """
    handed = Handed(Report())
    arriving = iter(messages)
    first = next(arriving, None)
    if first is None:
        return handed
    batch = Batch(uuid4().hex[:16], "", transport, [manifests.Input(source, source)])
    manifests.begin(root, batch)
    try:
        with ExitStack() as stack:
            carrier = _Carrier(root, stack, batch, 0, topics)
            for message in chain([first], arriving):
                try:
                    carrier.message(source, message.origin, message.body)
                    handed.landed.append(message.id)
                except Unverifiable as error:
                    handed.failed[message.id] = str(error)
            carried = carrier.balanced(source)
        finish(root, batch, [carried], handed.report)
    except EventsError:
        with suppress(EventsError):  # else a later run clears it away
            manifests.give_up(root, batch)
        raise
    return handed


class _Carrier:
    """Reads parts, writes what they hold, and counts both."""

    def __init__(self, root: Root, stack: ExitStack, batch: Batch, number: int, topics: tuple[str, ...]) -> None:
        keys = [
            objects.object_key(folder, batch.batch_id, number, batch.arrival) for folder in ("events", "quarantine")
        ]
        self._root = root
        self._verify = sns_verifier(topics)
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
        before = self._counts["read"]
        reader = PartReader(part)
        # a bare line has no signature, so with --verify-signatures there is no fast way
        items = documents(reader, part.first_line, every_line if self._verify else failing)
        for item in items:
            if isinstance(item, Lines):
                self._lines(part.name, item)
            elif isinstance(item, Document):
                self._document(f"{part.name}:{item.line}", item.body)
            else:
                self._counts["read"] += 1
                self._reject_large(f"{part.name}:{item.line}", "too_large", _pieces(item, items))
            reader.records = self._counts["read"] - before
        if reader.broken_at is not None:
            self._counts["read"] += 1
            origin = f"{part.name}:byte {reader.broken_at}"
            self._reject_large(origin, reader.broken_reason, reader.broken_rest())

    def message(self, input_id: str, origin: str, body: bytes) -> None:
        """One document that somebody handed over."""
        self._counts = self._inputs.setdefault(input_id, Counter())
        self._document(origin, body)

    def balanced(self, names: str) -> Carried:
        """What became of everything that was read, which came from what the names tell.

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
        if not entry.adds_up:
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
        for record in list(unwrap(body, self._verify)):  # all of them or, when a certificate cannot be had, none
            self._counts["read"] += 1
            verdict = judge(record, origin, self._start)
            if verdict.line:
                self._events.write(verdict.line)
                self._counts["landed"] += 1
                self._landed[verdict.source] += 1
                self._deviating += verdict.deviation is not None
            elif verdict.reason:
                self._reject(origin, record, verdict.reason, verdict.path)
            else:
                self._counts["control"] += 1

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
