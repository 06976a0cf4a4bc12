"""A DuckDB file that cannot be opened is reported in one sentence, by dbt and by the page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse

HOLD = """
import duckdb, sys
held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def opened(path: Path, mode: str) -> Iterator[int]:
    """Another process has the file open; its id."""
    command = [sys.executable, "-c", HOLD, str(path), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "open\n"
        yield process.pid
        process.stdin.close()


def page(built: Warehouse) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dashboards", "--to", str(built.folder / "page.html")],
        cwd=built.folder,
        env={**built.environment, "DBT_PROFILES_DIR": str(built.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 3
    return done.stdout


@pytest.mark.parametrize("mode", ["write", "read"])
def test_a_file_that_another_process_has_open_is_reported_with_the_process_id(tmp_path: Path, mode: str) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    with opened(built.path, "write"):
        pass
    with opened(built.path, mode) as holder:
        reports = [built.dbt("seed", check=False)] + ([page(built)] if mode == "write" else [])
        for report in reports:
            assert f"The warehouse warehouse.duckdb is open in process {holder} (" in report
            assert "Traceback" not in report
            assert len(report.splitlines()) < 15
    built.dbt("seed")


def test_a_folder_that_does_not_exist_is_reported_with_the_command_that_creates_it(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    # the target demo has a fixed place, data/demo
    report = built.dbt("seed", "--target", "demo", check=False)
    assert "Create it: mkdir -p data/demo" in report
    assert "Traceback" not in report


def test_a_file_of_something_else_is_reported(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    built.path.write_text("no database\n" * 1000)
    for report in (built.dbt("seed", check=False), page(built)):
        assert "The warehouse warehouse.duckdb cannot be opened" in report
        assert "Move it away, or name another file in EMAIL_EVENTS_DUCKDB" in report
        assert "Traceback" not in report


def test_a_folder_in_the_place_of_the_file_is_reported(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    built.path.mkdir()
    report = built.dbt("seed", check=False)
    assert "The warehouse warehouse.duckdb is a folder. Name a file in EMAIL_EVENTS_DUCKDB" in report
    assert "Traceback" not in report


@pytest.mark.parametrize("limit", ["abc", ""])
def test_a_limit_that_is_no_amount_of_memory_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setenv("EMAIL_EVENTS_DUCKDB_MEMORY", limit)
    report = Warehouse(tmp_path, tmp_path / "landing").dbt("seed", check=False)
    assert f"The limit of memory is '{limit}'. Set EMAIL_EVENTS_DUCKDB_MEMORY to one like 6GB" in report
    assert "Traceback" not in report


def test_a_target_need_not_limit_its_memory(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    profiles = tmp_path / "profiles.yml"
    profiles.write_text(re.sub(r", memory_limit: [^}]*}}[^}]*}", "}", profiles.read_text()))
    assert "memory_limit" not in profiles.read_text()
    built.dbt("seed")
