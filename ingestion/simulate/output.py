"""Where the stream goes: a file, or a landing zone."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, cast

from isal import igzip

from ingestion.simulate.stream import Plan, arrivals_by_hour


def write_stream(plan: Plan, target: str) -> int:
    """NDJSON in order of arrival; returns the number of events."""
    count = 0
    with _opened(target) as file:
        for _, arrivals in arrivals_by_hour(plan):
            file.write(b"".join(arrival.payload + b"\n" for arrival in arrivals))
            count += len(arrivals)
    return count


def _opened(target: str) -> AbstractContextManager[BinaryIO]:
    if target == "-":
        return nullcontext(sys.stdout.buffer)
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        return cast("AbstractContextManager[BinaryIO]", igzip.open(path, "wb", compresslevel=1))  # type: ignore[no-untyped-call]
    return path.open("wb")
