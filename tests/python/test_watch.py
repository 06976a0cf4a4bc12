"""`email-events watch`: freshness and balance of a landing zone, and the exit status that a scheduler asks for."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from command_line import Cli, line
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
    # the look back is long enough for the age that is asked for
    seen(cli, "--hours", "1", "--max-age", "30", status=0)


def test_each_source_that_is_named_must_be_fresh(cli: Cli) -> None:
    landed(cli)
    seen(cli, "--max-age", "1", "--source", "ses_event", status=0)
    assert seen(cli, "--max-age", "1", "--source", "pinpoint", status=1)["failures"] == [
        "pinpoint: nothing arrived in 24 hours; --max-age allows 1"
    ]


def test_an_empty_zone_is_told_and_is_no_error_without_a_threshold(cli: Cli) -> None:
    assert "nothing arrived" in cli("watch", "zone").out
    assert seen(cli, status=0)["read"] == 0
    seen(cli, "--max-age", "1", status=1)


def test_more_in_quarantine_than_allowed_is_status_1(cli: Cli) -> None:
    landed(cli)
    seen(cli, "--max-quarantined", "1", status=0)
    assert seen(cli, "--max-quarantined", "0", status=1)["failures"] == [
        "1 were quarantined; --max-quarantined allows 0"
    ]


def test_a_batch_begun_and_not_finished_is_told(cli: Cli) -> None:
    manifest = landed(cli)
    mark = {name: manifest[name] for name in ("transport", "inputs", "arrived_at")} | {"batch_id": "feedfeedfeedfeed"}
    cli.write("zone/begun/feedfeedfeedfeed.json", json.dumps(mark))
    assert [entry["batch_id"] for entry in seen(cli)["unfinished"]] == ["feedfeedfeedfeed"]
    assert "begun and not finished: file feedfeedfeedfeed, 1 inputs" in cli("watch", "zone").out
    seen(cli, "--max-unfinished", "0", status=1)
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


def test_what_was_replayed_is_told(cli: Cli) -> None:
    older_zone(cli)
    cli("quarantine", "replay", "zone")
    told = seen(cli)
    assert told["replayed"] == 3
    assert told["landed"] == {"ses_event": 3}


def test_a_source_without_an_age_or_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    assert cli("watch", "zone", "--source", "ses_event").status == 2
    assert "pinpoint" in cli("watch", "zone", "--source", "fax", "--max-age", "1").err
