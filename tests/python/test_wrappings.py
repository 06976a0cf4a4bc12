"""The wrappings of CloudWatch Logs, Lambda, Kinesis and HTTP come off; what one document writes is bounded."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from command_line import Cli, event

EVENT = event(1)
TEXT = json.dumps(EVENT)
SNS = {
    "Type": "Notification",
    "MessageId": "s-1",
    "TopicArn": "arn:aws:sns:eu-west-1:012345678901:mail",
    "Message": TEXT,
}
LAMBDA = {"Records": [{"EventSource": "aws:sns", "Sns": SNS}]}


def encoded(body: Any) -> str:
    return base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode()).decode()


def kinesis(body: bytes) -> Any:
    return {"Records": [{"kinesis": {"data": encoded(body), "sequenceNumber": "1"}, "eventSource": "aws:kinesis"}]}


def destination(key: str, payload: Any) -> Any:
    about = {
        "requestId": "r",
        "functionArn": "arn:aws:lambda:eu-west-1:012345678901:function:f",
        "condition": "RetriesExhausted",
    }
    return {"version": "1.0", "requestContext": about, key: payload, "responsePayload": {"errorMessage": "x"}}


LOGS = {
    "messageType": "DATA_MESSAGE", "owner": "012345678901", "logGroup": "g", "logStream": "s",
    "subscriptionFilters": [], "logEvents": [{"id": "7", "timestamp": 1788256800000, "message": TEXT}],
}  # fmt: skip
LOGGED = gzip.compress(json.dumps(LOGS).encode())
FROM_PIPES = {
    "partitionKey": "1",
    "sequenceNumber": "1",
    "data": encoded(EVENT),
    "eventSource": "aws:kinesis",
    "eventID": "s:1",
}
QUERY = [{"field": "@timestamp", "value": "2026-09-01 10:00:06.123"}, {"field": "@message", "value": TEXT}]

WRAPPED = {
    "logs": LOGS,
    "logs_by_firehose": {"records": [{"recordId": "r", "data": encoded(LOGGED)}]},
    "logs_by_kinesis": kinesis(LOGGED),
    "logs_to_lambda": {"awslogs": {"data": encoded(LOGGED)}},
    "logs_by_the_cli": {"events": [{"timestamp": 1, "message": TEXT, "ingestionTime": 2}], "nextForwardToken": "f/1"},
    "logs_by_insights": {"@timestamp": "2026-09-01 10:00:06.123", "@message": TEXT},
    "logs_by_a_query": {"results": [QUERY], "statistics": {"recordsMatched": 1.0}, "status": "Complete"},
    "http_base64": {"body": encoded(SNS), "isBase64Encoded": True, "headers": {}},
    "http_mapped": {"body-json": SNS, "params": {}, "context": {}},
    "destination": destination("requestPayload", LAMBDA),
    "destination_in_sqs": {"messageId": "q", "body": json.dumps(destination("requestPayload", LAMBDA))},
    "destination_in_sns": {**SNS, "Message": json.dumps(destination("requestPayload", LAMBDA))},
    "destination_in_eventbridge": {
        "detail-type": "Lambda Function Invocation Result - Failure", "source": "lambda",
        "detail": destination("requestPayload", LAMBDA),
    },
    "destination_of_a_stream": destination("payload", json.dumps(kinesis(TEXT.encode()))),
    "pipes": [FROM_PIPES],
    "get_records": {"Records": [{"SequenceNumber": "1", "Data": encoded(EVENT), "PartitionKey": "1"}]},
    "sns_without_type": {"Message": TEXT},
    "sns_without_type_to_lambda": {"Records": [{"Sns": {"Message": TEXT}}]},
}  # fmt: skip


def test_every_wrapping_gives_its_event(cli: Cli) -> None:
    for name, wrapped in WRAPPED.items():
        cli.write(f"inbox/{name}.json", json.dumps(wrapped))
    count = len(WRAPPED)
    assert cli.land("inbox").ledger == {"read": count, "landed": count, "quarantined": 0, "control": 0}
    assert [landed["payload"] for landed in cli.zone().events] == [EVENT] * count


def test_log_events_keep_where_they_were_logged(cli: Cli) -> None:
    cli.write("a.json", json.dumps(LOGS) + f"\n2026-09-01T10:00:06.123Z {TEXT}\n")
    cli.land("a.json")
    assert [landed["envelope"] for landed in cli.zone().events] == [
        {
            "owner": "012345678901",
            "logGroup": "g",
            "logStream": "s",
            "logEvent": {"id": "7", "timestamp": 1788256800000},
        },
        {"logEvent": {"timestamp": "2026-09-01T10:00:06.123Z"}},
    ]


def test_a_check_of_a_log_subscription_is_control(cli: Cli) -> None:
    check = {
        **LOGS,
        "messageType": "CONTROL_MESSAGE",
        "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL"}],
    }
    cli.write("a.json", json.dumps(check) + "\n" + json.dumps(kinesis(gzip.compress(json.dumps(check).encode()))))
    assert cli.land("a.json").ledger == {"read": 2, "landed": 0, "quarantined": 0, "control": 2}


@pytest.mark.parametrize("text", ["disk is full", "17", '"x"'])
def test_the_log_of_another_service_stays_whole(cli: Cli, text: str) -> None:
    logs = [
        {"Message": text, "level": "info"},
        {"@message": text, "level": "info"},
        {"body-json": text, "level": "info"},
    ]
    cli.write("a.json", "".join(json.dumps(log) + "\n" for log in logs))
    cli.land("a.json")
    assert [json.loads(reject["body"]) for reject in cli.zone().quarantine] == logs


@pytest.mark.parametrize(
    "name", ["software.amazon.payloadoffloading.PayloadS3Pointer", "com.amazon.sqs.javamessaging.MessageS3Pointer"]
)
def test_a_pointer_of_the_sqs_extended_client_is_one_record(cli: Cli, name: str) -> None:
    pointer = json.dumps([name, {"s3BucketName": "b", "s3Key": "k"}])
    cli.write("a.json", json.dumps({"messageId": "q", "body": pointer}))
    cli.land("a.json")
    [reject] = cli.zone().quarantine
    assert (reject["reason"], reject["body"]) == ("s3_pointer", pointer)


# One input writes at most 256 KiB and 8 times its size beside what it carries; a compressed body carries 8 MiB at most.
BIG = {"note": {"stringValue": "x" * 50_000, "dataType": "String"}}
ONES = "[" + ",".join(["1"] * 1000) + "]"
HOSTILE = {
    "attributes_and_a_list": {"messageId": "q", "messageAttributes": BIG, "body": ONES},
    "attributes_and_events": {"messageId": "q", "messageAttributes": BIG, "body": json.dumps([{}] * 1000)},
    "attributes_and_lines": {"messageId": "q", "messageAttributes": BIG, "body": "{}\n" * 1000},
    "attributes_and_records": {"messageId": "q", "messageAttributes": BIG, "body": json.dumps({"Records": [1] * 999})},
    "lists_in_a_list": {"messageId": "q", "messageAttributes": BIG, "body": json.dumps([[1, 1]] * 1000)},
    "short_lists_in_a_list": {"messageId": "q", "messageAttributes": BIG, "body": json.dumps([[[1, 1]] * 9] * 9)},
    "many_items": {"messageId": "q", "body": "[" + ",".join(["1"] * 100_000) + "]"},
    "a_topic": {**SNS, "Subject": "x" * 50_000, "Message": ONES},
    "logs": {**LOGS, "logGroup": "x" * 50_000, "logEvents": [{"timestamp": 1, "message": "1"}] * 1000},
    "a_bomb": kinesis(gzip.compress(b"1\n" * 4_000_000, 9)),
    "a_bomb_of_a_list": kinesis(gzip.compress(b"[" + b"1," * 3_000_000 + b"1]", 9)),
    "bombs": [kinesis(gzip.compress(b"[" + b" " * 8_000_000 + b"1]", 9))] * 30,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_one_document_writes_is_bounded_and_the_ledger_exact(cli: Cli, name: str) -> None:
    document = json.dumps(HOSTILE[name])
    cli.write("a.json", document + "\n" + TEXT)
    ledger = cli.land("a.json").ledger
    assert ledger["landed"] == 1
    zone = cli.zone()
    assert ledger["read"] == 1 + len(zone.quarantine)
    written = sum(len(json.dumps(reject["body"])) - reject["body"].count("\n") for reject in zone.quarantine)
    repeated = sum(len(json.dumps({**reject, "body": ""})) for reject in zone.quarantine)
    assert written <= 8 * 1024 * 1024 + len(document)
    assert repeated < 256 * 1024 + 8 * len(document) + (0 if "bomb" not in name else 8 * 1024 * 1024)


def test_what_is_over_the_bound_is_one_record_and_its_neighbours_land(cli: Cli) -> None:
    hostile = HOSTILE["attributes_and_a_list"]
    cli.write(
        "a.json", json.dumps({"Records": [{"messageId": "a", "body": TEXT}, hostile, {"messageId": "b", "body": TEXT}]})
    )
    assert cli.land("a.json").ledger == {"read": 3, "landed": 2, "quarantined": 1, "control": 0}
    [reject] = cli.zone().quarantine
    assert (reject["reason"], reject["path"], reject["body"]) == ("too_many_records", "$.Records[1].body", ONES)
    assert reject["envelope"]["messageAttributes"] == BIG


def test_many_real_events_in_one_compressed_body_land(cli: Cli) -> None:
    logs = {**LOGS, "logEvents": [{"id": str(n), "timestamp": n, "message": TEXT} for n in range(5000)]}
    cli.write("a.json", json.dumps(kinesis(gzip.compress(json.dumps(logs).encode()))))
    assert cli.land("a.json").ledger == {"read": 5000, "landed": 5000, "quarantined": 0, "control": 0}
