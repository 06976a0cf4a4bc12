"""DuckDB over a landing zone in S3: the target `duckdb_s3`."""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote
from urllib.request import Request, urlopen

import boto3
import pytest
from dbt_warehouse import Warehouse
from moto.server import ThreadedMotoServer

MESSAGES = 7


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket on a server of this machine; its name."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("s3").create_bucket(Bucket="example-bucket")
    yield "example-bucket"
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    server.stop()


def sent(number: int) -> str:
    mail = {"timestamp": "2026-11-24T12:00:00.000Z", "messageId": f"m-{number}", "destination": ["ada@example.com"]}
    return json.dumps({"eventType": "Send", "mail": mail, "send": {}})


def test_dbt_reads_a_landing_zone_in_s3(s3: str, tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    lines = "\n".join(sent(number) for number in range(MESSAGES))
    key = "la[n]ding*/events/dt=2026-11-24/hour=12/firehose-0000.json.gz"
    boto3.client("s3").put_object(Bucket=s3, Key=key, Body=gzip.compress(lines.encode()))

    built = warehouse(tmp_path)
    variables: dict[str, object] = {"landing_root": f"s3://{s3}/la[n]ding*"}
    built.dbt("run", "--target", "duckdb_s3", "--select", "+stg_ses__mail_events", variables=variables)
    assert built.query("select count(*) from stg_ses__mail_events") == [(MESSAGES,)]


def put(bucket: str, day: str, number: int) -> None:
    """An object of one event, in the first hour of the day, and its manifest."""
    partition = f"dt={day}/hour=00"
    key = f"events/{partition}/{number}.json.gz"
    client = boto3.client("s3")
    client.put_object(Bucket=bucket, Key=f"landing/{key}", Body=gzip.compress(sent(number).encode()))
    counts = {"key": key, "read": 1, "landed": 1, "landed_by_source": {"ses_event": 1}, "quarantined": 0, "control": 0}
    manifest = {"arrived_at": f"{day}T00:00:00Z", "transport": "s3", "objects": [counts]}
    client.put_object(Bucket=bucket, Key=f"landing/manifests/{partition}/{number}.json", Body=json.dumps(manifest))


def test_a_second_run_lists_the_look_back_and_nothing_older(
    s3: str, tmp_path: Path, warehouse: Callable[[Path], Warehouse], caplog: pytest.LogCaptureFixture
) -> None:
    def run() -> None:
        selected = ("--select", "+ingestion_ledger")
        built.dbt("run", "--target", "duckdb_s3", *selected, variables={"landing_root": f"s3://{s3}/landing"})

    today = datetime.now(UTC)
    put(s3, "2016-02-29", 0)
    put(s3, f"{today - timedelta(days=1):%Y-%m-%d}", 1)
    built = warehouse(tmp_path)
    built.dbt("seed")
    run()
    put(s3, f"{today:%Y-%m-%d}", 2)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        run()

    listed = [unquote(prefix) for prefix in re.findall(r"list-type=2&prefix=([^& ]+)", caplog.text)]
    assert {prefix.split("/")[1] for prefix in listed} == {"events", "manifests"}
    old = ["landing/events/dt=2016-02-29/hour=00/0.json.gz", "landing/manifests/dt=2016-02-29/hour=00/0.json"]
    assert [prefix for prefix in listed if any(key.startswith(prefix) for key in old)] == []
    assert "dt%3D2016" not in caplog.text
    assert built.query("select sum(landed), sum(read_records) from ingestion_ledger") == [(3, 3)]


def test_without_credentials_the_message_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    said = warehouse(tmp_path).dbt("seed", "--target", "duckdb_s3", check=False)
    assert "No AWS credentials for the landing zone" in said
    assert "Traceback" not in said
