"""Marts of two builds held against each other: every row, every column, types included.

The marts, their columns and their keys come from dbt's manifest, so a new mart is compared without anyone remembering.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

Value = str | int | float | bool | date | datetime | None
Row = tuple[Value, ...]

# What a contract's types are in Python.
PYTHON_TYPES: dict[str, type] = {
    "string": str,
    "bigint": int,
    "double": float,
    "boolean": bool,
    "timestamp": datetime,
    "date": date,
}

# When a row was written is no part of what it says, nor is how an engine names the place of an object.
NOT_COMPARED = ("built_at", "restated_at", "recorded_at", "staged_at", "rejected_at", "landed_object")


@dataclass(frozen=True)
class Mart:
    """`columns` are names and types of the contract; `key` is the column that its test calls unique."""

    name: str
    key: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Build:
    """`name` stands in messages; `rows` runs SQL in the schema of the marts."""

    name: str
    rows: Callable[[str], list[Row]]


def marts(manifest: Path) -> list[Mart]:
    """The models below models/marts/ that dbt's manifest knows."""
    nodes = json.loads(manifest.read_text())["nodes"].values()
    keys = {
        node["attached_node"]: node["column_name"]
        for node in nodes
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") == "unique"
    }
    return [
        Mart(
            node["name"],
            keys[node["unique_id"]],
            {name: column["data_type"] for name, column in node["columns"].items() if name not in NOT_COMPARED},
        )
        for node in sorted(nodes, key=lambda node: node["name"])
        if node["resource_type"] == "model" and node["original_file_path"].startswith("models/marts/")
    ]


def landed_lines(model: str, duckdb: Build) -> Mart:
    """A model that reads landed lines, as a mart whose columns are those that are no JSON. A row of it is an event and
    the day it was sent, or a line that is no event.
    """
    types = {"VARCHAR": "string", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date"}
    described = {str(name): str(kind) for name, kind, *_ in duckdb.rows(f"describe {model}")}
    columns = {name: types.get(kind, kind.lower()) for name, kind in described.items() if kind != "JSON"}
    key = "source || event_id || cast(sent_date as varchar(10))"
    if "line" in columns:
        # what is no event may well be said twice in an object
        number = "cast(row_number() over (partition by landed_object, line order by line) as varchar(10))"
        key = f"substr(landed_object, strpos(landed_object, '/events/dt=')) || line || {number}"
    return Mart(model, key, {name: kind for name, kind in columns.items() if name not in NOT_COMPARED})


def differences(mart: Mart, left: Build, right: Build) -> list[str]:
    """One line for each row or value that the builds do not have alike: mart, key, column and both values."""
    ours, theirs = _by_key(mart, left), _by_key(mart, right)
    found = [f"{mart.name} {key}: only {left.name} has this row" for key in ours.keys() - theirs.keys()]
    found += [f"{mart.name} {key}: only {right.name} has this row" for key in theirs.keys() - ours.keys()]
    for key in sorted(ours.keys() & theirs.keys(), key=repr):
        for column, kind, our, their in zip(mart.columns, mart.columns.values(), ours[key], theirs[key], strict=True):
            if not _same(our, their):
                found.append(f"{mart.name} {key} {column}: {left.name} {our!r}, {right.name} {their!r}")
            for build, value in ((left, our), (right, their)):
                if value is not None and type(value) is not PYTHON_TYPES[kind]:
                    found.append(f"{mart.name} {key} {column}: {build.name} {value!r} is no {kind}")
    return found


def _by_key(mart: Mart, build: Build) -> dict[Value, Row]:
    rows = build.rows(f"select {mart.key}, {', '.join(mart.columns)} from {mart.name}")
    by_key = {row[0]: tuple(row[1:]) for row in rows}
    assert len(by_key) == len(rows), f"{mart.name} on {build.name}: {mart.key} is not unique"
    return by_key


def _same(our: Value, their: Value) -> bool:
    if isinstance(our, float) and isinstance(their, float):
        # sums and quotients of doubles are taken in another order on another engine
        return math.isclose(our, their, rel_tol=1e-12)
    return our == their
