"""What `land` reads from standard input, its report as JSON, and its exit status when nothing lands."""

from __future__ import annotations

import json

from command_line import Cli, line


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
