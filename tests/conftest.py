"""A command line for each test, and an emulated AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Cli
from emulated_aws import KEYS, SqsQueue, make_bucket, served


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    with served() as endpoint:
        yield endpoint


@pytest.fixture
def own_name(request: pytest.FixtureRequest) -> str:
    """What the test's bucket and queue are called."""
    return f"mail-{abs(hash(request.node.nodeid)):x}"


@pytest.fixture
def s3(cli: Cli, aws_endpoint: str, own_name: str) -> str:
    """A place in an empty bucket; `cli` has the credentials to it."""
    cli.environment |= {**KEYS, "AWS_ENDPOINT_URL": aws_endpoint}
    make_bucket(aws_endpoint, own_name)
    return f"s3://{own_name}/mail/landing"


@pytest.fixture
def queue(s3: str, aws_endpoint: str, own_name: str) -> SqsQueue:
    """An empty queue; `cli` has the credentials to it."""
    return SqsQueue(aws_endpoint, own_name)
