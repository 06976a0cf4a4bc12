"""`email-events poll`: an SQS queue into a landing zone, over HTTP. Nothing is deleted before it has landed."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import boto3
import pytest
from command_line import Cli, event, line


class SqsQueue:
    def __init__(self, cli: Cli, name: str) -> None:
        self.client = boto3.client(
            "sqs",
            endpoint_url=cli.environment["AWS_ENDPOINT_URL"],
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.url = self.client.create_queue(QueueName=name)["QueueUrl"]

    def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            assert not self.client.send_message_batch(QueueUrl=self.url, Entries=entries).get("Failed")

    @property
    def counts(self) -> tuple[int, int]:
        """Messages that can be received, and messages that somebody holds."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(told[names[0]]), int(told[names[1]])


@pytest.fixture
def queue(cli: Cli, s3: str) -> SqsQueue:
    return SqsQueue(cli, s3.split("/")[2])


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
    by_id = {entry["origin"]: entry["envelope"]["MessageId"] for entry in zone.events}
    assert sum(told == origin for origin, told in by_id.items()) == 28  # of the wrapped one SNS's own is kept
    assert all("SentTimestamp" in entry["envelope"]["Attributes"] for entry in zone.events)
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


# Death before the nth of: files opened in the zone, objects put, requests to delete messages.
DIE = """
import os, signal, sys
left = int(os.environ.get("DIE_AT", "0"))
def hook(event, args):
    global left
    if event == "open":
        counts = os.path.abspath(str(args[0])).startswith(os.path.abspath("zone")) and (args[2] or 0) & 3
    else:
        counts = event == "http.client.send" and any(sign in bytes(args[1]) for sign in (b"PUT /", b"DeleteMessage"))
    if counts:
        left -= 1
        left or os.kill(os.getpid(), signal.SIGKILL)
if left:
    sys.addaudithook(hook)
"""


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_killed_at_any_write_and_run_again_nothing_is_lost(cli: Cli, s3: str, queue: SqsQueue, place: str) -> None:
    cli.write("site/sitecustomize.py", DIE)
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    moment = 1
    while True:
        to = f"{s3}/{moment}" if place == "s3" else f"zone/{moment}"
        queue.send(*(line(n) for n in range(8)), "poison")
        cli.environment["DIE_AT"] = str(moment)
        status = cli("poll", "--queue", queue.url, "--to", to, "--until-empty", "--every", "0", "--hide", "2").status
        del cli.environment["DIE_AT"]
        held = sum(queue.counts)
        if status == 0:
            break
        assert status == -signal.SIGKILL
        if not cli.zone(to).manifests:
            assert held == 9, "a message was deleted before it had landed"
        time.sleep(2.1)  # SQS shows the held messages again
        poll(cli, queue, to)
        assert sorted(set(numbers(cli.zone(to).events))) == list(range(8)), f"killed at {moment}"
        assert {entry["body"] for entry in cli.zone(to).quarantine} == {"poison"}
        assert queue.counts == (0, 0)
        moment += 1
    assert moment == 6  # a mark, two objects, a manifest, the messages: each before it is written or deleted


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
    process = cli.start("poll", "--queue", queue.url, "--to", s3, "--every", "3000", "--hide", "2")
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
