"""Marts of two warehouses held against each other, row for row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dbt_warehouse import REPOSITORY, Warehouse, connect

MARTS = sorted(path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql"))

# What arrived, how often and when: of an event that is told twice that is something else, and no other mart says it.
OF_ARRIVAL = ("ingestion_ledger", "arrival_lag_hourly")

# When a row was written is no part of what it says; which of two copies came first is not either.
NOT_COMPARED = {"restated_at", "built_at"}
LEDGER_NOT_COMPARED = {
    "staged",
    "repeats",
    "arrival_lag_p50_seconds",
    "arrival_lag_p90_seconds",
    "arrival_lag_p99_seconds",
}


def mart_rows(warehouse: Warehouse, mart: str) -> Counter[tuple[object, ...]]:
    with connect(warehouse.path) as connection:
        columns = [row[0] for row in connection.execute(f"describe {mart}").fetchall()]
        left_out = NOT_COMPARED | (LEDGER_NOT_COMPARED if mart == "ingestion_ledger" else set())
        kept = [column for column in columns if column not in left_out]
        if mart == "ingestion_ledger":
            kept.append("staged + repeats")
        return Counter(connection.execute(f"select {', '.join(kept)} from {mart}").fetchall())


def assert_same_marts(one: Warehouse, other: Warehouse, but_for: Iterable[str] = ("arrival_lag_hourly",)) -> None:
    """No mart is empty, and none differs. `arrival_lag_hourly` says when the staged copy of an event arrived, which is
    the first that was seen.
    """
    for mart in MARTS:
        if mart in but_for:
            continue
        ours, theirs = mart_rows(one, mart), mart_rows(other, mart)
        assert theirs, f"{mart} is empty: nothing is compared"
        extra, missing = ours - theirs, theirs - ours
        differences = f"{mart}: only in the first {list(extra)[:3]}, only in the second {list(missing)[:3]}"
        assert ours == theirs, differences
