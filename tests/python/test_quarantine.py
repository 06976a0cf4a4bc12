"""What did not land can be counted, looked at and, after a fix, landed: each line once, with the ledger exact."""

from __future__ import annotations

import base64
import json
import signal
from datetime import UTC, datetime
from typing import Any

import pytest
from command_line import Cli, event, line
from dying import DYING
from emulated_aws import client
from quarantined import ARRIVED, LACKING, NOTICE, kept, older_zone


def balanced(manifest: dict[str, Any]) -> bool:
    return all(
        entry["read"] == entry["landed"] + entry["quarantined"] + entry["control"] for entry in manifest["objects"]
    )


def groups(cli: Cli, *arguments: str, place: str = "zone") -> list[dict[str, Any]]:
    return [json.loads(text) for text in cli("quarantine", "list", place, "--json", *arguments).out.splitlines()]


def test_what_passes_now_lands_and_the_rest_stays(cli: Cli) -> None:
    older_zone(cli)
    before = cli.zone().files()
    finished = cli("quarantine", "replay", "zone")
    assert finished.status == 0, finished.err
    assert finished.ledger == {"read": 4, "landed": 3, "quarantined": 1, "control": 0}
    assert "Replayed 3 of 6 waiting lines; 3 stay." in finished.out
    after = cli.zone().files()
    assert {key: after[key] for key in before} == before
    landed = {entry["origin"]: entry for entry in cli.zone().events}
    assert {origin: entry["payload"] for origin, entry in landed.items()} == {
        "inbox/old.json:1": event(1),
        "inbox/old.json:3": event(3),
        "shard-0:49": event(4),
    }
    assert landed["inbox/old.json:3"]["envelope"] == NOTICE
    assert landed["shard-0:49"]["transport"] == "kinesis"
    assert all(
        datetime.fromisoformat(entry["landed_at"]).date() >= datetime.now(UTC).date() for entry in landed.values()
    )
    [anew] = [entry for entry in cli.zone().quarantine if entry["landed_at"] != ARRIVED]
    assert (anew["origin"], anew["reason"], anew["body"]) == ("inbox/old.json:3", "missing_field", LACKING)
    [manifest] = [entry for entry in cli.zone().manifests if entry["transport"] == "replay"]
    assert balanced(manifest)
    assert [(entry["read"], entry["landed"], entry["lines"]) for entry in manifest["inputs"]] == [
        (4, 3, [[1, 1], [3, 4]])
    ]


def test_a_second_replay_writes_nothing(cli: Cli) -> None:
    older_zone(cli)
    cli("quarantine", "replay", "zone")
    before = cli.zone().files()
    finished = cli("quarantine", "replay", "zone")
    assert finished.ledger == {"read": 0, "landed": 0, "quarantined": 0, "control": 0}
    assert cli.zone().files() == before


def test_a_replay_of_what_still_fails_writes_nothing(cli: Cli) -> None:
    cli.write("a.json", "{broken\n" + line(1))
    cli.land("a.json")
    before = cli.zone().files()
    assert cli("quarantine", "replay", "zone").ledger["read"] == 0
    assert cli.zone().files() == before


def test_what_an_older_version_did_not_know_lands_after_the_upgrade(cli: Cli) -> None:
    # a version that knows no events of sent mail, by the real command
    older = "from ingestion import records\nrecords.identify = lambda event, envelope: None\n"
    cli.write("site/sitecustomize.py", older)
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    odd = [line(number).replace('"Send"', '"New"') for number in range(50)]
    cli.write("inbox/a.json", "".join(odd))
    assert cli.land("inbox").ledger["quarantined"] == 50
    del cli.environment["PYTHONPATH"]
    assert cli("quarantine", "replay", "zone").ledger["landed"] == 50
    assert cli.land("inbox").ledger["read"] == 0
    assert sorted(entry["origin"] for entry in cli.zone().events) == sorted(f"inbox/a.json:{n}" for n in range(1, 51))


def test_only_what_is_chosen_is_replayed(cli: Cli) -> None:
    older_zone(cli)
    assert cli("quarantine", "replay", "zone", "--reason", "unknown_shape").ledger["landed"] == 1
    assert cli("quarantine", "replay", "zone", "--origin", "shard-0").ledger["landed"] == 1
    assert cli("quarantine", "replay", "zone", "--since", "2026-11-20T08").ledger["landed"] == 0
    assert cli("quarantine", "replay", "zone", "--until", "2026-11-20T07").ledger["landed"] == 0
    assert cli("quarantine", "replay", "zone", "--since", "2026-11-20", "--until", "2026-11-21").ledger["landed"] == 1
    assert len(cli.zone().events) == 3


def test_killed_before_any_write_and_run_again_equals_one_clean_replay(cli: Cli) -> None:
    older_zone(cli, "clean")
    cli("quarantine", "replay", "clean")
    clean = cli.zone("clean").timeless()
    cli.write("site/sitecustomize.py", DYING)
    moment = 0
    while True:
        moment += 1
        older_zone(cli)
        cli.environment |= {"PYTHONPATH": str(cli.folder / "site"), "DIE_AT": str(moment)}
        finished = cli("quarantine", "replay", "zone")
        del cli.environment["PYTHONPATH"], cli.environment["DIE_AT"]
        if finished.status == 0:
            break
        assert finished.status == -signal.SIGKILL
        assert cli("quarantine", "replay", "zone").status == 0
        assert cli.zone().timeless() == clean, f"killed before write {moment}"
        (cli.folder / "zone").rename(cli.folder / f"done-{moment}")
    # a mark, two objects and a manifest are opened, as many renamed, the mark removed
    assert moment == 10


def test_what_a_killed_replay_of_something_else_left_counts_for_nothing(cli: Cli) -> None:
    older_zone(cli)
    cli.write("site/sitecustomize.py", DYING)
    cli.environment |= {
        "PYTHONPATH": str(cli.folder / "site"),
        "DIE_AT": "5",
    }  # its objects are there, its manifest not
    assert cli("quarantine", "replay", "zone", "--reason", "unknown_shape").status == -signal.SIGKILL
    assert any(key.startswith("events/") for key in cli.zone().files())
    del cli.environment["PYTHONPATH"]
    assert cli("quarantine", "replay", "zone").ledger["landed"] == 3
    assert len(cli.zone().events) == 3
    assert not any(key.startswith("begun/") for key in cli.zone().files())


def test_a_zone_in_s3_is_replayed_as_one_in_a_folder(cli: Cli, s3: str, aws_endpoint: str) -> None:
    older_zone(cli)
    bucket, _, prefix = s3.removeprefix("s3://").partition("/")
    for key, data in cli.zone().files().items():
        client("s3", aws_endpoint).put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=data)
    assert cli("quarantine", "replay", s3).ledger["landed"] == 3
    cli("quarantine", "replay", "zone")
    assert cli.zone(s3).timeless() == cli.zone().timeless()
    assert groups(cli, place=s3) == groups(cli)


def test_quarantine_is_counted_by_reason_date_and_origin(cli: Cli) -> None:
    older_zone(cli)
    cli("quarantine", "replay", "zone", "--reason", "not_base64")
    assert groups(cli) == [
        {"reason": reason, "date": "2026-11-20", "waiting": waiting, "replayed": replayed, "discarded": 0}
        for reason, waiting, replayed in [
            ("bad_signature", 1, 0),
            ("missing_field", 1, 0),
            ("not_base64", 1, 1),
            ("not_json", 1, 0),
            ("unknown_shape", 1, 0),
        ]
    ]
    assert groups(cli, "--by", "origin") == [
        {"origin": "inbox/old.json", "waiting": 5, "replayed": 0, "discarded": 0},
        {"origin": "shard-0", "waiting": 0, "replayed": 1, "discarded": 0},
    ]
    assert (
        cli("quarantine", "list", "zone")
        .out.splitlines()[-1]
        .startswith("5 waiting, 1 replayed and 0 discarded in zone")
    )


def test_discarded_lines_are_recorded_and_wait_no_longer(cli: Cli) -> None:
    older_zone(cli)
    before = cli.zone().files()
    counted = cli("quarantine", "discard", "zone", "--reason", "unknown_shape", "--reason", "not_json")
    assert "2 lines would be discarded" in counted.out
    assert cli.zone().files() == before

    done = cli("quarantine", "discard", "zone", "--reason", "unknown_shape", "--reason", "not_json", "--yes")
    assert "Discarded 2 lines." in done.out
    [added] = cli.zone().files().keys() - before.keys()
    assert added.startswith("manifests/")
    assert added.rpartition("/")[2].startswith("discard-")
    assert [entry["discarded"] for entry in groups(cli)] == [0, 0, 0, 1, 1]
    assert "Discarded 0 lines." in cli("quarantine", "discard", "zone", "--reason", "not_json", "--yes").out

    # a replay leaves them, and nothing of them counts in a ledger again
    assert cli("quarantine", "replay", "zone", "--reason", "unknown_shape").ledger["read"] == 0
    seen = json.loads(cli("watch", "zone", "--hours", "800", "--json").out)
    assert (seen["waiting"], seen["replayed"]) == (4, 0)
    assert [shown["state"] for shown in shown_lines(cli, "--reason", "not_json", "--settled")] == ["discarded"]
    assert shown_lines(cli, "--reason", "not_json") == []


def shown_lines(cli: Cli, *options: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in cli("quarantine", "show", "zone", "--json", *options).out.splitlines()]


def test_a_line_of_quarantine_is_shown_with_its_exact_body(cli: Cli) -> None:
    texts = [b'{"a": "\\u00e9", ', b"\xff\xfe binary \x00", b"\x1b[31mred"]
    for at, text in enumerate(texts):
        cli.write(f"inbox/{at}", text)
    cli.land("inbox")
    shown = [json.loads(text) for text in cli("quarantine", "show", "zone", "--json").out.splitlines()]
    bodies = [
        base64.b64decode(entry["body"]) if entry.get("encoding") == "base64" else entry["body"].encode()
        for entry in shown
    ]
    assert bodies == [text.strip() for text in texts]
    readable = cli("quarantine", "show", "zone", "--origin", "inbox/2").out
    assert "not_json at $" in readable
    assert "from file inbox/2:1" in readable
    assert "\x1b" not in readable  # a terminal must not obey what a stranger wrote
    assert len(cli("quarantine", "show", "zone", "--limit", "1", "--json").out.splitlines()) == 1


def test_a_body_too_large_to_be_held_is_told_and_stays(cli: Cli) -> None:
    cli.write("a.json", b'{"a":"' + b"x" * 60_000_000 + b"\n" + line(1).encode())
    cli.land("a.json")
    [shown] = [json.loads(text) for text in cli("quarantine", "show", "zone", "--json").out.splitlines()]
    assert (shown["reason"], shown["body"]) == ("too_large", None)
    assert cli("quarantine", "replay", "zone").ledger["read"] == 0


def test_a_reason_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    older_zone(cli)
    finished = cli("quarantine", "list", "zone", "--reason", "boredom")
    assert finished.status == 2
    assert "missing_field" in finished.err


def test_a_quarantine_that_holds_something_else_is_told(cli: Cli) -> None:
    older_zone(cli)
    cli.write("zone/quarantine/dt=2026-11-20/hour=07/x.json.gz", b"nothing of ours")
    finished = cli("quarantine", "list", "zone")
    assert finished.status == 4
    assert "x.json.gz" in finished.err


def test_many_lines_make_batches_that_a_manifest_can_hold(cli: Cli) -> None:
    cli.write("site/sitecustomize.py", "from ingestion import replay\nreplay._BATCH_RUNS = 10\n")
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    lines = [kept(n, "not_json", "$", line(n).strip() if n % 2 else LACKING) for n in range(1, 61)]
    older_zone(cli, lines=lines)
    assert cli("quarantine", "replay", "zone").ledger == {"read": 30, "landed": 30, "quarantined": 0, "control": 0}
    replays = [entry for entry in cli.zone().manifests if entry["transport"] == "replay"]
    assert len(replays) == 3
    assert all(balanced(manifest) for manifest in replays)
    assert sorted(int(entry["origin"].rpartition(":")[2]) for entry in cli.zone().events) == list(range(1, 61, 2))
    assert cli("quarantine", "replay", "zone").ledger["read"] == 0


@pytest.mark.parametrize(
    ("command", "damage"),
    [("list", "cut off"), ("show", "empty"), ("replay", "cut off"), ("list", "garbage"), ("list", "another behind")],
)
def test_an_object_of_quarantine_that_cannot_be_read_to_its_end_is_told(cli: Cli, command: str, damage: str) -> None:
    older_zone(cli)
    [path] = (cli.folder / "zone" / "quarantine").rglob("*.gz")
    whole = path.read_bytes()
    damaged = {
        "cut off": whole[: len(whole) // 2],
        "empty": b"",
        "garbage": b"\x1f\x8b\x08\x00" + b"\x00" * 6 + b"\x01\x00\x00\xff\xff",  # begins as one, and never ends
        "another behind": whole + whole,
    }
    path.write_bytes(damaged[damage])
    finished = cli("quarantine", command, "zone")
    assert finished.status == 4
    assert f"{path.relative_to(cli.folder)} is no whole gzip object" in finished.err
