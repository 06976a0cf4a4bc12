"""The Lambda handlers, called in a process of their own as Lambda calls them, with an emulated S3 over HTTP."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli, event, line
from sns_authority import TOPIC, Sns, text

CALL = """
import importlib, json, sys
asked = json.load(sys.stdin)
class Context:
    left = asked.get("milliseconds", [])
    def get_remaining_time_in_millis(self):
        return self.left.pop(0) if self.left else 60_000
handler = importlib.import_module("ingestion.lambdas." + asked["name"]).handler
print(json.dumps(handler(asked["event"], Context())))
"""


def called(cli: Cli, name: str, event: dict[str, Any], *, root: str = "", milliseconds: tuple[int, ...] = ()) -> Any:
    """What the handler answers; `milliseconds` are what is left of its time, each time it looks."""
    environment = cli.environment | ({"EMAIL_EVENTS_ROOT": root} if root else {})
    asked = json.dumps({"name": name, "event": event, "milliseconds": milliseconds})
    finished = subprocess.run(
        [sys.executable, "-c", CALL], input=asked, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(finished.stdout.splitlines()[-1])


def sqs(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"SentTimestamp": "1794300000000", "ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:012345678901:mail",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def kinesis(*data: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "kinesis": {
                    "partitionKey": "p",
                    "sequenceNumber": f"4954{number}",
                    "data": base64.b64encode(body.encode()).decode(),
                    "approximateArrivalTimestamp": 1794300000.1,
                },
                "eventSource": "aws:kinesis",
                "eventID": f"shardId-000000000006:4954{number}",
                "eventSourceARN": "arn:aws:kinesis:eu-west-1:012345678901:stream/mail",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(data)
        ]
    }


def firehose(*data: str | bytes) -> dict[str, Any]:
    return {
        "invocationId": "invocation",
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:012345678901:deliverystream/mail",
        "region": "eu-west-1",
        "records": [
            {
                "recordId": f"record-{number}",
                "approximateArrivalTimestamp": 1794300000123,  # 2026-11-10T08:40:00.123Z
                "data": base64.b64encode(body.encode() if isinstance(body, str) else body).decode(),
            }
            for number, body in enumerate(data)
        ],
    }


def failures(answer: dict[str, Any]) -> list[str]:
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


def test_a_batch_of_a_queue_lands_and_what_is_bad_is_quarantined_and_no_failure(cli: Cli, s3: str) -> None:
    assert failures(called(cli, "sqs_batch", sqs(line(1), "poison", line(2)), root=s3)) == []
    zone = cli.zone(s3)
    assert [(entry["transport"], entry["origin"]) for entry in zone.events] == [
        ("sqs", "message-0"),
        ("sqs", "message-2"),
    ]
    assert zone.events[0]["payload"] == event(1)
    assert [(entry["reason"], entry["origin"]) for entry in zone.quarantine] == [("not_json", "message-1")]
    [manifest] = zone.manifests
    assert manifest["inputs"][0] == {
        "id": "arn:aws:sqs:eu-west-1:012345678901:mail",
        "name": "arn:aws:sqs:eu-west-1:012345678901:mail",
        "read": 3,
        "landed": 2,
        "quarantined": 1,
    }
    assert {key.partition("/")[0] for key in zone.files()} == {"events", "quarantine", "manifests"}


def test_a_batch_of_a_shard_lands_with_shard_and_sequence_as_origin(cli: Cli, s3: str) -> None:
    assert failures(called(cli, "kinesis_batch", kinesis(line(1), "poison\n"), root=s3)) == []
    [landed] = cli.zone(s3).events
    assert (landed["transport"], landed["origin"]) == ("kinesis", "shardId-000000000006:49540")
    assert landed["envelope"]["partitionKey"] == "p"
    assert [entry["reason"] for entry in cli.zone(s3).quarantine] == ["not_json"]


def test_what_there_is_no_time_for_is_handed_over_again(cli: Cli, s3: str) -> None:
    time_left = (60_000, 60_000, 4_000)
    answer = called(cli, "sqs_batch", sqs(*map(line, range(5))), root=f"{s3}/sqs", milliseconds=time_left)
    assert failures(answer) == ["message-2", "message-3", "message-4"]
    answer = called(cli, "kinesis_batch", kinesis(*map(line, range(5))), root=f"{s3}/kinesis", milliseconds=time_left)
    assert failures(answer) == ["49542"]
    for place in ("sqs", "kinesis"):
        assert len(cli.zone(f"{s3}/{place}").events) == 2
        assert len(cli.zone(f"{s3}/{place}").manifests) == 1


@pytest.mark.parametrize(("name", "batch"), [("sqs_batch", sqs("{}")), ("kinesis_batch", kinesis("{}"))])
def test_a_timeout_in_which_nothing_would_ever_land_is_named(
    cli: Cli, s3: str, name: str, batch: dict[str, Any]
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        called(cli, name, batch, root=s3, milliseconds=(2_900,))
    assert "2.9 seconds left" in failed.value.stderr
    assert "Set its timeout to 60 seconds or more." in failed.value.stderr


def test_when_the_landing_zone_fails_all_are_handed_over_again(cli: Cli, s3: str) -> None:
    # the objects cannot be written, although the root can be opened
    cli.write("zone/begun/.keep", "")
    for folder in ("events", "quarantine"):
        cli.write(f"zone/{folder}", "a file where a folder should be")
    root = str(cli.folder / "zone")
    assert failures(called(cli, "sqs_batch", sqs(line(1), line(2)), root=root)) == ["message-0", "message-1"]
    assert failures(called(cli, "kinesis_batch", kinesis(line(1), line(2)), root=root)) == ["49540"]
    assert not list((cli.folder / "zone" / "begun").glob("*.json"))


def test_a_message_whose_signature_cannot_be_checked_now_comes_again_alone(cli: Cli, s3: str, tmp_path: Path) -> None:
    with Sns(tmp_path) as sns:
        cli.environment |= sns.environment | {"EMAIL_EVENTS_VERIFY_SIGNATURES": TOPIC}
        sns.status = 503
        batch = sqs(line(1), text(sns.notification(line(2))))
        assert failures(called(cli, "sqs_batch", batch, root=s3)) == ["message-1"]
        assert [entry["reason"] for entry in cli.zone(s3).quarantine] == ["bad_signature"]
        sns.status = 200
        assert failures(called(cli, "sqs_batch", batch, root=s3)) == []
        assert [entry["payload"] for entry in cli.zone(s3).events] == [event(2)]


def test_firehose_gets_landed_lines_and_keeps_what_is_no_event(cli: Cli) -> None:
    notification = json.dumps({"Type": "Notification", "MessageId": "n", "TopicArn": "t", "Message": line(2)})
    setup = "Successfully validated SNS topic for Amazon SES event publishing."
    given = firehose(line(1), notification, "poison\n", line(3) + line(4), setup, line(5) + "poison\n")
    answers = called(cli, "firehose_transform", given)["records"]
    assert [(answer["recordId"], answer["result"]) for answer in answers] == [
        ("record-0", "Ok"),
        ("record-1", "Ok"),
        ("record-2", "ProcessingFailed"),
        ("record-3", "Ok"),
        ("record-4", "Dropped"),
        ("record-5", "ProcessingFailed"),
    ]
    texts = [base64.b64decode(answer.get("data", "")).decode() for answer in answers]
    assert all(text.endswith("}\n") for text in texts if text)
    lines = [json.loads(each) for text in texts for each in text.splitlines()]
    assert [entry["payload"] for entry in lines] == [event(n) for n in (1, 2, 3, 4)]
    assert {entry["landed_at"] for entry in lines} == {"2026-11-10T08:40:00.123Z"}
    assert {entry["transport"] for entry in lines} == {"firehose"}
    assert lines[1]["envelope"]["TopicArn"] == "t"


def test_lines_that_firehose_wrote_can_be_landed_elsewhere(cli: Cli) -> None:
    notification = json.dumps({"Type": "Notification", "MessageId": "n", "TopicArn": "t", "Message": line(2)})
    answers = called(cli, "firehose_transform", firehose(line(1), notification))["records"]
    cli.write("object", b"".join(base64.b64decode(answer["data"]) for answer in answers))
    assert cli.land("object").ledger == {"read": 2, "landed": 2, "quarantined": 0, "control": 0}
    zone = cli.zone()
    assert [entry["payload"] for entry in zone.events] == [event(1), event(2)]
    assert [entry["envelope"].get("TopicArn") for entry in zone.events] == [None, "t"]
    assert {entry["envelope"]["landed_at"] for entry in zone.events} == {"2026-11-10T08:40:00.123Z"}


def test_firehose_gets_no_line_that_land_would_not_write(cli: Cli) -> None:
    """An engine that stumbles over a line stumbles over it, whoever wrote it."""
    given = firehose(line(1, note="a\0b"), line(2).replace('"mail":', '"mail":0,"mail":'), line(3))
    answers = called(cli, "firehose_transform", given)["records"]
    assert [answer["result"] for answer in answers] == ["ProcessingFailed", "ProcessingFailed", "Ok"]


def test_a_response_to_firehose_stays_below_six_megabytes_and_what_does_not_fit_fails(cli: Cli) -> None:
    given = firehose(*(line(n, content="x" * 400_000) for n in range(12)))
    answer = called(cli, "firehose_transform", given)
    assert len(json.dumps(answer)) < 6_000_000
    results = [entry["result"] for entry in answer["records"]]
    assert results == ["Ok"] * 11 + ["ProcessingFailed"]  # 11 times 400 KB in base64 are 5.9 MB


def test_what_firehose_kept_as_failed_can_be_landed(cli: Cli) -> None:
    kept = {
        "attemptsMade": 1,
        "arrivalTimestamp": 1794300000123,
        "errorCode": "Lambda.ProcessingFailedStatus",
        "errorMessage": "ProcessingFailed status set for record",
        "attemptEndingTimestamp": 1794300060000,
        "rawData": base64.b64encode((line(5) + "poison\n").encode()).decode(),
        "lambdaArn": "arn:aws:lambda:eu-west-1:012345678901:function:transform",
    }
    cli.write("failed/stream-1-2026-11-10", json.dumps(kept) + "\n")
    assert cli.land("failed").ledger == {"read": 2, "landed": 1, "quarantined": 1, "control": 0}
    [landed] = cli.zone().events
    assert landed["payload"] == event(5)
    assert landed["envelope"]["errorCode"] == "Lambda.ProcessingFailedStatus"
    assert [entry["body"] for entry in cli.zone().quarantine] == ["poison"]
