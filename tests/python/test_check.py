"""`email-events check` tells what `land` would do with each record, and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli, event, line
from expectations import EVENT_TYPES, OUR_OWN
from test_envelopes import TEXT, kinesis, lambda_sqs, sns
from test_land_input import FORMS


def checked(cli: Cli, *arguments: str, status: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What `check --json` says of each record, and its summary."""
    finished = cli("check", "--json", *arguments)
    assert finished.status == status, finished.err
    *records, summary = map(json.loads, finished.out.splitlines())
    return records, summary


def test_each_of_our_own_events_is_taken_for_what_the_reference_says(cli: Cli) -> None:
    records, summary = checked(cli, str(OUR_OWN.folder), status=1)
    expected = OUR_OWN.rows
    for file in dict.fromkeys(row.file for row in expected):
        mine = [record for record in records if Path(record["origin"].rpartition(":")[0]).name == file]
        mine.sort(key=lambda record: int(record["origin"].rpartition(":")[2]))
        rows = OUR_OWN.of_file(file)
        assert [(record["fate"], record["reason"] or "") for record in mine] == [
            (row.fate, row.reason) for row in rows
        ], file
        for record, row in zip(mine, rows, strict=True):
            if row.fate == "landed":
                assert record["source"] == row.source, file
                assert record["message_id"] == row.message_id, file
                event_type = record["event_type"]
                if row.source in ("ses_event", "ses_notification"):
                    event_type = EVENT_TYPES.get(event_type, event_type.lower().replace(" ", "_"))
                assert event_type == row.event_type, file
    assert summary["read"] == len(expected)
    assert summary["quarantined"] == sum(row.fate == "quarantined" for row in expected)


def test_it_says_what_land_does_and_writes_nothing(cli: Cli) -> None:
    for at, (content, _, _) in enumerate(FORMS.values()):
        cli.write(f"inbox/{at:02d}", content)
    before = sorted(path for path in cli.folder.rglob("*"))
    records, summary = checked(cli, "inbox", status=1)
    assert sorted(path for path in cli.folder.rglob("*")) == before
    ledger = cli.land("inbox").ledger
    assert {name: summary[name] for name in ledger} == ledger
    said = sorted((entry["origin"], entry["reason"], entry["path"]) for entry in records if entry["reason"])
    assert said == sorted((entry["origin"], entry["reason"], entry["path"]) for entry in cli.zone().quarantine)


def test_it_says_through_which_envelopes_a_record_came(cli: Cli) -> None:
    cli.write("a.json", json.dumps(lambda_sqs(json.dumps(sns(TEXT)))) + "\n" + json.dumps([kinesis(TEXT)]))
    records, _ = checked(cli, "a.json", status=0)
    assert [record["wrappings"] for record in records] == [["Lambda", "SQS", "SNS"], ["list", "Lambda", "Kinesis"]]
    assert {record["message_id"] for record in records} == {event(1)["mail"]["messageId"]}
    assert {record["time"] for record in records} == {"2026-11-10T09:00:00.000Z"}
    assert "in Lambda > SQS > SNS" in cli("check", "a.json").out


@pytest.mark.parametrize("key", ["eventType", "notificationType"])
@pytest.mark.parametrize("value", [["Send"], {"Send": 1}, 7, True], ids=["list", "object", "number", "true"])
def test_a_type_that_is_no_text_is_told_as_any_other_fault(cli: Cli, key: str, value: object) -> None:
    odd = event(1) | {key: value}
    if key == "notificationType":
        del odd["eventType"]
    cli.write("a.json", json.dumps(odd))
    [record], _ = checked(cli, "a.json", status=1)
    assert (record["reason"], record["path"], record["event_type"]) == ("wrong_type", f"$.{key}", None)


def test_what_is_wrong_is_told_with_its_place(cli: Cli) -> None:
    lacking = event(2)
    del lacking["mail"]["messageId"]
    odd = line(3).replace('"tags":{', '"headers":7,"tags":{')
    cli.write("a.json", line(1) + json.dumps(lacking) + "\n" + odd + "{broken\n")
    finished = cli("check", "a.json")
    assert finished.status == 1
    lines = finished.out.splitlines()
    assert any(text.startswith("a.json:2  QUARANTINE  missing_field at $.mail.messageId") for text in lines)
    assert any(text.startswith("a.json:4  QUARANTINE  not_json at $") for text in lines)
    assert any("$.mail.headers" in text for text in lines)
    assert lines[-1] == "read 4 = would land 2 + would be quarantined 2 + control 0"
    failing = cli("check", "a.json", "--failing").out
    assert "a.json:1 " not in failing
    assert "a.json:3 " in failing


def test_a_control_message_is_told_by_its_kind_or_its_sentence(cli: Cli) -> None:
    sentence = "Successfully validated SNS topic for Amazon SES event publishing."
    confirmation = {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"}
    documents = [
        json.dumps(sns(sentence)),
        json.dumps(confirmation),
        '{"notificationType":"AmazonSnsSubscriptionSucceeded"}',
    ]
    cli.write("a.json", "\n".join([*documents, sentence]) + "\n")
    kinds = [sentence[:-1], "SubscriptionConfirmation", "AmazonSnsSubscriptionSucceeded", sentence[:-1]]
    records, _ = checked(cli, "a.json", status=0)
    assert [(record["fate"], record["event_type"]) for record in records] == [("control", kind) for kind in kinds]
    assert f"a.json:1  control  {kinds[0]}, in SNS\n" in cli("check", "a.json").out


def test_files_that_land_whole_give_status_0(cli: Cli) -> None:
    cli.write("a.json", line(1))
    finished = cli("check", "a.json")
    assert finished.status == 0
    assert finished.out.splitlines()[-1] == "read 1 = would land 1 + would be quarantined 0 + control 0"


def test_a_file_that_is_not_there_is_wrong_usage(cli: Cli) -> None:
    finished = cli("check", "nothing.json")
    assert finished.status == 2
    assert "nothing.json does not exist" in finished.err


def test_records_are_told_in_the_order_in_which_they_stand_in_the_file(cli: Cli) -> None:
    cli.write("a.json", line(1) + "broken\n" + line(2) + json.dumps(event(3), indent=1) + "\n" + line(4) + "{broken\n")
    records, _ = checked(cli, "a.json", status=1)
    numbers = [int(record["origin"].rpartition(":")[2]) for record in records]
    assert numbers == sorted(numbers)
    assert len(numbers) == 6


def test_many_wrappings_of_one_kind_are_told_as_one(cli: Cli) -> None:
    cli.write("a.json", json.dumps(sns("[" * 80 + TEXT + "]" * 80)))
    assert "(in SNS > list x 64)" in cli("check", "a.json").out


def test_what_is_ignored_is_told_as_land_tells_it(cli: Cli) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        cli.write(f"inbox/{name}", "no events")
    told = "Ignored 4, which contain no events by their name or kind: inbox/a.txt, inbox/b.txt, inbox/c.txt, ..."
    assert told in cli("check", "inbox").out
    assert told in cli.land("inbox").out


@pytest.mark.parametrize("command", [("check", "inbox")])
def test_a_reader_that_goes_away_is_no_traceback(cli: Cli, command: tuple[str, ...]) -> None:
    cli.write("inbox/a.json", "".join(line(number) for number in range(5000)))
    process = cli.start(*command)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait()
