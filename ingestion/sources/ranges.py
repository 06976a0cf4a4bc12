"""Inputs, wherever they lie, and how they are cut into ranges.

A range becomes one object and is read by one worker. Many small inputs share a range; a large one is cut where one
document ends and the next begins. Both depend on the inputs alone, so every run cuts them alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO, ClassVar, Protocol, cast

from ingestion.errors import ServiceProblem, UsageProblem
from ingestion.sources.compression import Expanded, Reread, compression_of, most_plain_bytes
from ingestion.sources.documents import CHUNK_BYTES, MAX_DOCUMENT_BYTES, RECORD_BYTES
from ingestion.sources.formats import MAGIC_BYTES, Utf16, refused_format, utf_16

RANGE_BYTES = 64 * 1024 * 1024
_MAX_RANGES = 2000  # of one input: a manifest is one line, and engines bound how long a line may be
_MAX_LEVELS = 4  # of gzip in gzip
_EXPANSION = 8  # of compressed events, to weigh inputs against each other


class Location(Protocol):
    """Where the bytes of an input lie. It goes to other processes, so it holds nothing open."""

    transport: ClassVar[str]
    is_cheap_to_read: ClassVar[bool]  # so that it may be read twice, to number its lines

    def open(self) -> IO[bytes]:
        """The input from its first byte; it can be read from any other, too. Every call raises EventsError."""


@dataclass(slots=True)
class Input:
    """Something to be landed, in the version that was found.

    `name` is how it was asked for, `size` in bytes. `since` is in seconds since 1970: no run from before that can have
    landed this version. `is_compressed` as far as is known before it is read.
    """

    id: str
    name: str
    location: Location
    size: int
    since: float
    is_compressed: bool

    @property
    def weight(self) -> int:
        """About how many plain bytes it holds."""
        return self.size * (_EXPANSION if self.is_compressed else 1)

    def named(self, name: str) -> Input:
        return replace(self, name=name)


@dataclass(slots=True)
class Part:
    """Bytes `start` to `end` of an input; `first_line` is the number of the line that begins there."""

    input_id: str
    name: str
    location: Location
    start: int
    end: int
    first_line: int


@dataclass(slots=True)
class Range:
    """What one worker reads and writes as one object."""

    number: int
    parts: list[Part]

    @property
    def size(self) -> int:
        return sum(part.end - part.start for part in self.parts)


@dataclass(slots=True)
class Found:
    """`inputs` are looked for as they are asked for. When all were, `ignored` are names that hold no events, `left_out`
    is how many inputs would, but lie in the landing zone.
    """

    inputs: Iterable[Input] = ()
    ignored: list[str] = field(default_factory=list)
    left_out: int = 0


def ranges(inputs: Iterable[Input]) -> Iterator[Range]:
    """The inputs cut into ranges of about RANGE_BYTES, in their order. Reads a large file once, to number its lines."""
    number = 0
    group: list[Part] = []
    weight = 0
    for entry in inputs:
        if entry.weight > RANGE_BYTES or weight + entry.weight > RANGE_BYTES:
            if group:
                yield Range(number, group)
                number += 1
            group, weight = [], 0
        if entry.weight > RANGE_BYTES:
            for part in _cuts(entry):
                yield Range(number, [part])
                number += 1
        else:
            group.append(_whole(entry))
            weight += entry.weight
    if group:
        yield Range(number, group)


def _whole(entry: Input) -> Part:
    return Part(entry.id, entry.name, entry.location, 0, entry.size, 1)


def _cuts(entry: Input) -> Iterator[Part]:
    step = max(RANGE_BYTES, -(-entry.size // _MAX_RANGES))
    start, line, name = 0, 1, entry.name
    with entry.location.open() as opened:
        beginning = opened.read(MAGIC_BYTES)
        if compression_of(beginning) or utf_16(beginning) or refused_format(beginning):
            yield _whole(entry)
            return
        while start < entry.size:
            end = _next_document(opened, start + step, entry.size)
            yield Part(entry.id, name, entry.location, start, end, line)
            if entry.location.is_cheap_to_read:
                line += _line_ends(opened, start, end) if end < entry.size else 0
            else:
                name = f"{entry.name}@{end}"  # lines are counted from that byte
            start = end


# Within one document, what closes is never followed by what opens without a comma between them.
_BETWEEN_DOCUMENTS = re.compile(rb"[}\]][ \t\r]*\n[ \t\r\n]*(?=[{\[])")
_WINDOW = 1024 * 1024
_OVERLAP = 64 * 1024


def _next_document(file: IO[bytes], after: int, size: int) -> int:
    """The first offset past `after` at which a line begins that can only be another document; the size if none."""
    at = after
    while at < size:
        file.seek(at)
        window = file.read(min(_WINDOW, size - at))
        if not window:
            return size
        if found := _BETWEEN_DOCUMENTS.search(window):
            return at + found.end()
        at += max(len(window) - _OVERLAP, 1) if len(window) == _WINDOW else len(window)
    return size


def _line_ends(file: IO[bytes], start: int, end: int) -> int:
    file.seek(start)
    count = 0
    while start < end and (piece := file.read(min(_WINDOW, end - start))):
        count += piece.count(b"\n")
        start += len(piece)
    return count


class PartReader:
    """Iterates over the plain bytes of a part, as UTF-8. `broken_at`: the offset from which on it cannot be read, and
    `broken_reason` why.

    A compressed part is read as far as it expands like events. The reader of its lines counts `records`, since a line
    of a few bytes costs as much as one of some hundred.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.broken_at: int | None = None
        self.broken_reason = "broken_compression"
        self.records = 0
        self._plain_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        part = self.part
        with part.location.open() as file:
            try:
                if part.start:
                    yield from _pieces(file, part.start, part.end, part.name)
                    return
                beginning = file.read(MAGIC_BYTES)
                file.seek(0)
                if compression := compression_of(beginning):
                    yield from self._expanded(file, Expanded(file, compression))
                else:
                    yield from self._plain(beginning, _pieces(file, part.start, part.end, part.name))
            except OSError as error:
                raise unreadable(part.name, error) from error

    def _expanded(self, file: IO[bytes], expanded: Expanded, levels: int = 1) -> Iterator[bytes]:
        """What is compressed once more inside is expanded, too."""
        plain = Reread(self._bounded(file, expanded, levels))
        beginning = plain.peek(MAGIC_BYTES)
        compression = compression_of(beginning)
        if compression and levels < _MAX_LEVELS:
            yield from self._expanded(file, Expanded(cast("IO[bytes]", plain), compression), levels + 1)
        else:
            yield from self._plain(beginning, plain)
        if expanded.broken_at is not None:
            # the offset is one in the file of the outermost level alone
            self.broken_at = expanded.broken_at if levels == 1 else 0

    def _bounded(self, file: IO[bytes], expanded: Expanded, levels: int) -> Iterator[bytes]:
        """What is expanded, on each level, until that is more than a compressed file of events holds."""
        for piece in expanded:
            self._plain_bytes += len(piece)
            cost = self._plain_bytes + RECORD_BYTES * self.records
            if cost > MAX_DOCUMENT_BYTES + most_plain_bytes(file.tell()):
                self.broken_at = expanded.piece_at if levels == 1 else 0
                self.broken_reason = "expands_too_far"
                return
            yield piece

    def _plain(self, beginning: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
        if name := refused_format(beginning):
            self.broken_at, self.broken_reason = 0, name
        elif encoding := utf_16(beginning):
            yield from Utf16(encoding, pieces)
        else:
            yield from pieces

    def broken_rest(self) -> Iterator[bytes]:
        """The bytes that could not be read."""
        assert self.broken_at is not None
        with self.part.location.open() as file:
            yield from _pieces(file, self.broken_at, self.part.end, self.part.name)


def _pieces(file: IO[bytes], start: int, end: int, name: str) -> Iterator[bytes]:
    file.seek(start)
    while start < end:
        piece = file.read(min(CHUNK_BYTES, end - start))
        if not piece:
            raise ServiceProblem(f"{name} became shorter while it was read. Run the same command again.")
        yield piece
        start += len(piece)


def unreadable(name: str, error: OSError) -> ServiceProblem:
    """What to say of an input that could be read before."""
    return ServiceProblem(f"{name} can no longer be read: {error.strerror}. Run the same command again.")


def in_the_landing_zone(source: str) -> UsageProblem:
    """What to say of a source of which nothing would be read."""
    return UsageProblem(
        f"{source} lies in the landing zone itself, of which nothing is read. Copy it to another place and land the "
        "copy; the original can go when that has landed. What lies in quarantine: email-events quarantine replay."
    )
