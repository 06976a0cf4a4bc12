"""What a batch leaves behind: a mark while it is under way, a manifest when it is done.

begun/<batch id>.json                                  its inputs and arrival time
manifests/dt=2026-11-24/hour=13/<batch id>.json        the same, with what became of every record
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

import msgspec

from ingestion.errors import ConfigurationProblem, ServiceProblem
from ingestion.landing.objects import partition, utc_text
from ingestion.landing.root import Root, put

ABANDONED_HOURS = 6
ABANDONED_AFTER = timedelta(hours=ABANDONED_HOURS)
BATCH_INPUTS = 1000  # a manifest is one line, and engines bound how long a line may be


class Input(msgspec.Struct, omit_defaults=True):
    """One thing that a batch read, in the version that it read."""

    id: str
    name: str
    size: int = 0
    read: int = 0
    landed: int = 0
    quarantined: int = 0
    control: int = 0
    lines: list[tuple[int, int]] = []  # of a quarantine object: which a replay took up, from and to


class LandedObject(msgspec.Struct):
    """What one object holds, and what of its share of the input it does not. read = landed + quarantined + control."""

    key: str
    read: int = 0
    landed: int = 0
    landed_by_source: dict[str, int] = {}
    quarantined: int = 0
    quarantined_by_reason: dict[str, int] = {}
    control: int = 0
    quarantine_key: str | None = None

    @property
    def adds_up(self) -> bool:
        return (
            self.read == self.landed + self.quarantined + self.control
            and self.landed == sum(self.landed_by_source.values())
            and self.quarantined == sum(self.quarantined_by_reason.values())
        )


class Batch(msgspec.Struct):
    """What a manifest says; a mark says the same but for the objects. `arrived_at` is empty until it has begun."""

    batch_id: str
    arrived_at: str
    transport: str
    inputs: list[Input]
    objects: list[LandedObject] = []

    @property
    def arrival(self) -> datetime:
        return datetime.fromisoformat(self.arrived_at)

    @property
    def mark_key(self) -> str:
        return f"begun/{self.batch_id}.json"

    @property
    def manifest_key(self) -> str:
        return f"manifests/{partition(self.arrival)}/{self.batch_id}.json"


class _Mark(msgspec.Struct):
    batch_id: str
    arrived_at: str
    transport: str
    inputs: list[Input]


class _Inputs(msgspec.Struct):
    inputs: list[Input]


def new_batch(batch_id: str, arrived_at: datetime, transport: str, inputs: list[Input]) -> Batch:
    """A batch of that arrival time, which is cut to the millisecond."""
    return Batch(batch_id, utc_text(arrived_at), transport, inputs)


def begin(root: Root, batch: Batch) -> None:
    """The batch arrives now. Leave the mark: a run that finds it goes on with this batch and its arrival time."""
    batch.arrived_at = utc_text(datetime.now(UTC))
    root.sweep(batch.mark_key)
    put(
        root,
        batch.mark_key,
        msgspec.json.encode(_Mark(batch.batch_id, batch.arrived_at, batch.transport, batch.inputs)),
    )


def finish(root: Root, batch: Batch) -> None:
    """Every object is in its place: write the manifest, then remove the mark.

    Raises:
        ServiceProblem: The mark is gone: another run took the batch for abandoned. Nothing of it stays.
    """
    if root.read(batch.mark_key) is None:
        if root.read(batch.manifest_key) is None:
            give_up(root, batch)  # what was written since then
        raise ServiceProblem(
            f"{root.describe(batch.mark_key)} is gone: after {ABANDONED_HOURS} hours another run took "
            "this one for dead and removed what it had written. Run the same command again."
        )
    write_manifest(root, batch)
    root.delete(batch.mark_key)


def write_manifest(root: Root, batch: Batch) -> None:
    """One line of JSON for the models and for later runs."""
    put(root, batch.manifest_key, msgspec.json.encode(batch) + b"\n")


def marks(root: Root) -> Iterator[Batch]:
    """The batches that were begun and whose mark is there still."""
    for key in list(root.keys("begun/")):
        mark = root.read(key)
        if mark is not None:  # or another run has just finished it
            yield decoded(root, key, mark, Batch)


def unfinished(root: Root, now: datetime) -> list[Batch]:
    """The batches that can be gone on with. What is older, or finished but for its mark, is cleared away."""
    return [batch for batch in marks(root) if settled(root, batch, now) == "begun"]


def settled(root: Root, batch: Batch, now: datetime) -> Literal["begun", "finished", "given up"]:
    """Where a batch that left a mark stands: it can be gone on with, or was cleared away."""
    if root.read(batch.manifest_key) is not None:
        root.delete(batch.mark_key)
        return "finished"
    if now - batch.arrival > ABANDONED_AFTER:  # staging may not look back as far as this batch's partition
        give_up(root, batch)
        return "given up"
    return "begun"


def sweep(root: Root, batch: Batch) -> None:
    """Remove what a killed run left half written."""
    for prefix in _prefixes(batch):
        root.sweep(prefix)


def remove_others(root: Root, batch: Batch) -> None:
    """Remove what a killed run of the batch wrote and this one did not."""
    written = {key for entry in batch.objects for key in (entry.key if entry.landed else None, entry.quarantine_key)}
    for prefix in _prefixes(batch)[:2]:
        for key in list(root.keys(prefix)):
            if key not in written:
                root.delete(key)


class LandedIds:
    """The ids of inputs in manifests, which are read as far back as was asked for."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._first: str | None = None
        self._ids: set[str] = set()

    def since(self, moment: datetime) -> set[str]:
        """Those of all batches that arrived at or after it, and maybe of earlier ones."""
        first, end = f"manifests/{partition(moment)}/", self._first
        if end is None or first < end:
            keys = [key for key in self._root.keys("manifests/") if first <= key and (end is None or key < end)]
            with ThreadPoolExecutor(16) as pool:
                for key, manifest in zip(keys, pool.map(self._root.read, keys), strict=True):
                    if manifest is not None:
                        self._ids.update(entry.id for entry in decoded(self._root, key, manifest, _Inputs).inputs)
            self._first = first
        return self._ids


def give_up(root: Root, batch: Batch) -> None:
    """Remove all that the batch wrote: its inputs begin anew, or its messages come again."""
    sweep(root, batch)
    for prefix in reversed(_prefixes(batch)):  # a manifest must not outlive its objects, should this be cut short
        for key in list(root.keys(prefix)):
            root.delete(key)
    root.delete(batch.mark_key)


def _prefixes(batch: Batch) -> list[str]:
    return [f"{folder}/{partition(batch.arrival)}/{batch.batch_id}" for folder in ("events", "quarantine", "manifests")]


T = TypeVar("T")


def decoded(root: Root, key: str, data: bytes, kind: type[T]) -> T:
    """What a mark or manifest says.

    Raises:
        ConfigurationProblem: It is damaged.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ConfigurationProblem(
            f"{root.describe(key)} cannot be read: {error}. Restore it, or remove it to have its inputs landed anew."
        ) from error
