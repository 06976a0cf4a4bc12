"""Objects of S3: which inputs there are, and their bytes.

`s3://bucket/prefix` is read as a folder is: the object of that name, and all below `prefix/`. An object is known by its
ETag, and it is read in that version or not at all.
"""

from __future__ import annotations

import hashlib
import io
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import IO, Any, ClassVar, cast

from ingestion import aws
from ingestion.errors import ServiceProblem, UsageProblem
from ingestion.sources.names import holds_events, is_archive, is_compressed, is_setup_notice
from ingestion.sources.periods import Period, day_or_hour, folder_span
from ingestion.sources.ranges import Found, Input, Part, in_the_landing_zone

_LARGEST_READ = 8 * 1024 * 1024  # of one request
_FIRST_READ = 1024 * 1024
_ATTEMPTS = 4  # to read a body; boto3 repeats requests that were not answered at all
_AHEAD_BYTES = 64 * 1024 * 1024  # fetched and not read yet


@dataclass(slots=True, frozen=True)
class S3Location:
    """One version of an object. `content` is the whole of it, where it was fetched before it is read."""

    bucket: str
    key: str
    etag: str
    size: int
    content: bytes | None = None
    transport: ClassVar[str] = "s3"
    is_cheap_to_read: ClassVar[bool] = False

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.content) if self.content is not None else cast(IO[bytes], _S3File(self))

    def fetch(self, start: int, end: int) -> bytes:
        """The bytes from `start` to before `end`.

        Raises:
            EventsError: The object is gone, or another version of it is there, or S3 failed.
        """
        if start >= end:
            return b""
        from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

        name = f"s3://{self.bucket}/{self.key}"
        with aws.telling(name, "S3", f"there is no bucket {self.bucket}."):
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    answer = aws.client("s3").get_object(
                        Bucket=self.bucket, Key=self.key, IfMatch=self.etag, Range=f"bytes={start}-{end - 1}"
                    )
                    content: bytes = answer["Body"].read()
                    if len(content) == end - start:
                        return content
                except ClientError as error:
                    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (404, 412, 416):
                        raise ServiceProblem(
                            f"{name} was changed or removed since it was found. Run the same command again."
                        ) from error
                    raise
                except (HTTPClientError, IncompleteReadError):  # the connection broke
                    if attempt == _ATTEMPTS:
                        raise
        raise ServiceProblem(f"{name}: S3 sent less than it should. Nothing is lost: run the same command again.")


class _S3File(io.RawIOBase):
    """Reads an object from anywhere in it, by requests that grow as long as it is read on from where it was."""

    def __init__(self, location: S3Location) -> None:
        self._location = location
        self._at = 0
        self._buffer = b""
        self._buffer_at = 0
        self._step = _FIRST_READ

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert whence == io.SEEK_SET
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        begin = self._at - self._buffer_at
        if not 0 <= begin < len(self._buffer):
            is_read_on = bool(self._buffer) and begin == len(self._buffer)
            self._step = min(2 * self._step, _LARGEST_READ) if is_read_on else _FIRST_READ
            self._buffer = self._location.fetch(self._at, min(self._at + self._step, self._location.size))
            self._buffer_at, begin = self._at, 0
        piece = self._buffer[begin:] if size < 0 else self._buffer[begin : begin + size]
        self._at += len(piece)
        return piece


def fetched(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts in their order; what one request can fetch is fetched ahead, many at a time."""
    ahead: deque[tuple[Part, Future[bytes] | None]] = deque()
    held = 0
    pool = ThreadPoolExecutor(aws.CONNECTIONS)
    try:
        for part in parts:
            location = part.location
            assert isinstance(location, S3Location)
            is_small = location.size <= _LARGEST_READ
            while ahead and (len(ahead) >= 2 * aws.CONNECTIONS or held + location.size > _AHEAD_BYTES):
                ready, future = ahead.popleft()
                held -= ready.end - ready.start if future else 0
                yield _with_content(ready, future)
            ahead.append((part, pool.submit(location.fetch, 0, location.size) if is_small else None))
            held += location.size if is_small else 0
        while ahead:
            yield _with_content(*ahead.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _with_content(part: Part, future: Future[bytes] | None) -> Part:
    assert isinstance(part.location, S3Location)
    return replace(part, location=replace(part.location, content=future.result())) if future else part


@dataclass(slots=True, frozen=True)
class _Address:
    """`s3://bucket/prefix`; `named` is what S3 lists of the object of that very name, where there is one."""

    bucket: str
    prefix: str
    named: dict[str, Any] | None

    @property
    def folder(self) -> str:
        return self.prefix if not self.prefix or self.prefix.endswith("/") else self.prefix + "/"

    def has(self, bucket: str, key: str) -> bool:
        return bucket == self.bucket and (key == self.prefix or key.startswith(self.folder))

    def reads(self, bucket: str, key: str) -> bool:
        """Whether it has the object, and that is one that holds events."""
        if not self.has(bucket, key):
            return False
        if key == self.prefix:
            return not is_setup_notice(PurePosixPath(key))
        inside = PurePosixPath(key[len(self.folder) :])
        return holds_events(inside) and not any(folder.startswith(".") for folder in inside.parts)

    def objects(self, period: Period) -> Iterator[dict[str, Any]]:
        """What S3 lists of the address, in the order of keys; folders by date outside of the period are left out."""
        if self.named:
            yield self.named
        for entry in _below(self.bucket, self.folder, period):
            if entry["Size"] or not entry["Key"].endswith("/"):  # the console's mark for an empty folder
                yield entry


def find_objects(addresses: Iterable[str], period: Period, leave_out: str | None, found: Found) -> Iterator[Input]:
    """The inputs that `s3://bucket/prefix` addresses name, each once, listed as they are asked for. What else there is,
    `found` is told.

    `leave_out` is an address below which nothing is read: the landing zone.

    Raises:
        EventsError: At once, when an address names no object or lies in the landing zone; S3 refused or failed.
    """
    return _inputs([_address(written, leave_out) for written in addresses], period, leave_out, found)


def _address(written: str, leave_out: str | None) -> _Address:
    bucket, _, prefix = written.removeprefix("s3://").partition("/")
    if not bucket:
        raise UsageProblem(f"{written} names no bucket. Write it as s3://bucket/prefix.")
    if leave_out is not None and f"{written.rstrip('/')}/".startswith(f"{leave_out}/"):
        raise in_the_landing_zone(written)
    first = _first(bucket, prefix) if prefix and not prefix.endswith("/") else None
    address = _Address(bucket, prefix, first if first and first["Key"] == prefix else None)
    if address.named and is_archive(PurePosixPath(prefix)):
        raise UsageProblem(f"{written} is an archive by its name. Unpack it, and land what comes out.")
    if not address.named and _first(bucket, address.folder) is None:
        raise UsageProblem(f"{written}: there is no object of that name, and none below it.")
    return address


def _inputs(addresses: list[_Address], period: Period, leave_out: str | None, found: Found) -> Iterator[Input]:
    for number, address in enumerate(addresses):
        bucket = address.bucket
        for entry in address.objects(period):
            key = entry["Key"]
            name = f"s3://{bucket}/{key}"
            before = [other for other in addresses[:number] if other.has(bucket, key)]
            if leave_out is not None and f"{name}/".startswith(f"{leave_out}/"):
                found.left_out += not before
            elif not address.reads(bucket, key):
                if not before and not any(other.reads(bucket, key) for other in addresses):
                    found.ignored.append(name)
            elif any(other.reads(bucket, key) for other in before):
                continue
            elif period.has(key, entry["LastModified"].timestamp()):
                yield _input(bucket, name, entry)


def _input(bucket: str, name: str, entry: dict[str, Any]) -> Input:
    location = S3Location(bucket, entry["Key"], entry["ETag"], entry["Size"])
    changed_at = entry["LastModified"].timestamp()
    told = day_or_hour(entry["Key"])
    return Input(
        id=hashlib.sha256(f"{bucket}\0{location.key}\0{location.etag}".encode()).hexdigest()[:32],
        name=name,
        location=location,
        size=location.size,
        # a copy of an object is younger than what was landed under its name before, and has the same ETag
        since=min(changed_at, told[0].timestamp()) if told else changed_at,
        is_compressed=is_compressed(PurePosixPath(location.key)),
    )


def _below(bucket: str, prefix: str, period: Period) -> Iterator[dict[str, Any]]:
    """The objects below a prefix. Folders by date that lie outside of the period are not listed."""
    folders: list[str] = []
    if not period.is_all and not day_or_hour(prefix):
        folders = [entry["Prefix"] for entry in _pages(bucket, prefix, "CommonPrefixes", Delimiter="/")]
    spans = [folder_span(folder) for folder in folders]
    if not folders or None in spans:
        yield from _pages(bucket, prefix, "Contents")
        return
    yield from _pages(bucket, prefix, "Contents", Delimiter="/")
    for folder, span in zip(folders, spans, strict=True):
        if span and period.meets(span):
            yield from _below(bucket, folder, period)


def _first(bucket: str, prefix: str) -> dict[str, Any] | None:
    return next(_pages(bucket, prefix, "Contents", MaxKeys=1), None)


def _pages(bucket: str, prefix: str, what: str, **options: Any) -> Iterator[dict[str, Any]]:
    with aws.telling(f"s3://{bucket}/{prefix}", "S3", f"there is no bucket {bucket}. Correct the address."):
        pages = aws.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix, **options):
            yield from page.get(what, ())
