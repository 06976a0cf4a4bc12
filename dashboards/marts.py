"""Where the marts are: the one module that knows. Reads the dbt profile's target and opens its warehouse.

DuckDB, Athena and Redshift all answer by Python's DB-API, so an engine is one function that connects, and no more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import yaml  # type: ignore[import-untyped]

from dashboards.foreign import fit

PROFILE = "email_events"  # `profile:` in dbt_project.yml

Target = Mapping[str, Any]


class MartsError(Exception):
    """The marts cannot be read. The message says what, where, and what next; ``status`` is the exit status."""

    def __init__(self, message: str, *, status: int = 3) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Marts:
    """An open warehouse. ``schema`` has the marts without addresses, and ``restricted_schema`` those with addresses."""

    target_name: str
    schema: str
    connection: Any  # a DB-API connection

    @property
    def restricted_schema(self) -> str:
        """As dbt_project.yml names it."""
        return f"{self.schema}_{os.environ.get('EMAIL_EVENTS_RESTRICTED_SCHEMA', 'restricted')}"

    def frame(self, sql: str, **words: object) -> pd.DataFrame:
        """The rows of one query, their texts fit for the page. ``{schema}`` in it is where the marts are; ``words`` are
        put in likewise.

        Raises:
            MartsError: The engine refuses the query (status 4).
        """
        fitting = cache(fit)
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql.format(schema=self.schema, **words))
            rows = [[fitting(value) if isinstance(value, str) else value for value in row] for row in cursor.fetchall()]
            return pd.DataFrame(rows, columns=[column[0].lower() for column in cursor.description])
        except Exception as error:  # each engine has its own
            raise MartsError(f"Reading the marts of target {self.target_name} failed: {error}", status=4) from error
        finally:
            cursor.close()

    def require(self, names: tuple[str, ...]) -> None:
        """Raises:
        MartsError: A mart of these names is not there (status 3).
        """
        found = self.frame("select table_name from information_schema.tables where table_schema = '{schema}'")
        missing = [name for name in names if name not in set(found["table_name"])]
        if missing:
            raise MartsError(
                f"Target {self.target_name} has no {', '.join(missing)} in schema {self.schema}.\n"
                f"Build the marts first: dbt build --target {self.target_name}"
            )


def open_marts(target_name: str | None = None) -> Marts:
    """Open the warehouse of a target of profiles.yml; without a name, of the profile's default target.

    Raises:
        MartsError: No profile, no such target, no warehouse, or it cannot be opened (status 3).
    """
    name, target = _read_target(target_name)
    engine = str(target.get("type"))
    if engine not in _CONNECT:
        raise MartsError(f"Target {name} is of type {engine}; the page reads {', '.join(_CONNECT)}.")
    try:
        connection = _CONNECT[engine](name, target)
    except ImportError as error:
        raise MartsError(
            f"Target {name} needs a package that is not installed ({error.name}): pip install {_PACKAGES[engine]}"
        ) from error
    except KeyError as error:
        raise MartsError(f"Target {name} in profiles.yml has no {error.args[0]}.") from error
    return Marts(name, str(target.get("schema", "main")), connection)


def _connect_duckdb(name: str, target: Target) -> Any:
    from warehouse.duckdb_file import FileProblem, open_file

    path = Path(target["path"])
    if not path.exists():
        raise MartsError(f"There is no warehouse at {path} (target {name}).\nBuild it: dbt build --target {name}")
    try:
        return open_file(str(path), read_only=True)
    except FileProblem as error:
        raise MartsError(str(error)) from error


def _connect_athena(name: str, target: Target) -> Any:
    from pyathena import connect

    return connect(
        region_name=target["region_name"],
        work_group=target.get("work_group"),
        s3_staging_dir=target.get("s3_staging_dir"),
        catalog_name=target.get("database", "awsdatacatalog"),
        schema_name=target["schema"],
        profile_name=target.get("aws_profile_name"),
    )


def _connect_redshift(name: str, target: Target) -> Any:
    import redshift_connector

    try:
        return redshift_connector.connect(
            host=target["host"],
            port=int(target.get("port", 5439)),
            database=target["dbname"],
            user=target["user"],
            password=target["password"],
            ssl=target.get("sslmode") != "disable",
            sslmode="verify-full" if target.get("sslmode") == "verify-full" else "verify-ca",  # as dbt-redshift has it
        )
    except redshift_connector.error.Error as error:
        raise MartsError(f"Redshift at {target['host']} (target {name}) lets nobody in: {error}") from error


_PACKAGES = {"duckdb": "dbt-duckdb", "athena": "pyathena", "redshift": "dbt-redshift"}
_CONNECT = {"duckdb": _connect_duckdb, "athena": _connect_athena, "redshift": _connect_redshift}


def _read_target(target_name: str | None) -> tuple[str, Target]:
    """The target's name and fields. Looks where dbt does, and renders the fields that are needed as dbt does."""
    path = _profiles_path()
    if not path.exists():
        raise MartsError(f"There is no {path}: `make setup` writes one, or copy profiles.yml.example to it.")
    try:
        profile = yaml.safe_load(path.read_text())[PROFILE]
        name = target_name or _rendered(profile.get("target", "default"))
        outputs = profile["outputs"]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise MartsError(f"{path} holds no profile {PROFILE} with outputs ({error}).") from error
    if name not in outputs:
        raise MartsError(f"{path} has no target {name} in profile {PROFILE}; it has: {', '.join(outputs)}.")
    return name, {field: _rendered(value) for field, value in outputs[name].items()}


def _profiles_path() -> Path:
    folder = os.environ.get("DBT_PROFILES_DIR")
    if folder:
        return Path(folder) / "profiles.yml"
    here = Path("profiles.yml")
    return here if here.exists() else Path.home() / ".dbt" / "profiles.yml"


def _rendered(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    jinja = jinja2.Environment(undefined=jinja2.StrictUndefined)
    jinja.globals["env_var"] = _env_var
    jinja.filters.update(as_number=str, as_native=str, as_bool=str, as_text=str)  # the functions above convert
    try:
        return jinja.from_string(value).render()
    except jinja2.TemplateError as error:
        raise MartsError(f"profiles.yml: cannot render {value}: {error}") from error


def _env_var(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise MartsError(f"profiles.yml wants the environment variable {name}, which is not set.")
    return value
