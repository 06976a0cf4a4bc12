"""Lets DuckDB ask whether landed objects can be read: a plugin for dbt-duckdb, named by each DuckDB target.

One damaged object fails the whole statement that reads it, or is read in part without an error. The function
`object_damages` opens objects before DuckDB does, and `landing_objects` leaves the damaged ones out.

Source: dbt-duckdb, "Writing Your Own Plugins"; DuckDB, "Python Function API" (read 2026-12-01).
"""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from ingestion.landing.damage import damages


class Plugin(BasePlugin):
    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        conn.create_function("object_damages", damages, ["VARCHAR[]"], "VARCHAR[]", side_effects=True)
