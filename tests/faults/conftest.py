"""A command line for each test, and an emulated S3 behind a proxy that fails as the test asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from command_line import Cli
from faulty_s3 import FaultyS3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
# boto3 has no setting in the environment for how long it waits
IMPATIENT = "import botocore.endpoint, botocore.config\nbotocore.config.Config.OPTION_DEFAULTS['read_timeout'] = 1\n"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cli(tmp_path: Path, s3_endpoint: str) -> Cli:
    """Speaks to the emulated S3 without faults."""
    cli = Cli(tmp_path)
    cli.write("site/sitecustomize.py", IMPATIENT)
    cli.environment |= {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }
    return cli


@pytest.fixture
def bucket(s3_endpoint: str, request: pytest.FixtureRequest) -> str:
    name = f"zone-{abs(hash(request.node.nodeid)):x}"
    client(s3_endpoint).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture
def faulty(s3_endpoint: str) -> Iterator[FaultyS3]:
    proxy = FaultyS3(s3_endpoint)
    yield proxy
    proxy.close()


def client(endpoint: str):  # type: ignore[no-untyped-def]  # boto3 has no types
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )
