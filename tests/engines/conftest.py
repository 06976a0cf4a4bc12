"""The emulated engines, started once per test process that asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from redshift.server import Redshift, missing


@pytest.fixture(scope="session")
def redshift() -> Iterator[Redshift]:
    wanted = missing()
    if wanted and not os.environ.get("EMAIL_EVENTS_NOTHING_SKIPPED"):
        pytest.skip(wanted)
    assert not wanted, wanted
    with Redshift() as running:
        yield running
