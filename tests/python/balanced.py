"""What must hold of every landing zone, whatever happened to whom wrote it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from command_line import Zone


def assert_balanced(zone: Zone) -> None:
    """Manifests add up, their objects hold what they say, and an object that none names has a mark to clear it by."""
    files = zone.files()
    told = set()
    for manifest in zone.manifests:
        for entry in [*manifest["inputs"], *manifest["objects"]]:
            counts = [entry.get(name, 0) for name in ("landed", "quarantined", "control")]
            assert entry.get("read", 0) == sum(counts), manifest
        for key, count in _objects(manifest):
            told.add(key)
            assert gzip.decompress(files[key]).count(b"\n") == count, key
    marked = {key.removeprefix("begun/").removesuffix(".json") for key in files if key.startswith("begun/")}
    for key in files:
        if key.startswith(("events/", "quarantine/")) and key not in told:
            name = key.rpartition("/")[2]
            assert name.removeprefix(".").partition("-")[0] in marked, key


def _objects(manifest: dict) -> Iterator[tuple[str, int]]:
    for entry in manifest["objects"]:
        if entry["landed"]:
            yield entry["key"], entry["landed"]
        if entry["quarantined"]:
            yield entry["quarantine_key"], entry["quarantined"]
