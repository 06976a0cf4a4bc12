"""What dbt says to a user on the first run, and on a run with another landing zone."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt_warehouse import REPOSITORY, Warehouse

MARTS = {path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql")}
TABLES = "select table_name from information_schema.tables where table_schema = '{}'"


def test_a_run_without_reference_data_names_the_command_before_any_model_runs(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    said = built.dbt("run", check=False)
    assert (
        "These seeds are not in the warehouse, so no model was run: documented_fields, mailbox_providers, tenants."
        in said
    )
    assert "`dbt seed`" in said
    assert " START sql " not in said
    assert "Traceback" not in said

    # neither is read by these
    built.dbt("run", "--select", "landing_objects")
    built.dbt("seed")
    built.dbt("run")

    assert {name for (name,) in built.query(TABLES.format("main"))} == MARTS - {"dim_recipients"}
    assert built.query(TABLES.format("main_restricted")) == [("dim_recipients",)]
    staging = {name for (name,) in built.query(TABLES.format("main_staging"))}
    assert {"model_watermarks", "mailbox_providers", "landing_records", "stg_ses__mail_events"} < staging
    undescribed = (
        "select * from {}() where schema_name in ('main', 'main_restricted') and not internal and comment is null"
    )
    assert built.query(undescribed.format("duckdb_tables")) == []
    assert built.query(undescribed.format("duckdb_views")) == []
    assert built.query(undescribed.format("duckdb_columns")) == []


def test_the_environment_names_the_schemas_of_restricted_marts_and_staging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_EVENTS_STAGING_SCHEMA", "internal")
    monkeypatch.setenv("EMAIL_EVENTS_RESTRICTED_SCHEMA", "personal")
    built = Warehouse(tmp_path, tmp_path / "landing")
    built.dbt("run", "--select", "landing_objects")
    assert {name for (name,) in built.query(TABLES.format("main_internal"))} == {"landing_objects", "model_watermarks"}
    listed = built.dbt("ls", "--select", "dim_recipients", "--output", "json", "--output-keys", "schema", "database")
    assert '"schema": "main_personal"' in listed
