"""How fast `email-events simulate` is, and how much of that is JSON.

    python -m benchmarks.simulate

Simulates a million events into a file, then writes the first of the same events again by the plainest loop: one
`json.dumps` for each. The ratio says how a whole simulated event compares with encoding alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import orjson

MESSAGES_PER_DAY = 29_000
DAYS = 10
COMPARED = 100_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stream.ndjson"
        seconds = _simulated(file)
        size = file.stat().st_size
        with file.open("rb") as lines:
            count = sum(1 for _ in lines)
        with file.open("rb") as lines:
            events = [orjson.loads(line) for line in islice(lines, COMPARED)]
        plain = _plainly_written(events, Path(folder) / "plain.ndjson")
    speed = count / seconds
    print(f"{count:,} events of {size / count:,.0f} bytes, simulated in {seconds:.1f} s on {os.cpu_count()} cores")
    print(f"  simulate        {speed:>9,.0f} events/s, so a million in {1_000_000 / speed:.0f} s")
    print(f"  json.dumps      {plain:>9,.0f} events/s: the first {COMPARED:,} of them again, encoding only, one core")
    print(f"  ratio           {speed / plain:>9.2f}")


def _simulated(file: Path) -> float:
    command = [sys.executable, "-m", "ingestion.cli", "simulate", "--seed", "1", "--until", "2026-11-24"]
    arguments = ["--days", str(DAYS), "--messages-per-day", str(MESSAGES_PER_DAY), "--to", str(file)]
    started = time.perf_counter()
    subprocess.run([*command, *arguments], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def _plainly_written(events: list[dict[str, object]], file: Path) -> float:
    started = time.perf_counter()
    with file.open("w") as target:
        for event in events:
            target.write(json.dumps(event) + "\n")
    return len(events) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
