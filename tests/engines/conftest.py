"""The emulated services, started once per test process that asks for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from athena.server import AthenaServer
from redshift.server import Redshift, missing
from s3 import S3

# what tests/dbt makes for tests of its own: streams that arrive, promises of the engine macros
sys.path += [str(Path(__file__).parents[1] / "dbt"), str(Path(__file__).parents[1] / "dbt" / "engine")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    # not in the fixture: pytest tells what is skipped by one place in one line
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    if "athena" in (*item.fixturenames, *parameters) and not os.environ.get("EMAIL_EVENTS_TRINO"):
        pytest.skip("the Athena target needs a real Trino: run `make test-trino`")


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with S3() as running:
        yield running


@pytest.fixture(scope="session")
def redshift(s3: S3) -> Iterator[Redshift]:
    wanted = missing()
    if wanted and not os.environ.get("EMAIL_EVENTS_NOTHING_SKIPPED"):
        pytest.skip(wanted)
    assert not wanted, wanted
    with Redshift(s3.client()) as running:
        yield running


@pytest.fixture(scope="session")
def athena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AthenaServer]:
    running = AthenaServer(tmp_path_factory.mktemp("athena"))
    yield running
    running.stop()
