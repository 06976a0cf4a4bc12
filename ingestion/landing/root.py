"""Where a landing zone lies: a folder or `s3://bucket/prefix`, behind the same calls."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from ingestion import aws
from ingestion.errors import ConfigurationProblem, ServiceProblem, UsageProblem


class Root(Protocol):
    """Keys are relative to the root, with `/`. Every call raises ConfigurationProblem or ServiceProblem."""

    def describe(self, key: str = "") -> str:
        """The key as a user would write it down: a path or an `s3://` address."""

    def writer(self, key: str) -> Any:
        """A context manager that gives a binary file, readable too; when the block ends well, the object is there."""

    def read(self, key: str) -> bytes | None:
        """The whole object; None where there is none."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """The object, a bounded piece at a time; ServiceProblem where there is none."""

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with `prefix`, sorted."""

    def changed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """The keys that begin with `prefix`, sorted, and when each object was last written (UTC)."""

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""

    def sweep(self, prefix: str) -> None:
        """Remove what killed writers of keys that begin with `prefix` left half done."""


def open_root(place: str) -> Root:
    """The root that `place` names.

    Raises:
        UsageProblem: `place` is empty, a file, an address of another service, or an `s3://` address without a bucket.
    """
    if not place.strip():
        raise UsageProblem("The landing zone has no name. Write a folder or s3://bucket/prefix.")
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        if not bucket:
            raise UsageProblem(f"{place} names no bucket. Write it as s3://bucket/prefix.")
        return S3Root(bucket, prefix.strip("/"))
    if "://" in place or place.startswith("s3:"):
        raise UsageProblem(f"{place} is neither a folder nor s3://bucket/prefix.")
    folder = Path(place)
    try:
        folder.resolve()
        is_file = folder.exists() and not folder.is_dir()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead round
        raise UsageProblem(f"{place} cannot be a landing zone: {error}.") from error
    if is_file:
        raise UsageProblem(f"{place} is a file. A landing zone is a folder or s3://bucket/prefix.")
    return FolderRoot(folder)


def existing_root(place: str) -> Root:
    """The root that `place` names, for a command that only reads it.

    Raises:
        EventsError: As for open_root; or nothing lies there.
    """
    root = open_root(place)
    is_there = root.folder.is_dir() if isinstance(root, FolderRoot) else next(root.keys(""), None) is not None
    if not is_there:
        raise UsageProblem(f"There is no landing zone {place}: nothing lies there. Correct the name, or land first.")
    return root


def put(root: Root, key: str, data: bytes) -> None:
    """Write one small object."""
    with root.writer(key) as file:
        file.write(data)


class FolderRoot:
    """A landing zone in a local folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def describe(self, key: str = "") -> str:
        return str(self.folder / key)

    @contextmanager
    def writer(self, key: str) -> Iterator[IO[bytes]]:
        final = self.folder / key
        with self._telling(key):
            final.parent.mkdir(parents=True, exist_ok=True)
            # a dot keeps it out of `keys` and of the globs by which engines read
            part = final.parent / f".{final.name}.{os.getpid()}.part"
            try:
                with open(part, "w+b", opener=_for_this_user) as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())  # a manifest must never outlive its objects
                part.replace(final)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def read(self, key: str) -> bytes | None:
        with self._telling(key):
            try:
                return (self.folder / key).read_bytes()
            except FileNotFoundError:
                return None

    def chunks(self, key: str) -> Iterator[bytes]:
        with self._telling(key), (self.folder / key).open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece

    def keys(self, prefix: str) -> Iterator[str]:
        # only the folder that the prefix reaches into is walked
        start = self.folder / prefix.rpartition("/")[0]
        with self._telling(prefix):
            found = (
                str(file.relative_to(self.folder).as_posix())
                for file in start.rglob("*")
                if not file.name.startswith(".") and file.is_file()
            )
            yield from sorted(key for key in found if key.startswith(prefix))

    def changed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for key in self.keys(prefix):
            with self._telling(key), suppress(FileNotFoundError):  # removed meanwhile
                yield key, datetime.fromtimestamp((self.folder / key).stat().st_mtime, UTC)

    def delete(self, key: str) -> None:
        with self._telling(key):
            (self.folder / key).unlink(missing_ok=True)

    def sweep(self, prefix: str) -> None:
        folder, _, name = prefix.rpartition("/")
        with self._telling(prefix):
            for part in (self.folder / folder).glob(f".{name}*.part"):
                part.unlink(missing_ok=True)

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise ConfigurationProblem(f"{self.describe(key)}: {error.strerror}. Let this user write there.") from error
        except OSError as error:
            where = error.filename or self.describe(key)
            raise ServiceProblem(f"{where}: {error.strerror}. Nothing is lost: run the same command again.") from error


def _for_this_user(path: str, flags: int) -> int:
    """Objects contain addresses: no other user of the machine reads them."""
    return os.open(path, flags, 0o600)


class S3Root:
    """A landing zone under a prefix of a bucket. Credentials, region and endpoint by boto3's own conventions."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = prefix

    def describe(self, key: str = "") -> str:
        return "s3://" + "/".join(part for part in (self.bucket, self.prefix, key) if part)

    @contextmanager
    def writer(self, key: str) -> Iterator[IO[bytes]]:
        with self._telling(key), tempfile.TemporaryFile() as file:
            yield file
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if size <= _ONE_PUT:
                self._client.put_object(Bucket=self.bucket, Key=self._full(key), Body=file)
            else:  # an object appears when all its parts are there
                self._client.upload_fileobj(file, self.bucket, self._full(key))

    def read(self, key: str) -> bytes | None:
        with self._telling(key):
            try:
                body: bytes = self._client.get_object(Bucket=self.bucket, Key=self._full(key))["Body"].read()
            except self._client.exceptions.NoSuchKey:
                return None
            return body

    def chunks(self, key: str) -> Iterator[bytes]:
        with self._telling(key):
            yield from self._client.get_object(Bucket=self.bucket, Key=self._full(key))["Body"].iter_chunks(_CHUNK)

    def keys(self, prefix: str) -> Iterator[str]:
        for key, _ in self.changed(prefix):
            yield key

    def changed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        with self._telling(prefix):
            cut = len(self.prefix) + 1 if self.prefix else 0
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._full(prefix)
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"][cut:], entry["LastModified"]

    def delete(self, key: str) -> None:
        with self._telling(key):
            self._client.delete_object(Bucket=self.bucket, Key=self._full(key))

    def sweep(self, prefix: str) -> None:
        """Nothing to do: an upload that did not end is not there."""

    def _full(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    @property
    def _client(self) -> Any:
        return aws.client("s3")

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        where = self.describe(key)
        try:
            with aws.telling(where, "S3", f"there is no bucket {self.bucket}. Create it or correct its name."):
                yield
        except OSError as error:  # of the temporary file
            raise ServiceProblem(
                f"{where}: no temporary file in {tempfile.gettempdir()} ({error.strerror}). Make room there or set "
                "TMPDIR. Nothing is lost: run the same command again."
            ) from error


_ONE_PUT = 64 * 1024 * 1024
_CHUNK = 256 * 1024
