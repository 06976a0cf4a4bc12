"""Lets `dbt` report a DuckDB file that it cannot open in one sentence: a plugin for dbt-duckdb, named by the profile.

dbt-duckdb turns a RuntimeError of a plugin into a connection error; DuckDB's own errors pass through it as tracebacks.
So the plugin opens the file once before dbt-duckdb does.

Source: dbt-duckdb 1.11, `DuckDBConnectionManager.open` and `Environment.initialize_db` (read 2026-12-01).
"""

from __future__ import annotations

from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

from warehouse.duckdb_file import FileProblem, open_file


class Plugin(BasePlugin):
    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Called just before dbt-duckdb opens the file.

        Raises:
            FileProblem: The file cannot be opened.
        """
        with open_file(creds.path, read_only=False) as connection:
            limit = (creds.settings or {}).get("memory_limit")
            if limit is None:
                return
            try:
                connection.execute("set memory_limit = ?", [limit])
            except duckdb.Error as error:
                raise FileProblem(
                    f"The limit of memory is '{limit}'. Set EMAIL_EVENTS_DUCKDB_MEMORY to one like 6GB."
                ) from error
