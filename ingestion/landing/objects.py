"""The lines of the landing zone and the objects that hold them: gzip NDJSON, the same bytes for the same lines.

events/dt=2026-11-24/hour=13/<batch id>-0000.json.gz       wrapped events
quarantine/dt=2026-11-24/hour=13/<batch id>-0000.json.gz   what is no event, with the reason
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import IO, Any

import orjson
from isal import isal_zlib

from ingestion.errors import ServiceProblem
from ingestion.landing.root import Root
from ingestion.sources.formats import is_text

# Level 1 of isal compresses such lines 6:1 at 680 MB/s; zlib's level 6 6.5:1 at 75 MB/s.
_LEVEL = 1
_GZIP = 31  # zlib's number for deflate in a gzip frame; its header holds no time
_LINE_END = re.compile(rb"[\r\n][ \t\r\n]*")
# As macros/engine/landing.sql has it.
_READ = re.compile(r"events/dt=[0-9]{4}-[0-9]{2}-[0-9]{2}/hour=(?:[01][0-9]|2[0-3])/[^/]+[.]gz")
_MARK = re.compile(r".*(?:/|/[._][^/]*|[$]folder[$])", re.DOTALL)


def utc_text(moment: datetime) -> str:
    """2026-11-24T13:05:00.000Z"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def partition(arrived_at: datetime) -> str:
    """dt=2026-11-24/hour=13"""
    return arrived_at.astimezone(UTC).strftime("dt=%Y-%m-%d/hour=%H")


def object_key(folder: str, batch_id: str, number: int, arrived_at: datetime) -> str:
    """The key of object `number` of a batch; `folder` is `events` or `quarantine`."""
    return f"{folder}/{partition(arrived_at)}/{batch_id}-{number:04d}.json.gz"


def is_read(key: str) -> bool:
    """Whether the engines read an object under this key as lines of events."""
    return _READ.fullmatch(key) is not None


def is_unread(key: str) -> bool:
    """Whether this lies under `events/` and no engine reads it; not a tool's mark, and not what is being written."""
    return key.startswith("events/") and not is_read(key) and _MARK.fullmatch(key) is None


def line_start(landed_at: str, transport: str) -> bytes:
    """What every wrapped line of a batch begins with, up to the origin's value."""
    return orjson.dumps({"landed_at": landed_at, "transport": transport})[:-1] + b',"origin":'


def wrapped_line(
    start: bytes, origin: str, source: str, payload: bytes, envelope: dict[str, Any] | None = None
) -> bytes:
    """One line under `events/`, with its line end. `payload` is valid JSON and is spliced in as it is, on one line."""
    told = b',"envelope":' + orjson.dumps(envelope) if envelope else b""
    # within JSON a line end can only stand between two tokens
    event = _LINE_END.sub(b"", payload.strip())
    return b'%b%b%b,"source":"%b","payload":%b}\n' % (start, json_text(origin), told, source.encode(), event)


def quarantine_line(
    start: bytes, origin: str, reason: str, path: str, body: bytes, envelope: dict[str, Any] | None = None
) -> bytes:
    """One line under `quarantine/`, with its line end. `body` is the exact input; base64 where it is not text."""
    told = b',"envelope":' + orjson.dumps(envelope) if envelope else b""
    if is_text(body):
        kept = b'"body":' + orjson.dumps(body.decode())
    else:
        kept = b'"encoding":"base64","body":"%b"' % base64.b64encode(body)
    return b'%b%b%b,"reason":"%b","path":%b,%b}\n' % (
        start,
        json_text(origin),
        told,
        reason.encode(),
        json_text(path),
        kept,
    )


def large_quarantine_line(start: bytes, origin: str, reason: str, path: str, body: Iterable[bytes]) -> Iterator[bytes]:
    """One line under `quarantine/`, in pieces, for a body that is too large to be held; always base64."""
    yield b'%b%b,"reason":"%b","path":%b,"encoding":"base64","body":"' % (
        start,
        json_text(origin),
        reason.encode(),
        json_text(path),
    )
    rest = b""
    for piece in body:
        whole = rest + piece
        cut = len(whole) - len(whole) % 3  # base64 writes three bytes at a time
        yield base64.b64encode(whole[:cut])
        rest = whole[cut:]
    yield base64.b64encode(rest) + b'"}\n'


def json_text(text: str) -> bytes:
    """The text as a JSON string. A name that is no Unicode (a file's can be) has its odd bytes replaced."""
    return orjson.dumps(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


class LazyObject:
    """An object that is written only if there is something to write. It appears when the stack closes well."""

    def __init__(self, root: Root, key: str, stack: ExitStack) -> None:
        self.key = key
        self._root = root
        self._stack = stack
        self._writer: ObjectWriter | None = None

    def write(self, lines: bytes) -> None:
        if self._writer is None:
            self._writer = self._stack.enter_context(object_writer(self._root, self.key))
        self._writer.write(lines)

    def finish(self) -> int:
        """How many lines the finished object holds; 0 where there is none."""
        return self._writer.finish() if self._writer else 0


class ObjectWriter:
    """Compresses lines into one object."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)

    def write(self, lines: bytes) -> None:
        """Add whole lines, or parts of one."""
        self._file.write(self._compressor.compress(lines))

    def finish(self) -> int:
        """End the object; how many lines it holds, counted by reading what was written.

        Raises:
            ServiceProblem: What was written cannot be read back.
        """
        self._file.write(self._compressor.flush())
        self._file.seek(0)
        expander = isal_zlib.decompressobj(_GZIP)
        lines = 0
        while piece := self._file.read(64 * 1024):  # which may expand a thousandfold
            lines += expander.decompress(piece).count(b"\n")
        if not expander.eof:
            raise ServiceProblem(
                "An object could not be read back after it was written: the disk may be full or broken."
            )
        return lines


@contextmanager
def object_writer(root: Root, key: str) -> Iterator[ObjectWriter]:
    """A writer whose object appears under `key`, whole, when the block ends well. Call `finish` in it."""
    with root.writer(key) as file:
        yield ObjectWriter(file)


def write_object(root: Root, key: str, lines: Iterable[bytes]) -> int:
    """Write one object; how many lines the finished object holds."""
    with object_writer(root, key) as writer:
        for line in lines:
            writer.write(line)
        return writer.finish()
