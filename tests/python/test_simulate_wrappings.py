"""`email-events simulate --last-day`: each source by the transports that it has."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter, defaultdict

import pytest
import simulated
from simulated import carried, source_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("simulate")]


@pytest.fixture(scope="module")
def last_days(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What `--last-day` writes of Pinpoint's last day, and of a later one."""
    folder = tmp_path_factory.mktemp("last_days")
    for until in ("2026-10-29", "2026-11-24"):
        simulated.output_of(
            *("--days", "2", "--messages-per-day", "1600", "--until", until),
            *("--landing", str(folder / until), "--last-day", str(folder / f"{until}.ndjson")),
        )
    return [line for file in folder.glob("*.ndjson") for line in file.read_bytes().splitlines()]


def test_the_last_day_comes_as_the_transports_of_each_source_bring_it(last_days: list[bytes]) -> None:
    shapes: dict[str, Counter[str]] = defaultdict(Counter)
    for shape, event in map(carried, last_days):
        shapes[source_of(event)][shape] += 1
    assert {source: set(counted) for source, counted in shapes.items()} == {
        "ses_event": {"bare", "SNS", "SQS in Lambda", "EventBridge", "Firehose to Lambda", "Firehose to HTTP"},
        "ses_notification": {"SNS"},
        "ses_inbound": {"SNS", "SES in Lambda"},
        "ses_account": {"EventBridge"},
        "pinpoint": {"bare", "Kinesis in Lambda"},
        "eum": {"bare", "SNS", "EventBridge"},
    }
    assert 0.8 < shapes["ses_event"]["bare"] / shapes["ses_event"].total() < 0.9


def test_a_notification_of_sns_says_what_it_is_about_as_its_source_does(last_days: list[bytes]) -> None:
    subjects = {
        "ses_event": "Amazon SES Email Event Notification",
        "ses_inbound": "Amazon SES Email Receipt Notification",
    }
    for line in last_days:
        shape, event = carried(line)
        if shape == "SNS":
            notification, source = json.loads(line), source_of(event)
            assert notification.get("Subject") == subjects.get(source)
            assert notification["Message"].endswith("\n") == (source == "ses_event")
            if source == "ses_inbound":
                assert notification["TopicArn"] == event["receipt"]["action"]["topicArn"]


def test_eventbridge_names_the_account_and_not_whom_a_text_went_to(last_days: list[bytes]) -> None:
    detail_types = set()
    for line in last_days:
        shape, event = carried(line)
        source = source_of(event)
        if source == "eum":
            assert ("destinationPhoneNumber" in event) == (shape != "EventBridge")
        if shape == "EventBridge" and source != "ses_account":
            document = json.loads(line)
            assert document["source"] == {"eum": "aws.sms-voice", "ses_event": "aws.ses"}[source]
            assert bool(document["resources"]) == (source == "ses_event")
            if source == "ses_event":
                assert document["account"] == event["mail"]["sendingAccountId"]
            else:
                detail_types.add((event["eventType"].partition("_")[0], document["detail-type"]))
    assert ("TEXT", "Text Message Delivery Status Updated") in detail_types
    assert detail_types <= {
        ("TEXT", "Text Message Delivery Status Updated"),
        ("MEDIA", "Media Message Delivery Status Updated"),
        ("VOICE", "Voice Message Delivery Status Updated"),
    }


def test_a_function_is_handed_received_mail_without_its_type_and_a_topic_the_rest(last_days: list[bytes]) -> None:
    for shape, event in map(carried, last_days):
        if "receipt" in event:
            is_of_function = event["receipt"]["action"]["type"] == "Lambda"
            assert (shape == "SES in Lambda") == is_of_function
            assert event.keys() - {"content"} == {"mail", "receipt"} | (
                set() if is_of_function else {"notificationType"}
            )


def test_records_of_streams_end_their_line(last_days: list[bytes]) -> None:
    data = [found[1] for line in last_days if (found := re.search(rb'"data":"([A-Za-z0-9+/=]+)"', line))]
    assert len(data) > 100
    assert all(base64.b64decode(one).endswith(b"}\n") for one in data)
