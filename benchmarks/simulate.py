"""How fast `email-events simulate` is, and how much of that is JSON.

    .venv/bin/python benchmarks/simulate.py

Simulates about a million events into a file, then writes the first of the same events again by the plainest loop: one
`json.dumps` for each. The ratio of processor times shows how a whole simulated event compares with encoding it alone;
it hardly depends on what else the machine does, which the seconds do.
"""

from __future__ import annotations

import json
import os
import resource
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
        seconds, of_processor = _simulated(file)
        size = file.stat().st_size
        with file.open("rb") as lines:
            count = sum(1 for _ in lines)
        with file.open("rb") as lines:
            events = [orjson.loads(line) for line in islice(lines, COMPARED)]
        plain = _plainly_written(events, Path(folder) / "plain.ndjson") / len(events)
    each = of_processor / count
    print(f"{count:,} events of {size / count:,.0f} bytes, simulated in {seconds:.1f} s on {os.cpu_count()} cores")
    print(f"  simulate     {count / seconds:>9,.0f} events/s, so a million in {1_000_000 * seconds / count:.0f} s")
    print(f"               {each * 1e6:>9.1f} us of processor time an event, all processes")
    print(f"  json.dumps   {plain * 1e6:>9.1f} us of processor time an event, encoding only")
    print(f"  ratio        {each / plain:>9.2f}")


def _simulated(file: Path) -> tuple[float, float]:
    """Seconds that passed, and seconds of all its processes together."""
    command = [sys.executable, "-m", "ingestion.cli", "simulate", "--seed", "1", "--until", "2026-11-24"]
    arguments = ["--days", str(DAYS), "--messages-per-day", str(MESSAGES_PER_DAY), "--to", str(file)]
    started = time.perf_counter()
    subprocess.run([*command, *arguments], check=True, stderr=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - started, used.ru_utime + used.ru_stime


def _plainly_written(events: list[dict[str, object]], file: Path) -> float:
    started = time.process_time()
    with file.open("w") as target:
        for event in events:
            target.write(json.dumps(event) + "\n")
    return time.process_time() - started


if __name__ == "__main__":
    main()
