"""The promises of the engine macros (tests/dbt/engine/), held on the emulated Redshift."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from engine_promises import EMPTY_ZONE, LANDING, PROMISES, assert_kept, name_of, rendered
from promises import Promise
from promises_landing import write_zone
from redshift.redshift_project import RedshiftProject
from redshift.server import Redshift
from s3 import S3

pytestmark = pytest.mark.xdist_group("redshift")


@pytest.fixture(scope="module")
def project(redshift: Redshift, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> RedshiftProject:
    folder = tmp_path_factory.mktemp("promises")
    write_zone(folder / "zone")
    # every object is opened when it is copied, so there is none here that nobody can read
    for path in (folder / "zone").rglob("b-0002.json.gz"):
        path.write_bytes(gzip.compress(b"{}"))
    project = RedshiftProject(redshift, s3, folder / "project", "promises")
    project.stage_landing()
    project.arrive(folder / "zone")
    return project


@pytest.fixture(scope="module")
def empty(redshift: Redshift, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> RedshiftProject:
    project = RedshiftProject(redshift, s3, tmp_path_factory.mktemp("empty"), "promises_empty")
    project.stage_landing()
    return project


@pytest.fixture(scope="module")
def sql(project: RedshiftProject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = {"EMAIL_EVENTS_SCHEMA": project.schema}
    return rendered(tmp_path_factory.mktemp("rendered"), "redshift", [*PROMISES, *LANDING], settings)


@pytest.fixture(scope="module")
def sql_empty(empty: RedshiftProject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = {"EMAIL_EVENTS_SCHEMA": empty.schema}
    return rendered(tmp_path_factory.mktemp("rendered"), "redshift", EMPTY_ZONE, settings)


@pytest.mark.parametrize("promise", [*PROMISES, *LANDING], ids=name_of)
def test_redshift_keeps_the_promise(promise: Promise, sql: dict[str, str], project: RedshiftProject) -> None:
    assert_kept(promise, project.rows(sql[promise.name]))


@pytest.mark.parametrize("promise", EMPTY_ZONE, ids=name_of)
def test_an_empty_landing_zone_is_no_error(promise: Promise, sql_empty: dict[str, str], empty: RedshiftProject) -> None:
    assert_kept(promise, empty.rows(sql_empty[promise.name]))


def test_where_json_keys_are_folded_nothing_is_built_and_the_way_out_is_told(
    redshift: Redshift, s3: S3, tmp_path: Path
) -> None:
    project = RedshiftProject(redshift, s3, tmp_path, "folded")
    project.environment["REDSHIFT_USER"] = "administrator"  # for whom nobody has altered it
    done = project.dbt_process("run")
    assert done.returncode
    assert "ALTER USER administrator SET enable_case_sensitive_identifier TO true" in done.stdout, done.stdout
    assert " OK created " not in done.stdout


def test_maintain_keeps_the_last_watermark_of_each_model_and_vacuums(
    project: RedshiftProject, redshift: Redshift
) -> None:
    watermarks = f"{project.schema}_staging.model_watermarks"
    with redshift.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"create table {watermarks} (model_name varchar(64), done_through timestamp, written_at timestamp)"
        )
        cursor.execute(f"""
            insert into {watermarks} values
                ('fct_messages', '2026-11-24 12:00', '2026-11-24 13:00'),
                ('fct_messages', '2026-11-24 13:00', '2026-11-24 14:00')
        """)
    told = project.dbt("run-operation", "maintain")
    assert f"vacuum {watermarks}" in told
    assert project.rows("select model_name, extract(hour from written_at) from model_watermarks") == [
        ("fct_messages", 14)
    ]
