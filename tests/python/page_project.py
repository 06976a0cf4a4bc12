"""A landing zone, its warehouse and the pages drawn of it, each as a user makes it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dbt_warehouse import REPOSITORY, Warehouse


@dataclass
class Project:
    """A landing zone and its warehouse, in a folder."""

    folder: Path
    warehouse: Warehouse = field(init=False)

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(self.folder, self.folder / "landing")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        here = {"DBT_PROFILES_DIR": str(self.folder), "EMAIL_EVENTS_DUCKDB": str(self.warehouse.path)}
        return subprocess.run(
            [sys.executable, *command], cwd=REPOSITORY, env={**os.environ, **here}, capture_output=True, text=True
        )

    def land(self, lines: list[str]) -> None:
        (self.folder / "inbox.ndjson").write_text("\n".join(lines) + "\n")
        done = self.run(
            *("-m", "ingestion.cli", "land", str(self.folder / "inbox.ndjson"), "--to", str(self.folder / "landing"))
        )
        assert done.returncode == 0, done.stderr

    def draw(self, name: str, *options: str) -> Path:
        path = self.folder / name
        done = self.run("-m", "dashboards", "--to", str(path), *options)
        assert done.returncode == 0, done.stderr
        return path
