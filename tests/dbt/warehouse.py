"""The dbt project on DuckDB, in a folder of its own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dbt_process import run_dbt

REPOSITORY = Path(__file__).parents[2]


@dataclass
class Warehouse:
    """A DuckDB file, the landing zone it is built from, and dbt's own files beside it."""

    folder: Path
    landing_root: Path

    @property
    def path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """Unit tests need no warehouse of ours: tests/dbt/test_rules.py runs them once, and no build does."""
        exclude = {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"}
        return {**exclude, **os.environ, "EMAIL_EVENTS_DUCKDB": str(self.path), "DO_NOT_TRACK": "1"}

    def dbt(self, *arguments: str, variables: dict[str, object] | None = None, check: bool = True) -> str:
        """Run dbt as a user does, in a process of its own; its output. Raises when it fails and `check` is set."""
        done = run_dbt(
            [
                *("--no-use-colors", *arguments),
                *("--vars", json.dumps({"landing_root": str(self.landing_root), **(variables or {})})),
                *("--project-dir", str(REPOSITORY), "--profiles-dir", str(self._profiles())),
                *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
            ],
            self.environment,
        )
        if check and done.returncode:
            raise AssertionError(f"dbt {' '.join(arguments)} failed:\n{done.stdout[-8000:]}")
        return done.stdout

    def _profiles(self) -> Path:
        profiles = self.folder / "profiles" / "profiles.yml"
        if not profiles.exists():
            profiles.parent.mkdir(parents=True)
            profiles.write_text((REPOSITORY / "profiles.yml.example").read_text())
        return profiles.parent

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()
