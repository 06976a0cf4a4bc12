"""`email-events watch`: freshness and balance of a landing zone, and the exit status that a scheduler asks for."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from command_line import Cli, line
from emulated_aws import client
from quarantined import older_zone
from test_envelopes import TEXT, eventbridge


def seen(cli: Cli, *arguments: str, place: str = "zone", status: int = 0) -> dict[str, Any]:
    finished = cli("watch", place, "--json", *arguments)
    assert finished.status == status, finished.out + finished.err
    told: dict[str, Any] = json.loads(finished.out)
    return told


def landed(cli: Cli, to: str = "zone") -> dict[str, Any]:
    """Two events, a reject and a control message have just landed; their manifest."""
    account = eventbridge(TEXT) | {"detail": {"data": {}}}
    cli.write("a.json", line(1) + json.dumps(account) + "\nbroken\n" + json.dumps({"Type": "UnsubscribeConfirmation"}))
    cli.land("a.json", to=to)
    manifest: dict[str, Any] = cli.zone(to).manifests[0]
    return manifest


def ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def aged(cli: Cli, hours: float) -> None:
    """What landed did so that long ago."""
    manifest = landed(cli)
    then = ago(hours)
    moment = then.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    old, new = (f"dt={text[:10]}/hour={text[11:13]}" for text in (manifest["arrived_at"], moment))
    for key, data in cli.zone().files().items():
        (cli.folder / "zone" / key).unlink()
        if key.startswith("manifests/"):
            data = data.replace(old.encode(), new.encode()).replace(manifest["arrived_at"].encode(), moment.encode())
        cli.write(f"zone/{key.replace(old, new)}", data)


def test_it_tells_what_arrived_by_source_and_hour(cli: Cli) -> None:
    arrived = landed(cli)["arrived_at"]
    told = seen(cli)
    assert (told["read"], told["control"]) == (4, 1)
    assert told["landed"] == {"ses_account": 1, "ses_event": 1}
    assert told["quarantined"] == {"not_json": 1}
    assert told["last_arrival"] == {"ses_account": arrived, "ses_event": arrived}
    assert told["by_hour"] == {f"{arrived[:13]}:00Z": {"ses_account": 1, "ses_event": 1}}
    readable = cli("watch", "zone").out
    assert readable.splitlines()[-1] == "read 4 = landed 2 + quarantined 1 + control 1"
    assert f"last {arrived} (0.0 hours ago)" in readable


def test_it_says_the_same_of_a_zone_in_s3(cli: Cli, s3: str) -> None:
    landed(cli, to=s3)
    told = seen(cli, place=s3)
    assert told["landed"] == {"ses_account": 1, "ses_event": 1}
    assert told["missing_objects"] == []


def test_an_arrival_older_than_allowed_is_status_1(cli: Cli) -> None:
    aged(cli, 5)
    assert "5.0 hours ago; --max-age allows 4.5" in seen(cli, "--max-age", "4.5", status=1)["failures"][0]
    seen(cli, "--max-age", "5.5", status=0)
    assert seen(cli, "--hours", "2")["landed"] == {}
    # the look back is long enough for the age that is asked for, and what else is counted stays that of --hours
    told = seen(cli, "--hours", "1", "--max-age", "30", "--max-quarantined", "0", status=0)
    assert (told["landed"], told["quarantined"], len(told["last_arrival"])) == ({}, {}, 2)


def test_each_source_that_is_named_must_be_fresh(cli: Cli) -> None:
    landed(cli)
    seen(cli, "--max-age", "1", "--source", "ses_event", status=0)
    assert seen(cli, "--max-age", "1", "--source", "pinpoint", status=1)["failures"] == [
        "pinpoint: nothing arrived in 24 hours; --max-age allows 1"
    ]


def test_an_empty_zone_is_told_and_is_no_error_without_a_threshold(cli: Cli) -> None:
    (cli.folder / "zone").mkdir()
    assert "nothing arrived" in cli("watch", "zone").out
    assert seen(cli, status=0)["read"] == 0
    seen(cli, "--max-age", "1", status=1)


def test_more_in_quarantine_than_allowed_is_status_1(cli: Cli) -> None:
    landed(cli)
    seen(cli, "--max-quarantined", "1", status=0)
    assert seen(cli, "--max-quarantined", "0", status=1)["failures"] == ["quarantined 1; --max-quarantined allows 0"]


def test_a_batch_begun_and_not_finished_is_told(cli: Cli) -> None:
    manifest = landed(cli)
    mark = {name: manifest[name] for name in ("transport", "inputs", "arrived_at")} | {"batch_id": "feedfeedfeedfeed"}
    cli.write("zone/begun/feedfeedfeedfeed.json", json.dumps(mark))
    seen(cli, "--max-unfinished", "0", status=0)  # a healthy reader of a queue has one open nearly always
    mark["arrived_at"] = ago(2).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    cli.write("zone/begun/feedfeedfeedfeed.json", json.dumps(mark))
    assert [entry["batch_id"] for entry in seen(cli)["unfinished"]] == ["feedfeedfeedfeed"]
    assert "begun and not finished: file feedfeedfeedfeed, 1 input, " in cli("watch", "zone").out
    assert seen(cli, "--max-unfinished", "0", status=1)["failures"] == [
        "1 batch open for more than 90 minutes; --max-unfinished allows 0"
    ]
    seen(cli, "--max-unfinished", "1", status=0)


def test_an_object_that_is_gone_is_always_status_1(cli: Cli) -> None:
    key = landed(cli)["objects"][0]["key"]
    (cli.folder / "zone" / key).unlink()
    told = seen(cli, status=1)
    assert told["missing_objects"] == [key]
    assert key in told["failures"][0]


def test_counts_that_do_not_add_up_are_always_status_1(cli: Cli) -> None:
    landed(cli)
    [path] = (cli.folder / "zone" / "manifests").rglob("*.json")
    manifest = json.loads(path.read_text())
    manifest["objects"][0]["read"] += 1
    path.write_text(json.dumps(manifest))
    assert len(seen(cli, status=1)["unbalanced"]) == 1


def test_objects_that_firehose_wrote_are_counted_by_hour(cli: Cli) -> None:
    hour = ago(1).strftime("dt=%Y-%m-%d/hour=%H")
    cli.write(f"zone/events/{hour}/firehose-1.json.gz", gzip.compress(line(1).encode()))
    told = seen(cli, "--max-age", "2.5", status=0)
    assert told["bare_objects"] == 1
    assert list(told["by_hour"].values()) == [{"objects without a manifest": 1}]


def test_objects_that_no_run_reads_are_told(cli: Cli) -> None:
    hour = ago(1)
    partition = f"zone/events/{hour:dt=%Y-%m-%d/hour=%H}"
    unread = [
        f"{partition}/deeper/firehose.json.gz",
        f"{partition}/firehose-2",
        f"{partition}/firehose-3.json",
        f"zone/events/{hour:dt=%Y-%m-%d}/firehose.gz",
        f"zone/events/{hour:dt=%Y-%m-%d}/hour=99/firehose.gz",
        f"zone/events/{hour:%Y/%m/%d/%H}/firehose.gz",
    ]
    for key in (*unread, f"{partition}/firehose.gz", f"{partition}/_SUCCESS", f"{partition}/.a.part"):
        cli.write(key, gzip.compress(line(1).encode()))
    told = seen(cli)
    assert told["bare_objects"] == 1
    assert told["unread_objects"] == sorted(key.removeprefix("zone/") for key in unread)
    assert "no run reads 6 objects like events/" in cli("watch", "zone").out


def bare(cli: Cli, hour: datetime, written: datetime) -> None:
    path = cli.write(f"zone/events/{hour:dt=%Y-%m-%d/hour=%H}/firehose-1.json.gz", gzip.compress(line(1).encode()))
    os.utime(path, (written.timestamp(), written.timestamp()))


def test_an_object_that_firehose_wrote_arrived_when_it_was_written_within_its_hour(cli: Cli) -> None:
    hour = ago(3).replace(minute=0, second=0, microsecond=0)
    for minutes, arrived in ((50, 50), (-100, 0), (100, 60)):
        bare(cli, hour, hour + timedelta(minutes=minutes))
        [told] = seen(cli)["last_arrival"].values()
        assert datetime.fromisoformat(told) == hour + timedelta(minutes=arrived)


def test_an_object_just_written_in_s3_is_fresh_whatever_the_minute(cli: Cli, s3: str, aws_endpoint: str) -> None:
    bucket, _, prefix = s3.removeprefix("s3://").partition("/")
    key = f"{prefix}/events/{ago(0):dt=%Y-%m-%d/hour=%H}/firehose-1.json.gz"
    client("s3", aws_endpoint).put_object(Bucket=bucket, Key=key, Body=gzip.compress(line(1).encode()))
    [arrived] = seen(cli, place=s3)["last_arrival"].values()
    assert datetime.fromisoformat(arrived) > ago(0.03)


def test_why_a_source_is_not_seen_in_objects_without_a_manifest_is_told(cli: Cli) -> None:
    bare(cli, ago(0), ago(0))
    [failure] = seen(cli, "--max-age", "2", "--source", "ses_event", status=1)["failures"]
    assert failure.endswith("Objects without a manifest name no source: leave --source out for them")


def test_a_replay_is_told_and_is_no_arrival(cli: Cli) -> None:
    older_zone(cli)
    cli("quarantine", "replay", "zone")
    told = seen(cli, "--max-age", "1", status=1)
    assert told["replayed"] == 3
    assert told["landed"] == {"ses_event": 3}
    assert (told["last_arrival"], told["by_hour"]) == ({}, {})
    assert "3  by replays alone" in cli("watch", "zone").out


def test_what_was_replayed_since_waits_in_quarantine_no_longer(cli: Cli) -> None:
    cli.write(
        "site/sitecustomize.py", "from ingestion import records\nrecords.identify = lambda event, envelope: None\n"
    )
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    cli.write("a.json", line(1).replace('"Send"', '"New"') + line(2).replace('"Send"', '"New"') + "broken\n")
    cli.land("a.json")
    del cli.environment["PYTHONPATH"]
    readable = cli("watch", "zone").out
    assert "  no event arrived" in readable
    assert ":00Z  no event\n" in readable
    cli("quarantine", "replay", "zone")
    told = seen(cli, "--max-quarantined", "0", status=1)
    assert (told["waiting"], told["replayed"]) == (1, 2)
    assert told["failures"] == ["quarantined 3, of which 2 replayed since; --max-quarantined allows 0"]
    seen(cli, "--max-quarantined", "1", status=0)


def test_a_discarded_line_waits_no_longer_and_counts_as_discarded(cli: Cli) -> None:
    cli.write("a.json", line(1) + "broken\nbroken too\n" + '{"a": 1}\n')
    cli.land("a.json")
    cli("quarantine", "discard", "zone", "--reason", "not_json", "--yes")
    told = seen(cli, "--max-quarantined", "0", status=1)
    assert (told["waiting"], told["replayed"], told["discarded"]) == (1, 0, 2)
    assert told["failures"] == ["quarantined 3, of which 2 discarded since; --max-quarantined allows 0"]


@pytest.mark.parametrize("age", ["nan", "inf", "1e9", "-1"])
def test_an_age_that_nobody_can_mean_is_wrong_usage(cli: Cli, age: str) -> None:
    (cli.folder / "zone").mkdir()
    finished = cli("watch", "zone", "--max-age", age)
    assert finished.status == 2
    assert "--max-age" in finished.err


def test_an_exception_that_nobody_expected_is_not_taken_for_a_threshold(cli: Cli) -> None:
    cli.write("site/sitecustomize.py", "from ingestion.landing import manifests\nmanifests.marks = None\n")
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    (cli.folder / "zone").mkdir()
    process = cli.start("watch", "zone")
    _, told = process.communicate()
    assert process.returncode == 5
    assert "this is a bug in email-events" in told


@pytest.mark.parametrize(
    "command", [("watch",), ("quarantine", "list"), ("quarantine", "show"), ("quarantine", "replay")]
)
def test_a_place_where_nothing_lies_is_wrong_usage_and_nothing_is_made_there(
    cli: Cli, command: tuple[str, ...]
) -> None:
    finished = cli(*command, "nowhere")
    assert finished.status == 2
    assert "There is no landing zone nowhere" in finished.err
    assert not (cli.folder / "nowhere").exists()
    assert "s3:/bucket is neither a folder nor s3://" in cli(*command, "s3:/bucket").err


def test_a_prefix_in_s3_where_nothing_lies_is_wrong_usage(cli: Cli, s3: str) -> None:
    finished = cli("watch", s3)
    assert finished.status == 2
    assert f"There is no landing zone {s3}" in finished.err
    finished = cli("watch", "s3://no-such-bucket/landing")
    assert finished.status == 3
    assert "--to" not in finished.err


def test_a_source_without_an_age_or_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    assert cli("watch", "zone", "--source", "ses_event").status == 2
    assert "pinpoint" in cli("watch", "zone", "--source", "fax", "--max-age", "1").err
