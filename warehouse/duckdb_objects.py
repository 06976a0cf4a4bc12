"""Lets DuckDB ask whether landed objects can be read: a plugin for dbt-duckdb, named by each DuckDB target.

One damaged object fails the whole statement that reads it, or is read in part without an error. The function
`object_damages` opens objects before DuckDB does, and `landing_objects` leaves the damaged ones out: those that cannot
be read, and those whose number of lines differs from their manifest's.

Source: dbt-duckdb, "Writing Your Own Plugins"; DuckDB, "Python Function API" (read 2026-12-01).
"""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from ingestion.landing.damage import inspected


class Plugin(BasePlugin):
    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        found = "STRUCT(damage VARCHAR, lines BIGINT)[]"
        conn.create_function("object_damages", inspected, ["VARCHAR[]"], found, side_effects=True)
