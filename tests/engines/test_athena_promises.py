"""The promises of the engine macros (tests/dbt/engine/), held on the Athena harness."""

from __future__ import annotations

import gzip

import pytest
from athena.athena_project import AthenaProject
from athena.server import AthenaServer
from engine_promises import EMPTY_ZONE, LANDING, PROMISES, assert_kept, name_of, rendered
from promises import Promise
from promises_landing import write_zone

pytestmark = pytest.mark.xdist_group("athena")


@pytest.fixture(scope="module")
def project(athena: AthenaServer, tmp_path_factory: pytest.TempPathFactory) -> AthenaProject:
    folder = tmp_path_factory.mktemp("promises")
    write_zone(folder / "zone")
    # Athena cannot list objects without opening them, so there is none here that nobody can read
    for path in (folder / "zone").rglob("b-0002.json.gz"):
        path.write_bytes(gzip.compress(b"{}"))
    project = AthenaProject(athena, folder / "project", "promises")
    project.arrive(folder / "zone")
    project.stage_landing("2026-11-22", "2026-11-25")
    return project


@pytest.fixture(scope="module")
def empty(athena: AthenaServer, tmp_path_factory: pytest.TempPathFactory) -> AthenaProject:
    project = AthenaProject(athena, tmp_path_factory.mktemp("empty"), "promises_empty")
    project.stage_landing("2026-11-22", "2026-11-25")
    return project


@pytest.fixture(scope="module")
def sql(project: AthenaProject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(
        tmp_path_factory.mktemp("rendered"), "athena", [*PROMISES, *LANDING], {"EMAIL_EVENTS_SCHEMA": project.schema}
    )


@pytest.fixture(scope="module")
def sql_empty(empty: AthenaProject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(tmp_path_factory.mktemp("rendered"), "athena", EMPTY_ZONE, {"EMAIL_EVENTS_SCHEMA": empty.schema})


# In a statement of its own, over 150 domains, the encoder has more stages than Trino allows (150). On Athena the model
# int_domains_encoded is its proof, in the parity tests.
KEPT = [promise for promise in PROMISES if not promise.name.startswith("encoded_domains")]


@pytest.mark.parametrize("promise", [*KEPT, *LANDING], ids=name_of)
def test_athena_keeps_the_promise(promise: Promise, sql: dict[str, str], project: AthenaProject) -> None:
    assert_kept(promise, project.rows(sql[promise.name]))


@pytest.mark.parametrize("promise", EMPTY_ZONE, ids=name_of)
def test_an_empty_landing_zone_is_no_error(promise: Promise, sql_empty: dict[str, str], empty: AthenaProject) -> None:
    assert_kept(promise, empty.rows(sql_empty[promise.name]))
