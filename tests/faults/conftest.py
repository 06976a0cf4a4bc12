"""A proxy before the emulated AWS that fails as the test asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from command_line import Cli
from faulty_aws import IMPATIENT, FaultyAws


@pytest.fixture
def bucket(s3: str) -> str:
    return s3.split("/")[2]


@pytest.fixture
def faulty(cli: Cli, aws_endpoint: str) -> Iterator[FaultyAws]:
    cli.write("site/sitecustomize.py", IMPATIENT)
    proxy = FaultyAws(aws_endpoint)
    yield proxy
    proxy.close()
