"""The coverage-guided fuzzer (guided.py), in a process of its own: it finds nothing, and could find something."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from mutations import RECORDS, SEED, seeds

HERE = Path(__file__).parent
RUNS = RECORDS if "EMAIL_EVENTS_FUZZ" in os.environ else 1500
SAID_EVERY = 30  # seconds

pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None and not os.environ.get("EMAIL_EVENTS_NOTHING_SKIPPED"),
    reason="libFuzzer for Python (atheris) has no wheel for this Python and platform",
)

# None of our own events names a key twice, so the fuzzer must find an input that does.
UNTRUE = """
import sys
from guided import fuzz, unwrap

def hold(body):
    assert all(record.reason != "duplicate_key" for record in unwrap(body))

fuzz(hold, sys.argv[1:])
"""


def run(program: Path, *arguments: str, capsys: pytest.CaptureFixture[str] | None = None) -> tuple[int, str]:
    """The status, and everything that was said; of a long run some is said at once where `capsys` is given."""
    command = [sys.executable, str(program), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    lines = []
    said = time.monotonic()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if capsys and " cov: " in line and ("DONE" in line or time.monotonic() - said > SAID_EVERY):
                said = time.monotonic()
                with capsys.disabled():
                    print(f"\nseed {SEED}, {RUNS:,} in all: {line.strip()}", end="", flush=True)
    return process.returncode, "".join(lines)


def test_no_input_that_leads_to_new_code_breaks_a_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = run(HERE / "guided.py", f"-runs={RUNS}", f"-seed={SEED}", str(tmp_path / "corpus"), capsys=capsys)
    assert status == 0, told[-3000:]
    reached = {name: int(count) for name, count in re.findall(r"(INITED|DONE) +cov: ([0-9]+)", told)}
    assert reached["DONE"] > reached["INITED"] > 0, "the code is not instrumented"


def test_an_input_that_breaks_a_promise_is_kept_and_breaks_it_again(tmp_path: Path) -> None:
    program = tmp_path / "untrue.py"
    program.write_text(UNTRUE)
    status, told = run(program, "-runs=20000", "-seed=1", f"-artifact_prefix={tmp_path}/", str(tmp_path / "corpus"))
    assert status != 0
    found = re.search(r"Run it again with: (\S+) (\S+) (\S+)", told)
    assert found, told[-3000:]
    assert found[1] == sys.executable
    assert found[2] == str(program)
    kept = Path(found[3])
    assert kept.read_bytes() not in seeds()

    status, told = run(program, str(kept), f"-artifact_prefix={tmp_path}/")
    assert status != 0
    assert "AssertionError" in told
    status, told = run(HERE / "guided.py", str(kept), f"-artifact_prefix={tmp_path}/")
    assert status == 0, told[-3000:]
