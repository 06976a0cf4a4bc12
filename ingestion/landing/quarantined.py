"""Reads quarantined lines, one by one, in bounded memory, and which of them were replayed or discarded."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from isal import igzip_lib

from ingestion.errors import ServiceProblem
from ingestion.landing.manifests import Batch, decoded
from ingestion.landing.root import Root

# The transports of the batches that replay or discard lines, and how the ids of these batches begin.
REPLAY, DISCARD = "replay", "discard"
_PIECE = 256 * 1024
_LONGEST = 48 * 1024 * 1024 + _PIECE  # a line with a document of 8 MiB, every byte of it escaped
_BROKEN: Any = igzip_lib.IsalError
_OPEN_BODY = re.compile(rb',"encoding":"base64","body":"')


@dataclass(slots=True)
class Kept:
    """One line under `quarantine/`. `body` is the exact input; None for one too large to be held."""

    key: str
    line: int
    landed_at: str
    transport: str
    origin: str
    envelope: dict[str, Any]
    reason: str
    path: str
    body: bytes | None


@dataclass(slots=True, frozen=True)
class Chosen:
    """Which lines are meant: of these reasons, from `since` on and before `until`, with `origin` in their origin."""

    reasons: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    origin: str = ""

    def keys(self, root: Root) -> Iterator[str]:
        """The objects that may hold such lines."""
        for key in root.keys("quarantine/"):
            day = key.removeprefix("quarantine/dt=")[:10]
            is_too_early = self.since is not None and day < self.since.date().isoformat()
            is_too_late = self.until is not None and day > self.until.date().isoformat()
            if key.endswith(".json.gz") and not is_too_early and not is_too_late:
                yield key

    def has(self, kept: Kept) -> bool:
        if self.reasons and kept.reason not in self.reasons:
            return False
        arrival = datetime.fromisoformat(kept.landed_at)
        if (self.since and arrival < self.since) or (self.until and arrival >= self.until):
            return False
        return self.origin in kept.origin


def lines(root: Root, key: str) -> Iterator[Kept]:
    """The lines of one object.

    Raises:
        ServiceProblem: It is not there any more, is damaged, or holds something else.
    """
    for number, line in enumerate(_lines(_plain(root, key)), 1):
        head, is_cut = line
        if is_cut:
            found = _OPEN_BODY.search(head)
            head = head[: found.end()] + b'"}' if found else b""
        try:
            told = orjson.loads(head)
            body = None if is_cut else _body(told)
            yield Kept(
                key, number, told["landed_at"], told["transport"], told["origin"], told.get("envelope", {}),
                told["reason"], told["path"], body,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceProblem(
                f"{root.describe(key)}: line {number} is not of email-events. Restore the object, or remove it."
            ) from error


def _body(told: dict[str, Any]) -> bytes:
    text: str = told["body"]
    return base64.b64decode(text) if told.get("encoding") == "base64" else text.encode()


def _plain(root: Root, key: str) -> Iterator[bytes]:
    """What one gzip member holds, which is how objects of quarantine are written; ServiceProblem where it is not so."""
    damaged = ServiceProblem(
        f"{root.describe(key)} is no whole gzip object: it was cut off or changed. Restore it, or remove it and give "
        "up what it held; what was quarantined lands anew from its source by land --again."
    )
    member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    for chunk in root.chunks(key):
        data = chunk
        if member.eof:
            raise damaged
        while not member.eof:
            try:
                plain = member.decompress(data, _PIECE)
            except _BROKEN as error:
                raise damaged from error
            data = b""
            if plain:
                yield plain
            elif member.needs_input:
                break
    if not member.eof or member.unused_data:
        raise damaged


def _lines(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each line without its end, and whether it was too long: then its beginning alone."""
    rest, is_cut = bytearray(), False
    for piece in pieces:
        *ended, open_end = piece.split(b"\n")
        for end in ended:
            if not is_cut:
                rest += end
            yield bytes(rest), is_cut
            rest, is_cut = bytearray(), False
        if not is_cut:
            rest += open_end
        if len(rest) > _LONGEST:
            del rest[64 * 1024 :]
            is_cut = True


def settled(root: Root) -> dict[str, dict[int, str]]:
    """The lines that were replayed or discarded: of each object the number of the line, and which of both."""
    keys = [key for key in root.keys("manifests/") if key.rpartition("/")[2].startswith((f"{REPLAY}-", f"{DISCARD}-"))]
    found: dict[str, dict[int, str]] = {}
    with ThreadPoolExecutor(16) as pool:
        for key, manifest in zip(keys, pool.map(root.read, keys), strict=True):
            if manifest is not None:
                batch = decoded(root, key, manifest, Batch)
                for entry in batch.inputs:
                    numbers = found.setdefault(entry.name, {})
                    for first, last in entry.lines:
                        numbers |= dict.fromkeys(range(first, last + 1), batch.transport)
    return found
