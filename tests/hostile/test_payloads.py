"""Every payload in every field that others write: all is accounted for, and nothing of it runs, steers or fails."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime

import pytest
from command_line import Cli
from page_project import Project
from payloads import PAYLOADS, hostile_events

pytestmark = [pytest.mark.hostile, pytest.mark.xdist_group("payloads")]

HOUR = f"events/{datetime.now(UTC):dt=%Y-%m-%d/hour=%H}"
MODELS = ("stg_ses__mail_events", "stg_ses__inbound", "stg_pinpoint__events", "stg_eum__events")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One half landed by `land` and one by Firehose; then, in a second run, each half on the other way."""
    project = Project(tmp_path_factory.mktemp("payloads"))
    lines = [line for line, _ in hostile_events()]
    for turn in (0, 1):
        project.land(lines[turn::2])
        bare = project.folder / "landing" / HOUR / f"firehose-{turn}.json.gz"
        bare.parent.mkdir(parents=True, exist_ok=True)
        bare.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines[1 - turn :: 2]).encode(), 1))
        said = project.warehouse.dbt("build")
        assert [line for line in said.splitlines() if not line.isprintable()] == []
    return project


def test_there_are_35_payloads() -> None:
    assert len(set(PAYLOADS.values())) >= 35


def test_every_record_is_accounted_for(built: Project) -> None:
    records = sum(1 for _ in hostile_events())
    query = built.warehouse.query
    assert query("select * from ingestion_ledger where balance not in ('balanced', 'no_manifest')") == []
    told = query("select sum(read_records), sum(landed_by_manifest + quarantined + control) from ingestion_ledger")
    assert told[0][0] == told[0][1]
    assert int(str(told[0][0])) >= records  # an envelope of several is several
    bare = "select sum(landed), sum(staged + repeats + rejected) from ingestion_ledger where balance = 'no_manifest'"
    assert query(bare) == [(records, records)]


def test_what_has_the_least_is_staged_whatever_else_it_says(built: Project) -> None:
    found = [re.search("messageId-[0-9]+", line) for line, whole in hostile_events() if whole]
    wanted = {one[0] for one in found if one}
    assert len(wanted) > 1000
    staged = built.warehouse.query(" union all ".join(f"select message_id from {model}" for model in MODELS))
    assert wanted - {name for (name,) in staged} == set()


def test_the_page_shows_no_address_and_runs_nothing(built: Project) -> None:
    text = built.draw("index.html").read_text()
    ours = text.partition("<script>")[0]  # Vega's own code follows
    assert re.findall(r".{0,40}wombat.{0,40}", text, re.IGNORECASE) == []
    assert [sign for sign in set(ours) if not sign.isprintable() and sign != "\n"] == []
    for raw in ("<script>window", "<img src=x", "<svg/onload"):
        assert raw not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("watch", "landing"),
        ("quarantine", "list", "landing", "--by", "origin"),
        ("quarantine", "show", "landing"),
        ("check", "inbox.ndjson"),
    ],
)
def test_reports_steer_no_terminal(built: Project, arguments: tuple[str, ...]) -> None:
    done = Cli(built.folder)(*arguments)
    assert done.out
    assert [line for line in (done.out + done.err).split("\n") if not line.isprintable()] == []
