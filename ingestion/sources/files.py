"""Files, folders and globs: which inputs there are, and how they are cut into ranges.

A range becomes one object and is read by one worker. Many small files share a range; a large one is cut where one
document ends and the next begins. Both depend on the files alone, so every run cuts them alike.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO

from ingestion.errors import ServiceProblem, UsageProblem
from ingestion.sources.compression import MAGIC_BYTES, Compression, Expanded, compression_of
from ingestion.sources.documents import CHUNK_BYTES

RANGE_BYTES = 64 * 1024 * 1024
_MAX_RANGES = 2000  # of one file: a manifest is one line, and engines bound how long a line may be
_EXPANSION = 8  # of compressed events, to weigh files against each other

_SUFFIXES = {".json", ".ndjson", ".jsonl", ""}
_COMPRESSION_SUFFIXES = {".gz", ".gzip", ".zst", ".bz2"}
_ARCHIVE_SUFFIXES = {".zip", ".tar", ".tgz", ".7z", ".rar"}


@dataclass(slots=True)
class FileInput:
    """A file in the version that was found. `name` is how it was asked for, `size` in bytes."""

    id: str
    name: str
    path: Path
    size: int
    modified_ns: int
    compression: Compression | None

    @property
    def weight(self) -> int:
        """About how many plain bytes it holds."""
        return self.size * (_EXPANSION if self.compression else 1)

    def named(self, name: str) -> FileInput:
        return replace(self, name=name)


@dataclass(slots=True)
class Part:
    """Bytes `start` to `end` of a file; `first_line` is the number of the line that begins there."""

    input_id: str
    name: str
    path: Path
    compression: Compression | None
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
    """`ignored` are names in folders that hold no events, `left_out` files would, but lie in the landing zone."""

    inputs: list[FileInput]
    ignored: list[str]
    left_out: int


def find(sources: Iterable[str], *, leave_out: Path | None = None) -> Found:
    """The inputs that the sources name, each once, sorted by name; and what of their folders holds no events.

    `leave_out` is a folder that is never read, links resolved: the landing zone, when it lies in a source.

    Raises:
        UsageProblem: A source does not exist or cannot be read.
    """
    found: dict[str, FileInput] = {}
    ignored: list[str] = []
    left_out: set[Path] = set()
    for source in sources:
        for path, is_named in _files(source):
            if not is_named and not _holds_events(path):
                ignored.append(str(path))
                continue
            if leave_out and (real := path.resolve()).is_relative_to(leave_out):
                left_out.add(real)
                continue
            file = _input(path)
            found.setdefault(file.id, file)
    return Found(sorted(found.values(), key=lambda file: os.fsencode(file.name)), sorted(ignored), len(left_out))


def _files(source: str) -> Iterator[tuple[Path, bool]]:
    """Each file and whether it was named itself: what a folder holds was not."""
    if "://" in source:
        raise UsageProblem(f"{source}: only files, folders and globs can be landed.")
    if not source.strip():
        raise UsageProblem("A source has no name. Write a file, a folder or a glob.")
    path = Path(source)
    is_there = bool(_mode(path))
    # pathlib's own takes no absolute pattern
    matches = [path] if is_there else [Path(match) for match in sorted(glob.glob(source, recursive=True))]  # noqa: PTH207
    if not matches:
        raise UsageProblem(f"{source} does not exist, and as a pattern it matches nothing.")
    for match in matches:
        mode = _mode(match)
        if S_ISDIR(mode):
            yield from ((inside, False) for inside in _walked(match))
        elif not S_ISREG(mode):
            raise UsageProblem(f"{match} is neither a file nor a folder.")
        elif is_there and _suffix(match) in _ARCHIVE_SUFFIXES:
            raise UsageProblem(f"{match} is an archive by its name. Unpack it, and land the folder that comes out.")
        else:
            yield match, _suffix(match) not in _ARCHIVE_SUFFIXES


def _mode(path: Path) -> int:
    """What kind of thing the path names, as `stat` tells it; 0 where there is nothing."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}.") from error


def _walked(top: Path) -> Iterator[Path]:
    """The files under a folder; and the folders not gone into: hidden ones, and links, which may lead round."""
    for folder, folders, names in os.walk(top, onerror=_refuse):
        closed = [name for name in folders if name.startswith(".") or Path(folder, name).is_symlink()]
        folders[:] = [name for name in folders if name not in closed]
        for name in closed + names:
            yield Path(folder, name)


def _refuse(error: OSError) -> None:
    raise UsageProblem(f"{error.filename} cannot be read: {error.strerror}.")


def _holds_events(path: Path) -> bool:
    if path.name.startswith(".") or not os.path.isfile(path):  # noqa: PTH113 - a link may lead to what cannot be read
        return False
    return _suffix(path) in _SUFFIXES


def _suffix(path: Path) -> str:
    """The last suffix but for one of compression, in lower case; empty where there is none."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSION_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _input(path: Path) -> FileInput:
    try:
        with path.open("rb") as file:
            beginning = file.read(MAGIC_BYTES)
            stat = os.fstat(file.fileno())
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}.") from error
    version = f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}"
    return FileInput(
        id=hashlib.sha256(os.fsencode(version)).hexdigest()[:32],
        name=os.fsencode(path).decode(errors="replace"),
        path=path,
        size=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        compression=compression_of(beginning),
    )


def ranges(inputs: Iterable[FileInput]) -> Iterator[Range]:
    """The inputs cut into ranges of about RANGE_BYTES, in their order. Reads a large file once, to number its lines."""
    number = 0
    group: list[Part] = []
    weight = 0
    for file in inputs:
        if file.weight > RANGE_BYTES or weight + file.weight > RANGE_BYTES:
            if group:
                yield Range(number, group)
                number += 1
            group, weight = [], 0
        if file.weight > RANGE_BYTES:
            for part in _cuts(file):
                yield Range(number, [part])
                number += 1
        else:
            group.append(_part(file, 0, file.size, 1))
            weight += file.weight
    if group:
        yield Range(number, group)


def _part(file: FileInput, start: int, end: int, first_line: int) -> Part:
    return Part(file.id, file.name, file.path, file.compression, start, end, first_line)


def _cuts(file: FileInput) -> Iterator[Part]:
    if file.compression:
        yield _part(file, 0, file.size, 1)
        return
    step = max(RANGE_BYTES, -(-file.size // _MAX_RANGES))
    start, line = 0, 1
    with _opened(file.path, file.name) as opened:
        while start < file.size:
            end = _next_document(opened, start + step, file.size)
            yield _part(file, start, end, line)
            line += _line_ends(opened, start, end) if end < file.size else 0
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
    """Iterates over the plain bytes of a part. `broken_at`: see Expanded."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.broken_at: int | None = None

    def __iter__(self) -> Iterator[bytes]:
        part = self.part
        with _opened(part.path, part.name) as file:
            try:
                if part.compression:
                    expanded = Expanded(file, part.compression)
                    yield from expanded
                    self.broken_at = expanded.broken_at
                else:
                    yield from _pieces(file, part.start, part.end, part.name)
            except OSError as error:
                raise _unreadable(part.name, error) from error

    def broken_rest(self) -> Iterator[bytes]:
        """The compressed bytes that could not be expanded."""
        assert self.broken_at is not None
        with _opened(self.part.path, self.part.name) as file:
            yield from _pieces(file, self.broken_at, self.part.end, self.part.name)


def _pieces(file: IO[bytes], start: int, end: int, name: str) -> Iterator[bytes]:
    file.seek(start)
    while start < end:
        piece = file.read(min(CHUNK_BYTES, end - start))
        if not piece:
            raise ServiceProblem(f"{name} became shorter while it was read. Run the same command again.")
        yield piece
        start += len(piece)


def _opened(path: Path, name: str) -> IO[bytes]:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError) -> ServiceProblem:
    return ServiceProblem(f"{name} can no longer be read: {error.strerror}. Run the same command again.")
