"""A queue whose reader is killed gives the same facts as a file with the same events, and a ledger that adds up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("queue")

COMMAND = str(Path(sys.executable).with_name("email-events"))
EVENTS = Path(__file__).parents[1] / "events"

# Death before the nth file is opened in the zone, or before messages are deleted.
DIE = """
import os, signal, sys
left = int(os.environ.get("DIE_AT", "0"))
def hook(event, args):
    global left
    if event == "open":
        counts = os.path.abspath(str(args[0])).startswith(os.path.abspath("zone")) and (args[2] or 0) & 3
    else:
        counts = event == "http.client.send" and b"DeleteMessage" in bytes(args[1])
    if counts:
        left -= 1
        left or os.kill(os.getpid(), signal.SIGKILL)
if left:
    sys.addaudithook(hook)
"""


def bodies() -> list[str]:
    """Our own events of sent mail, one wrapped by SNS, something broken, and each of it told twice."""
    files = [
        *sorted(EVENTS.glob("ses_event_*.json")),
        *EVENTS.glob("envelope_sns.json"),
        *EVENTS.glob("malformed_mail_*"),
    ]
    return [file.read_text(encoding="utf-8") for file in files] * 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds `zone`, which a queue filled with interruptions, and `clean`, which a file filled."""
    (tmp_path / "inbox").mkdir()
    for number, body in enumerate(bodies()):
        (tmp_path / "inbox" / f"{number:03d}.json").write_text(body, encoding="utf-8")
    subprocess.run([COMMAND, "land", "inbox", "--to", "clean"], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(DIE)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings: dict[str, str] = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    sqs: Any = boto3.client(
        "sqs",
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    url = sqs.create_queue(QueueName="mail")["QueueUrl"]
    for body in bodies():
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def poll(die_at: int) -> int:
        return subprocess.run(
            [COMMAND, "poll", "--queue", url, "--to", "zone", "--until-empty", "--every", "1", "--hide", "2"],
            cwd=tmp_path,
            env=os.environ | settings | {"PYTHONPATH": str(tmp_path / "site"), "DIE_AT": str(die_at)},
            capture_output=True,
        ).returncode

    before_the_manifest, before_the_deletion = 4, 5  # behind a mark and two objects
    for moment in (before_the_manifest, before_the_deletion):
        assert poll(moment) == -signal.SIGKILL
        time.sleep(2.1)
    assert poll(0) == 0
    server.stop()
    return tmp_path


def test_a_killed_reader_of_a_queue_changes_no_fact_and_the_ledger_adds_up(
    folder: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    queued, clean = warehouse(folder / "zone"), warehouse(folder / "clean")
    for each in (queued, clean):
        each.dbt("run", "--select", "+fct_recipient_events", "+ingestion_ledger")
    for told in (
        "select distinct event_id from stg_ses__events order by 1",
        "select recipient_event_id, event_type, occurred_at, recipient_key from fct_recipient_events order by 1",
    ):
        assert queued.query(told) == clean.query(told)
        assert queued.query(told)
    states = dict(queued.query("select balance, count(*) from ingestion_ledger group by 1"))
    # one object that no manifest tells of: its writer was killed, and it is removed after six hours
    assert set(states) == {"balanced", "no_manifest"}
    transports = queued.query("select distinct transport from ingestion_ledger where balance = 'balanced'")
    assert transports == [("sqs",)]
    manifests = [json.loads(path.read_text()) for path in (folder / "zone" / "manifests").rglob("*.json")]
    for manifest in manifests:
        for entry in manifest["inputs"]:
            counts = [entry.get(name, 0) for name in ("landed", "quarantined", "control")]
            assert entry["read"] == sum(counts)
