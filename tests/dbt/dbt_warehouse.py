"""The dbt project on DuckDB, in a folder of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml
from dbt_process import run_dbt

REPOSITORY = Path(__file__).parents[2]


# The project as dbt parsed it last, by the variables it was told: tests that tell it the same need not parse it again.
PARSED = REPOSITORY / "target" / "parsed_for_tests"
# What a build is told that need not prove its tables once more.
WITHOUT_TESTS = ("--exclude-resource-type", "test")


# Where the marts are, the marts with addresses, and staging.
SCHEMAS = ("main", "main_restricted", "main_staging")


def connect(path: Path, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
    """Open a warehouse so that a query finds each table by its name alone."""
    connection = duckdb.connect(str(path), read_only=read_only)
    found = connection.execute("select distinct schema_name from duckdb_schemas() where not internal").fetchall()
    there = {"main", *(name for (name,) in found)}
    connection.execute(f"set search_path = '{','.join(name for name in SCHEMAS if name in there)}'")
    return connection


@dataclass
class Warehouse:
    """A DuckDB file, the landing zone it is built from, and dbt's own files beside it."""

    folder: Path
    landing_root: Path
    project: Path = REPOSITORY

    def __post_init__(self) -> None:
        # dbt runs in the folder, so that every warehouse is told the same
        if self.landing_root != self.folder / "landing":
            (self.folder / "landing").symlink_to(self.landing_root)
        (self.folder / "profiles.yml").write_text((REPOSITORY / "profiles.yml.example").read_text())

    @property
    def path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """No test reads the JSON and the log that dbt writes about a run."""
        return {
            "DBT_WRITE_JSON": "false",
            "DBT_LOG_LEVEL_FILE": "none",
            **os.environ,
            "EMAIL_EVENTS_DUCKDB": self.path.name,
            "DO_NOT_TRACK": "1",
        }

    def dbt(self, *arguments: str, variables: dict[str, object] | None = None, check: bool = True) -> str:
        """Run dbt as a user does, in a process of its own; its output. Raises when it fails and `check` is set."""
        parsed = (
            PARSED
            / f"{hashlib.md5(f'{self.project} {json.dumps(variables, default=repr)}'.encode()).hexdigest()}.msgpack"
        )
        known = ("--partial-parse-file-path", str(parsed)) if parsed.exists() else ()
        done = run_dbt(["--no-use-colors", *arguments, *self.told(variables), *known], self.environment, self.folder)
        if check and done.returncode:
            raise AssertionError(f"dbt {' '.join(arguments)} failed:\n{done.stdout[-8000:]}")
        written = self.folder / "target" / "partial_parse.msgpack"  # when there was something to parse
        if written.exists():
            PARSED.mkdir(parents=True, exist_ok=True)
            shutil.move(written, parsed.with_suffix(f".{os.getpid()}")).replace(parsed)
        return done.stdout

    def told(self, variables: dict[str, object] | None = None) -> tuple[str, ...]:
        """The options of each dbt command."""
        return (
            *("--vars", yaml.safe_dump({"landing_root": "landing", **(variables or {})}, default_flow_style=True)),
            *("--project-dir", str(self.project), "--profiles-dir", "."),
            *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
        )

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with connect(self.path) as connection:
            return connection.execute(sql).fetchall()
