"""Mutated records: no crash, no hang, bounded memory, nothing lost; and nothing that lands breaks an engine.

`make test` takes a few thousand, `make test-fuzz` a million (EMAIL_EVENTS_FUZZ=1000000), from another seed each time.
"""

from __future__ import annotations

import gzip
import json
import random
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from command_line import COMMAND, Cli
from dbt_warehouse import Warehouse
from mutations import RECORDS, SEED, mutated, seeds
from promised_lines import GOOD, assert_every_engine_reads, good, kept_body

AT_ONCE = 20_000  # records of one run
SECONDS = 900
MEGABYTES = 400


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


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


def test_mutated_records_land_whole_or_are_kept_whole_in_quarantine(
    cli: Cli, warehouse: Callable[[Path], Warehouse], capsys: pytest.CaptureFixture[str]
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
        told = f"seed {SEED}, {left:,} left: {said}"
        if RECORDS > AT_ONCE:
            with capsys.disabled():
                print(f"\n{told}", end="", flush=True)
        assert megabytes < MEGABYTES, told

        files = cli.zone().files()
        texts = {key: gzip.decompress(data) for key, data in files.items() if key.endswith(".gz")}
        lines = [text for key, body in texts.items() if key.startswith("events/") for text in body.split(b"\n")[:-1]]
        kept = [text for key, body in texts.items() if key.startswith("quarantine/") for text in body.split(b"\n")[:-1]]
        for text in lines:
            assert_every_engine_reads(text)

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
        bodies = b"\n".join(kept_body(json.loads(text)) for text in kept).decode(errors="replace")
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
