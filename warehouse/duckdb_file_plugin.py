"""Lets `dbt` report a DuckDB file that it cannot open in one sentence: a plugin for dbt-duckdb, named by the profile.

dbt-duckdb turns a RuntimeError of a plugin into a connection error; DuckDB's own errors pass through it as tracebacks.
So the plugin opens the file once before dbt-duckdb does.

Source: dbt-duckdb 1.11, `DuckDBConnectionManager.open` and `Environment.initialize_db` (read 2026-12-01).
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

from warehouse.duckdb_file import open_file


class Plugin(BasePlugin):
    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Called just before dbt-duckdb opens the file.

        Raises:
            FileProblem: The file cannot be opened.
        """
        open_file(creds.path, read_only=False).close()
