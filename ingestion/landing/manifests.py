"""What a batch leaves behind: a mark while it is under way, a manifest when it is done.

begun/<batch id>.json                                  its inputs and arrival time
manifests/dt=2026-11-24/hour=13/<batch id>.json        the same, with what became of every record
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from ingestion.landing.objects import partition, utc_text
from ingestion.landing.root import Root, put


class Input(msgspec.Struct, omit_defaults=True):
    """One thing that a batch read, in the version that it read."""

    id: str
    name: str
    size: int = 0
    read: int = 0
    landed: int = 0
    quarantined: int = 0
    control: int = 0


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


class Batch(msgspec.Struct):
    """A mark under begun/, and with its objects a manifest."""

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


def new_batch(batch_id: str, arrived_at: datetime, transport: str, inputs: list[Input]) -> Batch:
    """A batch that has not begun; its arrival time is cut to the millisecond."""
    return Batch(batch_id, utc_text(arrived_at), transport, inputs)


def write_manifest(root: Root, batch: Batch) -> None:
    """The batch is done: one line of JSON for the models and for later runs."""
    put(root, batch.manifest_key, msgspec.json.encode(batch) + b"\n")
