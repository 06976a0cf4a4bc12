"""``email-events export``: the marts as Parquet files, for readers that stay open while dbt builds."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import click
import duckdb

from dashboards.marts import MartsError, open_marts
from ingestion.errors import ConfigurationProblem, ServiceProblem, UsageProblem

# What is exported of the schemas of the marts, and the mart that has addresses.
MART = re.compile(r"(fct|dim)_\w+|ingestion_ledger|arrival_lag_hourly|schema_drift")
RESTRICTED = frozenset({"dim_recipients"})


@click.command()
@click.argument("folder")
@click.option("--target", metavar="NAME", help="Target of profiles.yml; the profile's default unless given.")
@click.option(
    "--mart",
    "named",
    multiple=True,
    metavar="NAME",
    help="Write this mart alone; may be repeated. dim_recipients, which has addresses, is written only if named.",
)
def export(folder: str, target: str | None, named: tuple[str, ...]) -> None:
    """Write each mart of a DuckDB warehouse to FOLDER/<mart>.parquet.

    All files are complete before the first one is replaced, so a reader never sees a part of one.

    \b
    email-events export exports/
    """
    if "://" in folder:
        raise UsageProblem(f"{folder}: export writes to a folder. Copy the files from there.")
    try:
        marts = open_marts(target)
        if not isinstance(marts.connection, duckdb.DuckDBPyConnection):
            raise UsageProblem(f"Target {marts.target_name} is a server: query its marts there. Export is for DuckDB.")
        tables = marts.frame(
            "select table_name, table_schema from information_schema.tables"
            " where table_schema in ('{schema}', '{restricted}')",
            restricted=marts.restricted_schema,
        )
    except MartsError as error:
        raise (ServiceProblem if error.status == ServiceProblem.status else ConfigurationProblem)(str(error)) from error
    schemas = dict(zip(tables["table_name"], tables["table_schema"], strict=True))
    found = sorted(name for name in schemas if MART.fullmatch(name))
    if not found:
        raise ConfigurationProblem(f"Target {marts.target_name} has no marts. Build them first: dbt build")
    if unknown := sorted(set(named) - set(found)):
        raise UsageProblem(f"There is no mart {', '.join(unknown)}. There are: {', '.join(found)}.")
    chosen = [name for name in found if (name in named if named else name not in RESTRICTED)]
    try:
        size = _write(marts.connection, {name: schemas[name] for name in chosen}, Path(folder))
    except (OSError, duckdb.Error) as error:
        raise ServiceProblem(f"{folder} cannot be written: {error}") from error
    click.echo(f"Wrote {len(chosen)} marts to {folder} ({size / 1e6:.1f} MB).")


def _write(connection: Any, schemas: dict[str, str], folder: Path) -> int:
    """Write one file per mart, all of them beside their places first. ``schemas`` has the schema of each mart.

    Returns the files' bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as unfinished:
        written = [Path(unfinished) / f"{name}.parquet" for name in schemas]
        for (name, schema), path in zip(schemas.items(), written, strict=True):
            place = str(path).replace("'", "''")
            connection.execute(f'copy (select * from "{schema}"."{name}") to \'{place}\' (format parquet)')
        size = sum(path.stat().st_size for path in written)
        for path in written:
            if path.stem in RESTRICTED:
                path.chmod(0o600)
            path.replace(folder / path.name)
    return size
