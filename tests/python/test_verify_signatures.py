"""`--verify-signatures TOPIC_ARN`: what SNS signed for that topic lands, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Cli, line
from sns_authority import CERTIFICATE_URL, HOST, TOPIC, Sns, text


@pytest.fixture
def sns(cli: Cli, tmp_path: Path) -> Iterator[Sns]:
    with Sns(tmp_path) as running:
        cli.environment |= running.environment
        yield running


def rejects(cli: Cli, *inputs: str) -> list[tuple[str, str]]:
    """Reason and path of each of the inputs."""
    for number, content in enumerate(inputs):
        cli.write(f"inbox/{number:02d}.json", content)
    cli.land("inbox", "--verify-signatures", TOPIC, "--processes", "1")
    assert cli.zone().events == []
    by_origin = {entry["origin"]: (entry["reason"], entry["path"]) for entry in cli.zone().quarantine}
    return [told for _, told in sorted(by_origin.items())]


def test_signatures_of_both_versions_hold_and_the_certificate_is_fetched_once(cli: Cli, sns: Sns) -> None:
    notifications = [
        sns.notification(line(1), "1"),
        sns.notification(line(2), "2"),
        sns.notification(line(3), Subject=None),  # as in a Lambda event
    ]
    in_lambda = sns.notification(line(4))
    in_lambda["SigningCertUrl"] = in_lambda.pop("SigningCertURL")
    cli.write("a.json", "".join(map(text, notifications)))
    cli.write("b.json", json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": in_lambda}]}))
    cli.write("c.json", json.dumps({"Messages": [{"MessageId": "m", "Body": text(sns.notification(line(5)))}]}))
    finished = cli.land("a.json", "b.json", "c.json", "--verify-signatures", TOPIC, "--processes", "1")
    assert finished.ledger == {"read": 5, "landed": 5, "quarantined": 0, "control": 0}
    assert sns.asked == [CERTIFICATE_URL.removeprefix("https://")]
    assert {entry["payload"]["mail"]["messageId"][9:16] for entry in cli.zone().events} == {
        f"000000{number}" for number in range(1, 6)
    }


def test_what_was_changed_after_it_was_signed_is_quarantined(cli: Cli, sns: Sns) -> None:
    changed = [
        {**sns.notification(line(1)), key: "changed"} for key in ("Message", "Subject", "Timestamp", "MessageId")
    ]
    changed.append({**sns.notification(line(1)), "Signature": "no base64!"})
    told = rejects(cli, *map(text, changed))
    assert told == [("bad_signature", "$.Signature")] * 5
    bodies = [entry["body"] for entry in cli.zone().quarantine]
    assert sorted(bodies) == sorted(text(each).strip() for each in changed)  # all that came, to be looked at


def test_check_tells_what_land_would_do_when_it_verifies(cli: Cli, sns: Sns) -> None:
    cli.write("a.json", text(sns.notification(line(1))) + line(2))
    finished = cli("check", "a.json", "--verify-signatures", TOPIC)
    assert finished.status == 1
    assert "a.json:2  QUARANTINE  bad_signature" in finished.out
    assert finished.out.splitlines()[-1] == "read 2 = would land 1 + would be quarantined 1 + control 0"
    assert cli("check", "a.json").status == 0


def test_what_nobody_signed_is_quarantined(cli: Cli, sns: Sns) -> None:
    unsigned = sns.notification(line(1))
    for key in ("Signature", "SignatureVersion", "SigningCertURL"):  # as SNS hands over to Firehose
        del unsigned[key]
    beside = {**sns.notification("no event"), **json.loads(line(2))}  # an event put beside what is signed
    told = rejects(cli, line(1), text(unsigned), text(beside), json.dumps([{"Body": line(3)}]))
    assert told == [
        ("bad_signature", "$"),
        ("bad_signature", "$.SignatureVersion"),
        ("bad_signature", "$"),
        ("bad_signature", "$[0].Body"),
    ]
    assert sns.asked == []


@pytest.mark.parametrize(
    "url",
    [
        CERTIFICATE_URL.replace("https:", "http:"),
        CERTIFICATE_URL.replace(HOST, "sns.eu-west-1.amazonaws.com.example.com"),
        CERTIFICATE_URL.replace(HOST, "sns.example.com"),
        CERTIFICATE_URL.replace(HOST, "bucket.s3.eu-west-1.amazonaws.com"),
        CERTIFICATE_URL.replace("eu-west-1", "eu-west-2"),  # SNS, but not where the topic is
        CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.cn"),
        CERTIFICATE_URL.replace(HOST, f"{HOST}:8443"),
        CERTIFICATE_URL.replace(HOST, f"{HOST}@example.com"),
        CERTIFICATE_URL + "?x=.pem",
        CERTIFICATE_URL.replace("/Simple", "/../Simple"),
        f"file:///{CERTIFICATE_URL}",
        "",
        None,
        7,
    ],
)
def test_a_certificate_from_anywhere_but_sns_is_not_even_fetched(cli: Cli, sns: Sns, url: str | None) -> None:
    assert rejects(cli, text(sns.notification(line(1), SigningCertURL=url))) == [
        ("bad_signature", "$.SigningCertURL"),
    ]
    assert sns.asked == []


def test_a_certificate_that_sns_does_not_have_quarantines_one_message_and_stops_nothing(cli: Cli, sns: Sns) -> None:
    url = f"https://{HOST}/SimpleNotificationService-00.pem"
    assert rejects(cli, text(sns.notification(line(1), SigningCertURL=url))) == [
        ("unverified_signature", "$.SigningCertURL")
    ]


@pytest.mark.parametrize("topic", ["arn:aws:sns:eu-west-1:999999999999:mail", TOPIC + "2", TOPIC.upper(), "", None, 7])
def test_what_sns_signed_for_another_topic_is_quarantined(cli: Cli, sns: Sns, topic: object) -> None:
    assert rejects(cli, text(sns.notification(line(1), TopicArn=topic))) == [("bad_signature", "$.TopicArn")]
    assert sns.asked == []


def test_several_topics_can_be_named(cli: Cli, sns: Sns) -> None:
    other = "arn:aws:sns:eu-west-1:012345678901:bounces"
    cli.write("a.json", text(sns.notification(line(1))) + text(sns.notification(line(2), TopicArn=other)))
    assert cli.land("a.json", "--verify-signatures", TOPIC, "--verify-signatures", other).ledger["landed"] == 2


@pytest.mark.parametrize("topic", ["mail", "true", TOPIC.replace(":sns:", ":sqs:"), TOPIC + " "])
def test_a_topic_that_is_not_the_arn_of_one_is_wrong_usage(cli: Cli, topic: str) -> None:
    cli.write("a.json", line(1))
    finished = cli("land", "a.json", "--to", "zone", "--verify-signatures", topic)
    assert finished.status == 2
    assert "is not the ARN of an SNS topic" in finished.err


def test_a_replay_verifies_again(cli: Cli, sns: Sns) -> None:
    """A certificate that was not to be had, a topic that was not named; what was forged stays."""
    other = "arn:aws:sns:eu-west-1:012345678901:bounces"
    forged = {**sns.notification(line(4)), "Message": line(5)}
    queued = json.dumps({"Messages": [{"MessageId": "m", "Body": text(sns.notification(line(3), TopicArn=other))}]})
    cli.write("a.json", text(sns.notification(line(1))) + text(forged) + queued + "\n" + line(6))
    sns.status = 403
    assert cli.land("a.json", "--verify-signatures", TOPIC).ledger["quarantined"] == 4
    assert (
        sorted(entry["reason"] for entry in cli.zone().quarantine)
        == ["bad_signature"] * 2 + ["unverified_signature"] * 2
    )
    sns.status = 200
    assert cli("quarantine", "replay", "zone").ledger["read"] == 0
    assert (
        cli("quarantine", "replay", "zone", "--verify-signatures", TOPIC, "--verify-signatures", other).ledger["landed"]
        == 2
    )
    assert (
        cli("quarantine", "replay", "zone", "--verify-signatures", TOPIC, "--verify-signatures", other).ledger["read"]
        == 0
    )
    landed = sorted(entry["payload"]["mail"]["messageId"][9:16] for entry in cli.zone().events)
    assert landed == ["0000001", "0000003"]


def test_a_certificate_that_cannot_be_had_stops_the_command_and_loses_nothing(cli: Cli, sns: Sns) -> None:
    cli.write("a.json", text(sns.notification(line(1))))
    sns.status = 503
    finished = cli("land", "a.json", "--to", "zone", "--verify-signatures", TOPIC)
    assert finished.status == 4
    assert CERTIFICATE_URL in finished.err
    sns.status = 200
    assert cli.land("a.json", "--verify-signatures", TOPIC).ledger["landed"] == 1


def test_without_the_option_signatures_are_not_looked_at(cli: Cli, sns: Sns) -> None:
    cli.write("a.json", text({**sns.notification(line(1)), "Signature": "none"}))
    assert cli.land("a.json").ledger["landed"] == 1
    assert sns.asked == []
