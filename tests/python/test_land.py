"""`email-events land`: what it is given, what it says, and how it ends."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest
import zstandard
from command_line import Cli, event, line


def test_an_event_lands_in_a_wrapped_line_with_its_payload_unchanged(cli: Cli) -> None:
    # an unusual but valid spelling: key order, escapes, blanks, numbers that no parser keeps
    text = '{"mail": {"messageId":"m-1","timestamp":"2026-11-10T09:00:00.000Z"},"x":1.10,"y":12345678901234567890123,'
    text += '"eventType":"Send", "z":"\\u00e9\\/"}'
    cli.write("inbox/a.jsonl", "\n" + text + "\n")
    cli.land("inbox")
    [landed] = cli.zone().events
    assert list(landed) == ["landed_at", "transport", "origin", "source", "payload"]
    assert landed["transport"] == "file"
    assert landed["origin"] == "inbox/a.jsonl:2"
    assert landed["source"] == "ses_event"
    [raw] = [gzip.decompress(data) for key, data in cli.zone().files().items() if key.startswith("events/")]
    assert raw.endswith(b'"payload":' + text.encode() + b"}\n")


def test_the_object_lies_under_the_hour_of_its_arrival(cli: Cli) -> None:
    cli.write("a.json", line())
    cli.land("a.json")
    [landed] = cli.zone().events
    moment = landed["landed_at"]
    assert len(moment) == len("2026-11-24T13:05:00.000Z")
    assert moment.endswith("Z")
    [key] = [key for key in cli.zone().files() if key.startswith("events/")]
    assert key.startswith(f"events/dt={moment[:10]}/hour={moment[11:13]}/")


def test_a_manifest_says_what_became_of_each_input_and_object(cli: Cli) -> None:
    cli.write("inbox/a.json", line(1) + line(2) + "broken\n")
    cli.write("inbox/b.json", json.dumps({"Type": "SubscriptionConfirmation", "Message": "..."}))
    cli.land("inbox")
    [manifest] = cli.zone().manifests
    assert {
        entry["name"]: [entry[key] for key in ("read", "landed", "quarantined")]
        for entry in manifest["inputs"]
        if entry.get("landed")
    } == {"inbox/a.json": [3, 2, 1]}
    assert [entry.get("control") for entry in manifest["inputs"]] == [None, 1]
    [entry] = manifest["objects"]
    assert entry["key"] in cli.zone().files()
    assert entry["quarantine_key"] in cli.zone().files()
    assert (entry["read"], entry["landed"], entry["quarantined"], entry["control"]) == (4, 2, 1, 1)
    assert entry["landed_by_source"] == {"ses_event": 2}
    assert entry["quarantined_by_reason"] == {"not_json": 1}


COMPRESSORS = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "bz2": bz2.compress,
    "json": lambda data: data,
}


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_compressed_files_of_several_members_are_read_whole(cli: Cli, suffix: str) -> None:
    compress = COMPRESSORS[suffix]
    members = [compress("".join(line(n) for n in numbers).encode()) for numbers in (range(50), range(50, 99))]
    cli.write(f"a.{suffix}", b"".join(members))
    assert cli.land(f"a.{suffix}").ledger == {"read": 99, "landed": 99, "quarantined": 0, "control": 0}
    assert [landed["origin"] for landed in cli.zone().events][-1] == f"a.{suffix}:99"


@pytest.mark.parametrize("suffix", ["gz", "zst", "bz2"])
def test_of_a_truncated_compressed_file_what_can_be_read_lands_and_the_rest_is_quarantined(
    cli: Cli, suffix: str
) -> None:
    text = "".join(line(n, userField=os.urandom(400).hex()) for n in range(4000)).encode()
    whole = COMPRESSORS[suffix](text)
    cut = whole[: len(whole) // 2]
    cli.write(f"a.{suffix}", cut)
    ledger = cli.land(f"a.{suffix}").ledger
    assert ledger["read"] == ledger["landed"] + ledger["quarantined"]
    assert 1000 < ledger["landed"] < 3000
    broken = [entry for entry in cli.zone().quarantine if entry["reason"] == "broken_compression"]
    assert len(broken) == 1
    assert broken[0]["encoding"] == "base64"
    body = base64.b64decode(broken[0]["body"])
    assert body
    assert cut.endswith(body)


def test_what_is_said_of_a_small_file_that_breaks_off_is_true(cli: Cli) -> None:
    whole = gzip.compress("".join(line(n, userField=os.urandom(400).hex()) for n in range(100)).encode())
    cli.write("cut.json.gz", whole[: len(whole) // 2])
    finished = cli.land("cut.json.gz")
    assert finished.ledger["landed"] > 10
    assert "cut off or damaged; of a file, the lines before have landed" in finished.out


def test_a_folder_is_read_for_names_that_hold_events_and_other_files_are_reported(cli: Cli) -> None:
    for name in ("a.json", "b.ndjson.gz", "c.jsonl.zst", "deep/stream-1-2026-11-10-09-00-00-x", "e.JSON"):
        number = ord(Path(name).name[0])
        content = line(number).encode()
        cli.write(f"inbox/{name}", COMPRESSORS.get(name.rpartition(".")[2], COMPRESSORS["json"])(content))
    cli.write("inbox/readme.txt", line(99))
    cli.write("inbox/.hidden.json", line(98))
    finished = cli.land("inbox")
    assert finished.ledger["landed"] == 5
    assert "Ignored 2, which contain no events by their name or kind: " in finished.out
    assert "inbox/readme.txt" in finished.out


def test_a_file_that_is_named_is_read_whatever_its_name(cli: Cli) -> None:
    for number, name in enumerate(["events.txt", "of.zip.json", "of.tar.log.gz"]):
        cli.write(name, line(number))
        assert cli.land(name).ledger["landed"] == 1


def test_a_glob_is_expanded_and_a_file_named_twice_lands_once(cli: Cli) -> None:
    cli.write("in/x/a.json", line(1))
    cli.write("in/y/b.json", line(2))
    assert cli.land("in/**/*.json", "in/x/a.json", "in").ledger["landed"] == 2


def test_a_landing_zone_inside_a_source_is_not_read(cli: Cli) -> None:
    cli.write("a.json", line())
    cli.land(".", to="zone")
    assert cli.land(".", to="zone").ledger == {"read": 0, "landed": 0, "quarantined": 0, "control": 0}
    assert len(cli.zone().events) == 1
    (cli.folder / "a.json").unlink()
    assert "Left out 2 inputs" in cli.land(".", to="zone").out


def test_a_landing_zone_is_known_by_any_way_to_it(cli: Cli) -> None:
    cli.write("inbox/a.json", line())
    (cli.folder / "link").symlink_to("zone")
    cli.land("inbox")
    for way in ("link", "zone/../link", str(cli.folder / "zone")):
        for source in (".", "inbox/..", str(cli.folder / "inbox" / "..")):
            finished = cli.land(source, to=way)
            assert finished.ledger["read"] == 0
            assert "Skipped 1 input " in finished.out
            assert "Left out 2 inputs in the landing zone itself" in finished.out  # the object and the manifest


@pytest.mark.parametrize("source", ["zone", "zone/manifests", "link/events", "zone/events/*/*/*.json.gz", "inbox/own"])
def test_a_source_that_lies_in_the_landing_zone_is_refused_with_what_to_do(cli: Cli, source: str) -> None:
    cli.write("inbox/a.json", line())
    cli.land("inbox")
    (cli.folder / "link").symlink_to("zone")
    [key] = [key for key in cli.zone().files() if key.startswith("events/")]
    (cli.folder / "inbox" / "own").symlink_to(cli.folder / "zone" / key)
    finished = cli("land", source, "--to", "zone")
    assert finished.status == 2
    assert f"{source} lies in the landing zone itself" in finished.err
    assert "Copy it" in finished.err


def test_a_source_beside_the_landing_zone_is_read_from_inside_it(cli: Cli) -> None:
    cli.write("inbox/a.json", line())
    (cli.folder / "zone").mkdir()
    outer, cli.folder = cli.folder, cli.folder / "zone"
    assert cli.land("../inbox", to=".").ledger["landed"] == 1
    assert (outer / "zone" / "events").is_dir()


def test_what_a_folder_holds_besides_files_is_reported_and_not_read(cli: Cli) -> None:
    cli.write("inbox/a.json", line(1))
    cli.write("inbox/.git/b.json", line(2))
    cli.write("elsewhere/c.json", line(3))
    (cli.folder / "inbox" / "linked").symlink_to("../elsewhere")
    (cli.folder / "inbox" / "broken").symlink_to("missing")
    (cli.folder / "inbox" / "round").symlink_to("round")
    os.mkfifo(cli.folder / "inbox" / "pipe")
    finished = cli.land("inbox")
    assert finished.ledger["landed"] == 1
    assert "Ignored 5, " in finished.out
    assert "inbox/.git, inbox/broken, inbox/linked, ..." in finished.out


def test_a_link_that_leads_out_of_a_folder_is_read_only_when_it_is_named(cli: Cli) -> None:
    cli.write("elsewhere/private.json", line(1))
    cli.write("inbox/a.json", line(2))
    (cli.folder / "inbox" / "out.json").symlink_to("../elsewhere/private.json")
    (cli.folder / "inbox" / "within.json").symlink_to("a.json")
    finished = cli.land("inbox")
    assert "inbox/out.json" in finished.out  # reported as ignored
    assert {entry["payload"]["mail"]["messageId"][9:16] for entry in cli.zone().events} == {"0000002"}
    assert cli.land("inbox/out.json").ledger["landed"] == 1


def test_what_is_written_only_this_user_can_read(cli: Cli) -> None:
    cli.write("a.json", line(1) + "not JSON\n")
    cli.land("a.json")
    written = [path for path in (cli.folder / "zone").rglob("*") if path.is_file()]
    assert {path.parts[len(cli.folder.parts) + 1] for path in written} >= {"events", "quarantine", "manifests"}
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}


@pytest.mark.parametrize("name", ["a.zip", "a.TAR", "a.tgz", "a.tar.gz"])
def test_an_archive_is_refused_when_it_is_named_and_ignored_in_a_folder(cli: Cli, name: str) -> None:
    cli.write(f"inbox/{name}", "whatever")
    finished = cli("land", f"inbox/{name}", "--to", "zone")
    assert finished.status == 2
    assert f"inbox/{name} is an archive" in finished.err
    for source in ("inbox", "inbox/*"):
        assert "Ignored 1, " in cli.land(source).out


@pytest.mark.parametrize("source", ["inbox", "inbox/*", "inbox/AMAZON_SES_SETUP_NOTIFICATION"])
def test_what_ses_leaves_in_a_receiving_bucket_when_it_is_set_up_is_ignored(cli: Cli, source: str) -> None:
    cli.write("inbox/AMAZON_SES_SETUP_NOTIFICATION", "Subject: Amazon SES Setup Notification\n\nHello,\n")
    finished = cli.land(source)
    assert finished.ledger == {"read": 0, "landed": 0, "quarantined": 0, "control": 0}
    assert (
        "Ignored 1, which contain no events by their name or kind: inbox/AMAZON_SES_SETUP_NOTIFICATION" in finished.out
    )


def test_an_end_that_is_not_after_the_beginning_is_wrong_usage(cli: Cli) -> None:
    cli.write("zone/a.json", line())
    for until in ("2026-11-10", "2026-11-09T23"):
        for command in (("land", "zone", "--to", "other"), ("quarantine", "list", "zone")):
            finished = cli(*command, "--since", "2026-11-10", "--until", until)
            assert finished.status == 2
            assert "is not after --since" in finished.err


def test_an_address_with_one_slash_is_told_as_what_it_should_be(cli: Cli) -> None:
    cli.write("a.json", line())
    assert "s3:/bucket: only files, folders, globs and s3://bucket/prefix" in cli("land", "s3:/bucket", "--to", "z").err
    finished = cli("land", "a.json", "--to", "s3:/bucket/landing")
    assert finished.status == 2
    assert not (cli.folder / "s3:").exists()


@pytest.mark.parametrize("source", ["x" * 300, "deep/" * 1000 + "a.json", ""])
def test_a_name_that_no_file_can_have_is_wrong_usage(cli: Cli, source: str) -> None:
    finished = cli("land", source, "--to", "zone")
    assert finished.status == 2
    assert source in finished.err


def test_a_landing_zone_that_no_folder_can_be_is_wrong_usage(cli: Cli) -> None:
    cli.write("a.json", line())
    (cli.folder / "round").symlink_to("round")
    told = {place: cli("land", "a.json", "--to", place) for place in ("", " ", "a.json", "x" * 300, "round")}
    assert [finished.status for finished in told.values()] == [2] * 5
    assert "has no name" in told[""].err
    assert "a.json is a file" in told["a.json"].err
    assert sorted(path.name for path in cli.folder.iterdir()) == ["a.json", "round"]


@pytest.mark.parametrize("source", ["missing.json", "nothing*.json", "ftp://host/key", "/dev/null"])
def test_a_source_that_does_not_exist_is_wrong_usage(cli: Cli, source: str) -> None:
    finished = cli("land", source, "--to", "zone")
    assert finished.status == 2
    assert source in finished.err
    assert not (cli.folder / "zone").exists()


@pytest.mark.parametrize("arguments", [[], ["a.json"], ["a.json", "--to", "ftp://host/x"], ["a.json", "--to", "s3://"]])
def test_wrong_usage_has_status_2(cli: Cli, arguments: list[str]) -> None:
    cli.write("a.json", line())
    assert cli("land", *arguments).status == 2


def test_a_source_that_holds_nothing_says_so_and_ends_well(cli: Cli) -> None:
    (cli.folder / "empty").mkdir()
    finished = cli.land("empty")
    assert "Nothing to land" in finished.out
    assert finished.ledger == {"read": 0, "landed": 0, "quarantined": 0, "control": 0}
    cli.write("empty/a.json", "")
    assert cli.land("empty").ledger["read"] == 0


def test_more_quarantined_than_allowed_is_status_1_and_the_rest_has_landed(cli: Cli) -> None:
    cli.write("a.json", line() + "one\n" + "two\n")
    finished = cli("land", "a.json", "--to", "zone", "--max-quarantined", "1")
    assert finished.status == 1
    assert "2 of 3 records were quarantined" in finished.err
    assert len(cli.zone().events) == 1
    cli.write("b.json", line(2) + "one\n" + "two\n")
    assert cli("land", "b.json", "--to", "zone", "--max-quarantined", "2").status == 0


def test_the_output_names_reasons_and_places_and_ends_with_the_ledger(cli: Cli) -> None:
    without_id = event()
    del without_id["mail"]["messageId"]
    cli.write("inbox/a.jsonl", line(1) + json.dumps(without_id) + "\n" + "nonsense\n")
    out = cli.land("inbox").out
    assert "inbox/a.jsonl:2  $.mail.messageId" in out
    assert "inbox/a.jsonl:3  $" in out
    assert "zone/quarantine/dt=" in out
    assert out.splitlines()[-1] == "read 3 = landed 1 + quarantined 2 + control 0"


def test_a_record_lost_by_the_writer_is_seen_and_nothing_is_recorded_as_landed(cli: Cli) -> None:
    # a writer that drops its second line, put under the real command
    cli.write(
        "broken/sitecustomize.py",
        "from ingestion.landing import objects\n"
        "write = objects.ObjectWriter.write\n"
        "def dropping(self, lines):\n"
        "    kept = lines.splitlines(keepends=True)\n"
        "    write(self, b''.join(kept[:1] + kept[2:]))\n"
        "objects.ObjectWriter.write = dropping\n",
    )
    cli.write("a.json", line(1) + line(2) + line(3))
    cli.environment["PYTHONPATH"] = str(cli.folder / "broken")
    finished = cli("land", "a.json", "--to", "zone")
    assert finished.status == 4
    assert "read 3 records from a.json" in finished.err
    assert "2 landed" in finished.err
    assert not cli.zone().manifests
    assert not cli.zone().events
    del cli.environment["PYTHONPATH"]
    assert cli.land("a.json").ledger["landed"] == 3


def test_an_unwritable_place_is_told_without_a_traceback(cli: Cli) -> None:
    cli.write("a.json", line())
    cli.write("file", "not a folder")
    finished = cli("land", "a.json", "--to", "file/zone")
    assert finished.status == 4
    assert "file/zone" in finished.err


def test_a_damaged_manifest_is_named(cli: Cli) -> None:
    cli.write("a.json", line())
    cli.land("a.json")
    [key] = [key for key in cli.zone().files() if key.startswith("manifests/")]
    cli.write(f"zone/{key}", "{")
    finished = cli("land", "a.json", "--to", "zone")
    assert finished.status == 3
    assert key in finished.err


def test_help_and_commands_start_without_importing_aws_or_dataframes(cli: Cli) -> None:
    cli.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    assert cli("--help").status == 0
    imported = cli("--help").err
    assert "click" in imported
    for module in ("boto3", "pandas", "duckdb", "rich"):
        assert f" {module}\n" not in imported


def test_the_first_line_says_what_landed_or_what_there_was_instead(cli: Cli) -> None:
    control = json.dumps({"Type": "SubscriptionConfirmation", "Message": "..."}) + "\n"
    inputs = {
        line(): "Landed 1 event from 1 input in",
        line(1) + line(2): "Landed 2 events from 1 input in",
        "\n": "No events in 1 input: nothing but blanks.",
        control * 2: "No events in 1 input: 2 control messages.",
        "broken\n": "No events in 1 input: 1 record that went to quarantine.",
        control + "broken\n": "No events in 1 input: 1 control message and 1 record that went to quarantine.",
    }
    for number, (content, told) in enumerate(inputs.items()):
        cli.write(f"{number}.json", content)
        assert cli.land(f"{number}.json").out.startswith(told)


def test_there_are_as_many_processes_as_processors_that_may_be_used_and_at_most_eight(cli: Cli) -> None:
    cli.write(
        "site/sitecustomize.py",
        "import os, sys\n"
        "os.cpu_count = lambda: 64\n"
        "os.sched_getaffinity = lambda _: range(int(os.environ['USABLE']))\n"
        "from ingestion import batches\n"
        "def told(work, tasks, processes):\n"
        "    print('processes:', processes)\n"
        "    return ((task, work(task)) for task in tasks)\n"
        "batches.results = told\n",
    )
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    for usable, processes in ((3, 3), (40, 8)):
        cli.environment["USABLE"] = str(usable)
        cli.write(f"{usable}.json", line(usable))
        assert f"processes: {processes}\n" in cli.land(f"{usable}.json").out


def test_the_version_is_told_and_help_says_each_command_in_full(cli: Cli) -> None:
    assert cli("--version").out == f"email-events {version('email-events')}\n"
    assert "..." not in cli("--help").out.partition("Commands:")[2]


def test_standard_input_lands_once(cli: Cli) -> None:
    text = line(1) + "not JSON\n"
    piped = [cli.piped(text, "land", "-", "--to", "zone") for _ in range(2)]
    assert [finished.status for finished in piped] == [0, 0]
    assert piped[0].ledger == {"read": 2, "landed": 1, "quarantined": 1, "control": 0}
    assert piped[1].ledger["read"] == 0
    assert [entry["origin"] for entry in cli.zone().events] == ["stdin:1"]
    assert "stdin:2  QUARANTINE  not_json" in cli.piped(text, "check", "-").out


def test_the_report_is_one_json_object(cli: Cli) -> None:
    cli.write("a.json", line(1) + "not JSON\n")
    report = json.loads(cli.land("a.json", "--json").out)
    assert (report["read"], report["landed"], report["quarantined"], report["control"]) == (2, 1, 1, 0)
    assert report["landed_by_source"] == {"ses_event": 1}
    assert report["quarantined_by_reason"] == {"not_json": 1}
    assert [example["origin"] for example in report["examples"]] == ["a.json:2"]
    assert {*report["objects"], *report["quarantine_objects"]} < cli.zone().files().keys()


def test_a_run_that_quarantines_every_record_fails(cli: Cli) -> None:
    cli.write("a.json", "not JSON\n")
    finished = cli("land", "a.json", "--to", "zone")
    assert finished.status == 1
    assert "Error: every record (1) was quarantined." in finished.err
