"""Two warehouses of the same landed lines, held against each other row by row."""

from __future__ import annotations

from pathlib import Path

import duckdb
from dbt_warehouse import connect

# When a run read or wrote a row. They differ between any two builds.
OF_THE_RUN = {"seen_at", "recorded_at", "staged_at", "counted_at", "restated_at", "built_at"}
# Which of several equal copies is the first one staged: of that an increment knows less.
OF_ARRIVAL = {"landed_at", "landed_object"}
# Tables of which the documentation says that they depend on the order of arrival, and what of them must not.
LEDGER = {"staged", "repeats", "arrival_lag_p50_seconds", "arrival_lag_p90_seconds", "arrival_lag_p99_seconds"}
LEFT_OUT = {
    "arrival_lag_hourly",  # of the first copy that was staged
    "int_event_days_paired",  # has the days that an event had before as well: it may have more than a full build
    "int_landed_lines_counted",  # a row per run; ingestion_ledger sums it
    "int_payload_fields_counted",  # a row per run; schema_drift sums it
    "model_watermarks",
}


def relations(path: Path) -> dict[str, list[str]]:
    """Every table and view below the landing layer, with the columns that are compared."""
    with connect(path) as connection:
        rows = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema in ('main', 'main_restricted', 'main_staging') order by ordinal_position"
        ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in rows:
        if table.startswith(("landing_", "stg_")) or table in LEFT_OUT or column in OF_THE_RUN | OF_ARRIVAL:
            continue
        if table == "ingestion_ledger" and column in LEDGER:
            continue
        found.setdefault(table, []).append(column)
    return found


def differences(one: Path, other: Path, limit: int = 5) -> dict[str, list[dict[str, object]]]:
    """Of each relation the rows, as many as the limit, that one warehouse has (`in`) and the other has not."""
    found: dict[str, list[dict[str, object]]] = {}
    columns_of = relations(one)
    assert columns_of == relations(other), "the warehouses have different columns"
    held = one.with_name("held.duckdb")
    held.unlink(missing_ok=True)
    for schema, path in (("first", one), ("second", other)):
        with connect(path, read_only=False) as connection:
            connection.execute(f"attach '{held}' as held")
            connection.execute(f"create schema held.{schema}")
            for table, columns in columns_of.items():
                names = ", ".join(f'"{column}"' for column in columns)
                connection.execute(f"create table held.{schema}.{table} as select {names} from {table}")
    with duckdb.connect(str(held)) as connection:
        for table, columns in columns_of.items():
            for side, that in (("first", "second"), ("second", "first")):
                result = connection.execute(
                    f"select * from (select * from {side}.{table} except all select * from {that}.{table})"
                    f" order by all limit {limit}"
                )
                rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
                if rows:
                    found.setdefault(table, []).extend({"in": side, **row} for row in rows)
    return found
