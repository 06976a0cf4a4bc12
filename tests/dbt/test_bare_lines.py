"""Bare lines, as Firehose writes them, have passed no check: the models hold them to the same least."""

from __future__ import annotations

import gzip
import json

import pytest
from expectations import EVENT_TYPES, OUR_OWN, Expected, assert_same
from warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("bare_lines")

Line = tuple[str, Expected]


def bare_lines() -> list[Line]:
    """Our own events that come in no envelope and concern sent mail, or nothing at all: each line with its row."""
    found: list[Line] = []
    for file in dict.fromkeys(row.file for row in OUR_OWN.rows):
        text = (OUR_OWN.folder / file).read_text(encoding="utf-8")
        if file.startswith(("ses_event", "ses_notification", "malformed")) and '"Type"' not in text:
            lines = text.splitlines() if file.endswith(".ndjson") else [json.dumps(json.loads(text))]
            found += zip(lines, OUR_OWN.of_file(file), strict=True)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    target = folder / "landing" / "events" / "dt=2026-11-24" / "hour=13" / "firehose-1.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(f"{line}\n" for line, _ in bare_lines()).encode()))
    warehouse = Warehouse(folder, folder / "landing")
    warehouse.dbt("run", "--select", "+landing_rejects", "+fct_recipient_events")
    return warehouse


def test_what_lacks_the_least_is_a_reject(built: Warehouse) -> None:
    rejects = built.query("select line from landing_rejects")
    assert_same([(line,) for line, row in bare_lines() if row.fate == "quarantined"], rejects)


def test_what_has_the_least_reaches_the_facts(built: Warehouse) -> None:
    assert_same(
        {(row.event_type, row.message_id) for _, row in bare_lines() if row.event_type in EVENT_TYPES.values()},
        built.query("select distinct event_type, message_id from fct_recipient_events"),
    )
