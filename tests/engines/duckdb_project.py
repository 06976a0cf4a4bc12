"""The dbt project on DuckDB, from a landing zone in a folder: what the other engines are compared with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from dbt_warehouse import connect
from project import Project


class DuckDbProject(Project):
    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(target="duckdb", folder=folder, landing_root=str(folder / "landing"), schema=name)

    def arrive(self, zone: Path) -> None:
        """The objects of the landing zone `zone` are landed."""
        shutil.copytree(zone, self.landing_root, dirs_exist_ok=True)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with connect(self.folder / "warehouse.duckdb") as connection:
            return connection.execute(sql).fetchall()
