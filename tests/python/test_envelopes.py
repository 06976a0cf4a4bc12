"""What the transports wrap around events comes off, is kept beside the event, and never changes it."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from command_line import Cli, event

EVENT = event(1)
TEXT = json.dumps(EVENT, separators=(",", ":"))

Wrap = dict[str, Any]


def sns(carried: str) -> Wrap:
    return {
        "Type": "Notification", "MessageId": "s-1", "TopicArn": "arn:aws:sns:eu-west-1:012345678901:mail",
        "Message": carried + "\n", "Timestamp": "2026-11-10T09:00:01.250Z", "Signature": "bm8=",
    }  # fmt: skip


def sqs(carried: str) -> Wrap:
    return {"messageId": "q-1", "receiptHandle": "x", "body": carried, "eventSource": "aws:sqs"}


def eventbridge(carried: str) -> Wrap:
    return {
        "id": "e-1", "detail-type": "Email Sent", "source": "aws.ses", "account": "012345678901", "region": "eu-west-1",
        "time": "2026-11-10T09:00:02Z", "resources": ["arn:aws:ses:eu-west-1:012345678901:identity/x"],
        "detail": json.loads(carried),
    }  # fmt: skip


def kinesis(carried: str) -> Wrap:
    data = base64.b64encode((carried + "\n").encode()).decode()
    return {"Records": [{"kinesis": {"data": data, "sequenceNumber": "49"}, "eventSource": "aws:kinesis"}]}


def firehose(carried: str) -> Wrap:
    data = base64.b64encode((carried + "\n").encode()).decode()
    return {"deliveryStreamArn": "arn:f", "records": [{"recordId": "r-1", "data": data}]}


def lambda_sns(carried: str) -> Wrap:
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns(carried)}]}


def lambda_sqs(carried: str) -> Wrap:
    return {"Records": [sqs(carried)]}


def received(carried: str) -> Wrap:
    return {"Messages": [{"MessageId": "q-1", "ReceiptHandle": "x", "Body": carried}]}


def a_list(carried: str) -> Any:
    return [json.loads(carried)]


WRAPPINGS = [sns, sqs, eventbridge, kinesis, firehose, lambda_sns, lambda_sqs, received, a_list]


def test_every_wrapping_in_every_other_comes_off(cli: Cli) -> None:
    for outer in WRAPPINGS:
        for inner in WRAPPINGS:
            wrapped = json.dumps(outer(json.dumps(inner(TEXT))))
            cli.write(f"inbox/{outer.__name__}-{inner.__name__}.json", wrapped)
    pairs = len(WRAPPINGS) ** 2
    assert cli.land("inbox").ledger == {"read": pairs, "landed": pairs, "quarantined": 0, "control": 0}
    assert [landed["payload"] for landed in cli.zone().events] == [EVENT] * pairs


def test_wrappings_are_nested_to_any_depth(cli: Cli) -> None:
    carried = TEXT
    for wrap in (eventbridge, sns, lambda_sqs, kinesis, a_list, a_list, firehose):
        carried = json.dumps(wrap(carried))
    cli.write("deep.json", carried)
    cli.land("deep.json")
    [landed] = cli.zone().events
    assert landed["payload"] == EVENT
    assert {"account", "TopicArn", "sequenceNumber", "recordId"} <= landed["envelope"].keys()


def test_the_envelope_keeps_what_the_event_does_not_say(cli: Cli) -> None:
    cli.write("a.json", json.dumps(sns(TEXT)) + "\n" + json.dumps(eventbridge(TEXT)) + "\n" + TEXT)
    cli.land("a.json")
    by_line = {landed["origin"]: landed.get("envelope") for landed in cli.zone().events}
    assert by_line["a.json:1"] == {
        "MessageId": "s-1",
        "TopicArn": "arn:aws:sns:eu-west-1:012345678901:mail",
        "Timestamp": "2026-11-10T09:00:01.250Z",
    }
    bridge = eventbridge(TEXT)
    del bridge["detail"]
    assert by_line["a.json:2"] == bridge
    assert by_line["a.json:3"] is None


def test_numbers_and_escapes_in_a_nested_event_stay_as_they_were_written(cli: Cli) -> None:
    odd = TEXT[:-1] + ',"price":0.10,"big":12345678901234567890123,"text":"\\u00e9"}'
    carried = json.dumps(eventbridge(TEXT), separators=(",", ":")).replace(TEXT, odd)
    cli.write("a.json", carried)
    cli.land("a.json")
    assert odd.encode() in _object(cli)


def _object(cli: Cli) -> bytes:
    [data] = [data for key, data in cli.zone().files().items() if key.startswith("events/")]
    return gzip.decompress(data)


def test_one_base64_record_can_carry_several_events(cli: Cli) -> None:
    cli.write("a.json", json.dumps(kinesis(TEXT + "\n" + json.dumps(event(2)))))
    assert cli.land("a.json").ledger["landed"] == 2


def test_a_batch_is_judged_record_by_record(cli: Cli) -> None:
    sentence = "Successfully validated SNS topic for Amazon SES event publishing."
    batch = {"Records": [sqs(TEXT), sqs("plain text"), sqs(sentence), sqs('{"a":1}'), sqs('{"a":1,"a":2}')]}
    batch["Records"].append({"kinesis": {"data": "no base64!"}})
    cli.write("a.json", json.dumps(batch))
    assert cli.land("a.json").ledger == {"read": 6, "landed": 1, "quarantined": 4, "control": 1}
    assert [(entry["reason"], entry["path"]) for entry in cli.zone().quarantine] == [
        ("not_json", "$.Records[1].body"),
        ("unknown_shape", "$.Records[3].body"),
        ("duplicate_key", "$.Records[4].body"),
        ("not_base64", "$.Records[5].kinesis.data"),
    ]
    assert cli.zone().quarantine[0]["body"] == "plain text"
    assert cli.zone().quarantine[0]["envelope"] == {"messageId": "q-1"}


@pytest.mark.parametrize("depth", [40, 100, 3000])
def test_a_bomb_of_lists_neither_crashes_nor_hangs(cli: Cli, depth: int) -> None:
    cli.write("a.json", "[" * depth + TEXT + "]" * depth + "\n" + TEXT + "\n")
    ledger = cli.land("a.json").ledger
    assert ledger["read"] == 2
    assert ledger["landed"] == (2 if depth == 40 else 1)


VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
SUBSCRIBE = (
    "You have chosen to subscribe to the topic arn:aws:sns:eu-west-1:012345678901:mail.\nTo confirm, visit the URL."
)


@pytest.mark.parametrize("sentence", [VALIDATED, SUBSCRIBE])
def test_what_follows_a_control_sentence_on_its_line_is_a_record_of_its_own(cli: Cli, sentence: str) -> None:
    sentence = sentence.replace("\n", " ")
    cli.write("bare.json", sentence + TEXT + json.dumps(event(2)) + "\n")
    cli.write("between.json", TEXT + sentence + TEXT + "\n")
    cli.write("sns.json", json.dumps(sns(sentence + TEXT + sentence)))
    cli.write("array.json", sentence + json.dumps([EVENT]))
    ledger = cli.land("bare.json", "between.json", "sns.json", "array.json").ledger
    assert ledger == {"read": 11, "landed": 6, "quarantined": 0, "control": 5}


def test_text_after_a_control_sentence_is_quarantined(cli: Cli) -> None:
    cli.write("a.json", f"{VALIDATED} And more.\n" + json.dumps(sns(f"{VALIDATED}{{broken")))
    assert cli.land("a.json").ledger == {"read": 4, "landed": 0, "quarantined": 2, "control": 2}
    assert [(entry["path"], entry["body"]) for entry in cli.zone().quarantine] == [
        ("$[1]", "And more."),
        ("$.Message[1]", "{broken"),
    ]


def test_a_control_sentence_of_several_lines_is_one_control_message(cli: Cli) -> None:
    cli.write("a.json", json.dumps(sns(SUBSCRIBE)))
    assert cli.land("a.json").ledger == {"read": 1, "landed": 0, "quarantined": 0, "control": 1}


def test_a_byte_order_mark_before_any_document_does_no_harm(cli: Cli) -> None:
    mark = "\ufeff"
    carried = [TEXT, json.dumps([EVENT]), json.dumps(lambda_sqs(TEXT)), json.dumps(sns(TEXT)), TEXT + "\n" + TEXT]
    lines = [mark + text for text in carried[:4]] + [json.dumps(sns(mark + text)) for text in carried]
    lines += [json.dumps(kinesis(mark + text)) for text in carried]
    cli.write("a.json", TEXT + "\n" + "\n".join(lines))
    assert cli.land("a.json").ledger == {"read": 17, "landed": 17, "quarantined": 0, "control": 0}
    assert [landed["payload"] for landed in cli.zone().events] == [EVENT] * 17
    cli.write("b.json", mark + mark + "[{}]\n" + json.dumps(sns(mark + '[{"a":1,"a":2}]')))
    assert cli.land("b.json").ledger["quarantined"] == 2


def test_what_carries_nothing_but_blanks_is_no_record(cli: Cli) -> None:
    cli.write("a.json", "\n".join(json.dumps(wrap(" \n")) for wrap in (sns, sqs, kinesis, firehose, lambda_sns)))
    assert cli.land("a.json").ledger == {"read": 0, "landed": 0, "quarantined": 0, "control": 0}


def test_documents_in_one_body_have_paths_of_their_own(cli: Cli) -> None:
    cli.write("a.json", json.dumps(sns("{}\n" + TEXT + "\n17")))
    cli.land("a.json")
    assert [entry["path"] for entry in cli.zone().quarantine] == ["$.Message[0]", "$.Message[2]"]


def landed_object(cli: Cli, folder: str, *, of: str = "old") -> bytes:
    [data] = [data for key, data in cli.zone(of).files().items() if key.startswith(f"{folder}/")]
    return data


def test_lines_that_landed_elsewhere_land_again_with_what_they_say(cli: Cli) -> None:
    account = eventbridge(TEXT) | {"detail": {"data": {}}}
    cli.write("a.json", TEXT + "\n" + json.dumps(sns(TEXT)) + "\n" + json.dumps(account) + "\n")
    cli.land("a.json", to="old")
    cli.write("copy.json.gz", landed_object(cli, "events"))
    assert cli.land("copy.json.gz").ledger == {"read": 3, "landed": 3, "quarantined": 0, "control": 0}
    before, after = cli.zone("old").events, cli.zone().events
    assert [(entry["source"], entry["payload"]) for entry in after] == [
        (entry["source"], entry["payload"]) for entry in before
    ]
    for old, new in zip(before, after, strict=True):
        first = {name: old[name] for name in ("landed_at", "transport", "origin")}
        assert new["envelope"] == old.get("envelope", {}) | first
        assert new["origin"].startswith("copy.json.gz:")
    # once more: where it arrived first is what stays
    cli.write("third.json.gz", landed_object(cli, "events", of="zone"))
    cli.land("third.json.gz", to="third")
    assert [entry["envelope"] for entry in cli.zone("third").events] == [entry["envelope"] for entry in after]


@pytest.mark.parametrize("source", ["pinpoint", "ses_account", "fax", 7, None])
def test_a_line_whose_source_is_not_what_its_payload_is_is_quarantined_whole(cli: Cli, source: object) -> None:
    whole = {"landed_at": "2026-11-24T13:05:00.000Z", "transport": "file", "origin": "a:1", "source": source}
    text = json.dumps({**whole, "payload": EVENT})
    cli.write("a.json", text)
    assert cli.land("a.json").ledger == {"read": 1, "landed": 0, "quarantined": 1, "control": 0}
    [reject] = cli.zone().quarantine
    assert (reject["reason"], reject["body"]) == ("unknown_shape", text)


def test_lines_of_a_quarantine_are_read_for_their_bodies(cli: Cli) -> None:
    lacking = '{"eventType":"Send","mail":{"timestamp":"2026-11-10T09:00:00.000Z"}}'
    cli.write("a.json", lacking.encode() + b"\n\xff\xfe\n" + json.dumps(sqs("poison")).encode())
    cli.land("a.json", to="old")
    cli.write("copy.json.gz", landed_object(cli, "quarantine"))
    assert cli.land("copy.json.gz").ledger["quarantined"] == 3
    told = ("reason", "body", "encoding")
    assert [[entry.get(name) for name in told] for entry in cli.zone().quarantine] == [
        [entry.get(name) for name in told] for entry in cli.zone("old").quarantine
    ]
    assert cli.zone().quarantine[-1]["envelope"]["messageId"] == "q-1"
    # what `quarantine show --json` prints can be mended and landed
    shown = cli("quarantine", "show", "old", "--reason", "missing_field", "--json").out
    cli.write("mended.json", shown.replace('\\"mail\\":{', '\\"mail\\":{\\"messageId\\":\\"m-1\\",'))
    assert cli.land("mended.json", to="third").ledger["landed"] == 1


def test_one_bad_line_of_a_landed_object_takes_no_other_with_it(cli: Cli) -> None:
    cli.write("a.json", "".join(json.dumps(sns(json.dumps(event(n)))) + "\n" for n in range(5)))
    cli.land("a.json", to="old")
    lines = gzip.decompress(landed_object(cli, "events")).splitlines(keepends=True)
    lines[1:3] = [text[:-40] + b"\n" for text in lines[1:3]]
    lines[3] = lines[3].replace(b"marketing", b"\xff\xfe")
    cli.write("bad.json", b"".join(lines))
    assert cli.land("bad.json").ledger == {"read": 5, "landed": 2, "quarantined": 3, "control": 0}


def test_what_a_queue_and_a_topic_say_in_the_same_words_is_kept_of_both(cli: Cli) -> None:
    about = {"DataType": "String", "StringValue": "x"}
    notice = sns(TEXT) | {"MessageAttributes": {"of": {"Type": "String", "Value": "SNS"}}}
    of_queue = {"MessageId": "q-1", "Attributes": {"SentTimestamp": "1"}, "MessageAttributes": {"of": about}}
    cli.write("a.json", json.dumps({"Messages": [{**of_queue, "ReceiptHandle": "x", "Body": json.dumps(notice)}]}))
    cli.land("a.json")
    [landed] = cli.zone().events
    kept = {name: notice[name] for name in ("MessageId", "TopicArn", "Timestamp", "MessageAttributes")}
    assert landed["envelope"] == {
        "messageId": "q-1", "attributes": {"SentTimestamp": "1"}, "messageAttributes": {"of": about}, **kept,
    }  # fmt: skip
