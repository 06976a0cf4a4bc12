"""`email-events poll`: an SQS queue into a landing zone, over HTTP. Its faults: tests/faults/test_queue_faults.py."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest
from command_line import Cli, event, line
from emulated_aws import SqsQueue

pytestmark = pytest.mark.slow


def numbers(landed: list[dict[str, Any]]) -> list[int]:
    return sorted(int(entry["payload"]["mail"]["messageId"][9:16], 16) for entry in landed)


def poll(cli: Cli, queue: SqsQueue, to: str, *more: str) -> Any:
    finished = cli("poll", "--queue", queue.url, "--to", to, "--until-empty", "--every", "1", *more)
    assert finished.status == 0, finished.err
    return finished


def test_messages_land_and_are_deleted_and_the_poisonous_go_to_quarantine(cli: Cli, s3: str, queue: SqsQueue) -> None:
    wrapped = json.dumps({"Type": "Notification", "MessageId": "n", "TopicArn": "t", "Message": line(2)})
    confirmation = json.dumps({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"})
    queue.send(line(1), wrapped, "poison {", '{"eventType": "Send"}', confirmation, *(line(n) for n in range(3, 30)))
    finished = poll(cli, queue, s3)
    assert finished.ledger == {"read": 32, "landed": 29, "quarantined": 2, "control": 1}
    assert "32 messages: read 32 = landed 29 + quarantined 2 + control 1" in finished.out
    zone = cli.zone(s3)
    assert numbers(zone.events) == list(range(1, 30))
    assert {entry["transport"] for entry in zone.events} == {"sqs"}
    assert all(entry["envelope"]["messageId"] == entry["origin"] for entry in zone.events)
    assert [entry["envelope"]["MessageId"] for entry in zone.events if "MessageId" in entry["envelope"]] == ["n"]
    assert all("SentTimestamp" in entry["envelope"]["attributes"] for entry in zone.events)
    assert sorted((entry["reason"], entry["body"]) for entry in zone.quarantine) == [
        ("not_json", "poison {"),
        ("unknown_shape", '{"eventType": "Send"}'),
    ]
    [manifest] = zone.manifests
    assert manifest["transport"] == "sqs"
    [entry] = manifest["inputs"]
    assert entry["name"] == queue.url
    assert (entry["read"], entry["landed"], entry["quarantined"], entry["control"]) == (32, 29, 2, 1)
    assert queue.counts == (0, 0)
    assert {key.partition("/")[0] for key in zone.files()} == {"events", "quarantine", "manifests"}


def test_an_empty_queue_writes_nothing(cli: Cli, s3: str, queue: SqsQueue) -> None:
    assert poll(cli, queue, s3).ledger["read"] == 0
    assert cli.zone(s3).files() == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_writes_what_it_holds_and_deletes_it(
    cli: Cli, s3: str, queue: SqsQueue, number: signal.Signals
) -> None:
    queue.send(line(1), line(2))
    process = cli.start("poll", "--queue", queue.url, "--to", s3, "--every", "3000")
    while queue.counts != (0, 2):
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "read 2 = landed 2" in out
    assert numbers(cli.zone(s3).events) == [1, 2]
    assert len(cli.zone(s3).manifests) == 1
    assert queue.counts == (0, 0)


def test_what_is_held_stays_hidden_for_as_long_as_it_is_held(cli: Cli, s3: str, queue: SqsQueue) -> None:
    queue.send(line(1))
    process = cli.start("poll", "--queue", queue.url, "--to", s3, "--every", "3000", "--visibility-timeout", "2")
    while queue.counts != (0, 1):
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(5)
    assert queue.counts == (0, 1)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert len(cli.zone(s3).events) == 1


def test_a_landing_zone_that_fails_keeps_the_messages_and_is_status_3(cli: Cli, s3: str, queue: SqsQueue) -> None:
    queue.send(line(1))
    finished = cli("poll", "--queue", queue.url, "--to", "s3://no-such-bucket/landing", "--until-empty")
    assert finished.status == 3
    assert "no-such-bucket" in finished.err
    assert sum(queue.counts) == 1


def test_a_queue_that_is_not_there_is_status_3(cli: Cli, s3: str, queue: SqsQueue) -> None:
    finished = cli("poll", "--queue", queue.url + "-of-others", "--to", s3)
    assert finished.status == 3
    assert "no such queue" in finished.err
    finished = cli("poll", "--queue", "my-queue", "--to", s3)
    assert finished.status == 2


def test_redelivered_messages_land_again_for_staging_to_drop(cli: Cli, s3: str, queue: SqsQueue) -> None:
    queue.send(*[json.dumps(event(1))] * 5)
    assert poll(cli, queue, s3).ledger["landed"] == 5
    assert numbers(cli.zone(s3).events) == [1] * 5


def test_each_batch_and_all_of_them_are_one_json_object_each(cli: Cli, s3: str, queue: SqsQueue) -> None:
    queue.send(line(1), "not JSON")
    *batches, total = [json.loads(text) for text in poll(cli, queue, s3, "--json").out.splitlines()]
    assert [batch["messages"] for batch in batches] == [2]
    assert (total["read"], total["landed_by_source"], total["quarantined"]) == (2, {"ses_event": 1}, 1)
