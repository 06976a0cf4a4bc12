"""Files, folders, globs and standard input: which inputs there are."""

from __future__ import annotations

import atexit
import glob
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO, ClassVar

from ingestion.errors import UsageProblem
from ingestion.sources.compression import MAGIC_BYTES, compression_of
from ingestion.sources.names import holds_events, is_archive, is_setup_notice
from ingestion.sources.periods import Period
from ingestion.sources.ranges import Found, Input, in_the_landing_zone, unreadable

STANDARD_INPUT = "-"


@dataclass(slots=True, frozen=True)
class FileLocation:
    """A file of this machine."""

    path: Path
    transport: ClassVar[str] = "file"
    is_cheap_to_read: ClassVar[bool] = True

    def open(self) -> IO[bytes]:
        try:
            return self.path.open("rb", buffering=0)
        except OSError as error:
            raise unreadable(str(self.path), error) from error


def find_files(sources: Iterable[str], period: Period, leave_out: Path | None, found: Found) -> list[Input]:
    """The inputs that the sources name, each once, sorted by name. What else there is, `found` is told.

    `leave_out` is a folder that is never read, links resolved: the landing zone, when it lies in a source.

    Raises:
        UsageProblem: A source does not exist, cannot be read or lies in the landing zone.
    """
    inputs: dict[str, Input] = {}
    left_out: set[Path] = set()
    for source in sources:
        if source == STANDARD_INPUT:
            file = _standard_input()
            inputs.setdefault(file.id, file)
            continue
        matches = _matches(source)
        if leave_out and all(Path(os.path.realpath(match)).is_relative_to(leave_out) for match in matches):
            raise in_the_landing_zone(source)
        for path, is_named in _files(matches, source):
            if not is_named and not (holds_events(path) and os.path.isfile(path) and _is_inside(path, matches)):  # noqa: PTH113
                found.ignored.append(str(path))
                continue
            if leave_out and (real := path.resolve()).is_relative_to(leave_out):
                left_out.add(real)
                continue
            file = _input(path)
            if period.has(file.name, file.since):
                inputs.setdefault(file.id, file)
    found.ignored.sort()
    found.left_out += len(left_out)
    return sorted(inputs.values(), key=lambda entry: os.fsencode(entry.name))


def _matches(source: str) -> list[Path]:
    """The file or folder of that name, or what the source matches as a pattern."""
    if "://" in source or source.startswith("s3:"):
        raise UsageProblem(f"{source}: only files, folders, globs and s3://bucket/prefix can be landed.")
    if not source.strip():
        raise UsageProblem("A source has no name. Write a file, a folder, a glob or s3://bucket/prefix.")
    path = Path(source)
    # pathlib's own takes no absolute pattern
    matches = [path] if _mode(path) else [Path(match) for match in sorted(glob.glob(source, recursive=True))]  # noqa: PTH207
    if not matches:
        raise UsageProblem(f"{source} does not exist, and as a pattern it matches nothing.")
    return matches


def _files(matches: list[Path], source: str) -> Iterator[tuple[Path, bool]]:
    """Each file and whether it was named itself: what a folder holds was not."""
    for match in matches:
        mode = _mode(match)
        if S_ISDIR(mode):
            yield from ((inside, False) for inside in _walked(match))
        elif not S_ISREG(mode):
            raise UsageProblem(f"{match} is neither a file nor a folder.")
        elif is_archive(match) and match == Path(source):
            raise UsageProblem(f"{match} is an archive by its name. Unpack it, and land the folder that comes out.")
        else:
            yield match, not (is_archive(match) or is_setup_notice(match))


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


def _is_inside(path: Path, folders: list[Path]) -> bool:
    """Whether a file of a folder lies in it: a link may lead to any file of this machine."""
    if not path.is_symlink():
        return True
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def _refuse(error: OSError) -> None:
    raise UsageProblem(f"{error.filename} cannot be read: {error.strerror}.")


def _standard_input() -> Input:
    """Standard input, copied to a file that is removed when the command ends, since an input is read in parts.

    It has no name and no time, so it is identified by its bytes.
    """
    with tempfile.NamedTemporaryFile(prefix="email-events-", delete=False) as copy:
        atexit.register(Path(copy.name).unlink, missing_ok=True)
        try:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        except OSError as error:
            raise UsageProblem(f"Standard input cannot be read: {error.strerror}.") from error
    path = Path(copy.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        file.seek(0)
        beginning = file.read(MAGIC_BYTES)
    return Input(
        id=digest,
        name="stdin",
        location=FileLocation(path),
        size=path.stat().st_size,
        since=0,
        is_compressed=compression_of(beginning) is not None,
    )


def _input(path: Path) -> Input:
    try:
        with path.open("rb") as file:
            beginning = file.read(MAGIC_BYTES)
            stat = os.fstat(file.fileno())
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}.") from error
    version = f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}"
    return Input(
        id=hashlib.sha256(os.fsencode(version)).hexdigest()[:32],
        name=os.fsencode(path).decode(errors="replace"),
        location=FileLocation(path),
        size=stat.st_size,
        since=stat.st_mtime_ns / 1e9,
        is_compressed=compression_of(beginning) is not None,
    )
