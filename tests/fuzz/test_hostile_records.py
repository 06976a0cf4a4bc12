"""Mutated records: no crash, no hang, bounded memory, nothing lost; and nothing that lands breaks an engine.

`make test` takes a few thousand, `make test-fuzz` a million (EMAIL_EVENTS_FUZZ=1000000), from another seed each time.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command_line import COMMAND, Cli, line
from mutations import mutated, seeds
from warehouse import Warehouse

RECORDS = int(os.environ.get("EMAIL_EVENTS_FUZZ", "3000"))
SEED = int(os.environ.get("EMAIL_EVENTS_FUZZ_SEED", random.randrange(10**9) if RECORDS > 3000 else 7))
AT_ONCE = 20_000  # records of one run
SECONDS = 900
MEGABYTES = 400

GOOD = re.compile(r"good-[0-9]+-")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def good(number: int) -> bytes:
    return line(1).replace("0100019ab0000001", f"good-{number}-").encode()


def written(cli: Cli, rng: random.Random, count: int) -> None:
    """Files of mutated records on lines, every third followed by a good one."""
    records = seeds()
    content = bytearray()
    for number in range(count):
        content += mutated(rng, records) + b"\n"
        if number % 3 == 0:
            content += good(number)
    half = content.index(b"\n", len(content) // 2) + 1
    cli.write("inbox/a.json", bytes(content[:half]))
    cli.write("inbox/b.json.gz", gzip.compress(bytes(content[half:]), 1))


def landed(cli: Cli) -> tuple[str, int]:
    """The last line that `land` says, and the most memory that it took, in MB."""
    code = "import resource, subprocess, sys; s = subprocess.run(sys.argv[1:]).returncode;"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr); sys.exit(s)"
    done = subprocess.run(
        ["python3", "-c", code, str(COMMAND), "land", "inbox", "--to", "zone", "--processes", "1"],
        cwd=cli.folder,
        env=cli.environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1], int(done.stderr.split()[-1])


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs), "a key twice"
    return dict(pairs)


def refused(text: str) -> None:
    raise AssertionError(text)


def assert_every_engine_reads(text: bytes) -> None:
    """Strict JSON, and within what DuckDB, Athena and Redshift take (docs/landed_event.md)."""
    assert not _NUL.search(text)
    assert b"\r" not in text
    json.loads(text.decode(), object_pairs_hook=once, parse_constant=refused)
    assert max((len(number) for number in re.findall(rb"[0-9]+", text)), default=0) < 70_000


def depth(value: Any) -> int:
    level, inside = 0, [value]
    while inside:
        level += 1
        inside = [
            child
            for outer in inside
            if isinstance(outer, dict | list)
            for child in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return level


def test_mutated_records_land_whole_or_are_kept_whole_in_quarantine(
    cli: Cli, warehouse: Callable[[Path], Warehouse]
) -> None:
    rng = random.Random(SEED)
    left = RECORDS
    while left > 0:
        count = min(left, AT_ONCE)
        left -= count
        for folder in ("inbox", "zone"):
            subprocess.run(["rm", "-rf", str(cli.folder / folder)], check=True)
        written(cli, rng, count)
        said, megabytes = landed(cli)
        told = f"seed {SEED}, {left} left: {said}"
        assert megabytes < MEGABYTES, told

        files = cli.zone().files()
        texts = {key: gzip.decompress(data) for key, data in files.items() if key.endswith(".gz")}
        lines = [text for key, body in texts.items() if key.startswith("events/") for text in body.split(b"\n")[:-1]]
        kept = [text for key, body in texts.items() if key.startswith("quarantine/") for text in body.split(b"\n")[:-1]]
        for text in lines:
            assert_every_engine_reads(text)
        assert max(map(depth, map(json.loads, lines))) <= 260

        # the ledger is exact: what it counts is what is there
        counts = Counter[str]()
        for manifest in cli.zone().manifests:
            for entry in manifest["objects"]:
                counts.update({name: entry[name] for name in ("read", "landed", "quarantined", "control")})
        assert (counts["landed"], counts["quarantined"]) == (len(lines), len(kept)), told
        assert counts["read"] == counts["landed"] + counts["quarantined"] + counts["control"], told

        # nothing is lost: each good record landed, or lies in the body of one that swallowed it
        wanted = {f"good-{number}-" for number in range(0, count, 3)}
        ids = Counter(GOOD.findall(b"\n".join(lines).decode()))
        bodies = "\n".join(kept_body(text) for text in kept)
        missing = wanted - ids.keys() - set(GOOD.findall(bodies))
        assert not missing, told
        assert len(ids) > 0.9 * len(wanted), told

        # DuckDB reads as many lines, each of them as JSON
        events = str(cli.folder / "zone" / "events" / "*" / "*" / "*.json.gz")
        options = "columns = {'line': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false, "
        options += "auto_detect = false, max_line_size = 2097152, strict_mode = false"
        read = duckdb.sql(
            f"select count(*), count(*) filter (json_valid(line)) from read_csv('{events}', {options})"
        ).fetchone()
        assert read == (len(lines), len(lines)), told
    built = warehouse(cli.folder / "zone")
    built.dbt("build")
    assert built.query("select count(*) from landing_rejects") == [(0,)]


def kept_body(text: bytes) -> str:
    import base64

    entry = json.loads(text)
    body: str = entry["body"]
    return base64.b64decode(body).decode(errors="replace") if entry.get("encoding") == "base64" else body
