"""A plugin of dbt-duckdb: every connection writes what its statements read into a folder of its own (increment.py)."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    def configure_connection(self, conn: Any) -> None:
        folder = Path(os.environ["EMAIL_EVENTS_DUCKDB_LOG"]) / str(time.time_ns())
        folder.mkdir(parents=True)
        conn.execute(f"call enable_logging(['Metrics', 'FileSystem'], storage = 'file', storage_path = '{folder}')")

    def configure_cursor(self, cursor: Any) -> None:
        # the profile's attached database, for names without one
        cursor.execute("use small")
        # settings of one connection, as each cursor is
        cursor.execute("set enable_profiling = 'no_output'")
        cursor.execute("set profiling_coverage = 'ALL'")
