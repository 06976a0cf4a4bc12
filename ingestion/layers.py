"""What is unwrapped: a layer may still be wrapped, a record is what remains; a budget bounds what a document writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from ingestion.signatures import Verify
from ingestion.sources.compression import most_plain_bytes
from ingestion.sources.documents import MAX_DOCUMENT_BYTES, RECORD_BYTES

BLANKS = b" \t\r\n"

_LEAST_COPIES = 256 * 1024
_COPIES = 8  # bytes that a byte of the document may write beside the records' own
_LEAST_EXPANSION = 64 * 1024


@dataclass(slots=True)
class Record:
    """What remains after unwrapping. One of three: an event, a control message, or an error with its reason.

    `body` is the exact JSON or text, `event` the same parsed (an event only), `envelope` what the wrappings told,
    `path` where it stood in the document (`$.Records[1].body`), `wrappings` what was taken off, the outermost first.
    """

    body: bytes
    envelope: dict[str, Any]
    path: str
    wrappings: tuple[str, ...] = ()
    event: dict[str, Any] | None = None
    reason: str | None = None

    @property
    def is_control(self) -> bool:
        return self.event is None and self.reason is None


class Budget:
    """What one document may still write beside the bodies of its records, and expand to, in bytes."""

    def __init__(self, document_bytes: int) -> None:
        self.copies = _LEAST_COPIES + _COPIES * document_bytes
        self.expansion = min(
            MAX_DOCUMENT_BYTES + _COPIES * document_bytes, _LEAST_EXPANSION + most_plain_bytes(document_bytes)
        )

    @property
    def most_records(self) -> int:
        return self.copies // RECORD_BYTES

    def spend_expansion(self, plain_bytes: int) -> None:
        self.expansion -= plain_bytes
        self.copies += plain_bytes


@dataclass(slots=True)
class Layer:
    """Something that may be wrapped still. `value` is what `body` says, where that is known."""

    body: bytes
    path: str
    envelope: dict[str, Any]
    depth: int
    budget: Budget
    wrappings: tuple[str, ...] = ()
    value: Any = None
    reason: str | None = None
    verify: Verify | None = None  # what is still to hold of an SNS message around this

    def inside(
        self,
        at: str,
        body: bytes,
        told: dict[str, Any],
        wrapping: str | None,
        value: Any = None,
        reason: str | None = None,
    ) -> Layer:
        return Layer(
            body,
            self.path + at,
            {**self.envelope, **told},
            self.depth + 1,
            self.budget,
            (*self.wrappings, wrapping) if wrapping else self.wrappings,
            value,
            reason,
            self.verify,
        )

    def record(self, event: dict[str, Any] | None = None, reason: str | None = None) -> Record:
        return Record(self.body, self.envelope, self.path, self.wrappings, event, reason)

    def several(self, count: int, told: dict[str, Any], layers: Iterable[Layer]) -> Record | Iterable[Layer]:
        """The `count` layers inside, each with a copy of what this one and `told` say.

        This layer as one quarantined record where the copies would take more than the budget has left.
        """
        if count > 1:
            copy_bytes = len(orjson.dumps({**self.envelope, **told})) + len(self.path) + RECORD_BYTES
            if count * copy_bytes > self.budget.copies:
                return self.record(reason="too_many_records")
            self.budget.copies -= count * copy_bytes
        return layers


# Slices of the bytes as received: numbers, escapes and the order of keys stay what they were.
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def raw_items(body: bytes) -> list[bytes]:
    """The bytes of each item of a JSON list."""
    return [bytes(raw) for raw in _decode_items(body)]


def raw_fields(body: bytes) -> dict[str, bytes]:
    """The bytes of each value of a JSON object."""
    return {key: bytes(raw) for key, raw in _decode_fields(body).items()}
