"""Bare lines, as Firehose writes them, have passed no check: the models hold them to the same least."""

from __future__ import annotations

import gzip

import pytest
from dbt_warehouse import Warehouse
from expectations import OUR_OWN, Expected, assert_same

pytestmark = pytest.mark.xdist_group("bare_lines")

Line = tuple[str, Expected]
KINDS = ("control", "ses_event", "ses_notification", "ses_inbound", "pinpoint", "eum", "malformed")


def bare_lines() -> list[Line]:
    """Our own events that come in no envelope, and what is no event: each line with its row."""
    wrappings = ('"Type": "Notification"', '"Records"', '"detail-type"')
    found: list[Line] = []
    for file in dict.fromkeys(row.file for row in OUR_OWN.rows):
        lines = OUR_OWN.lines(file)
        if file.startswith(KINDS) and not any(part in lines[0] for part in wrappings):
            found += zip(lines, OUR_OWN.of_file(file), strict=True)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    target = folder / "landing" / "events" / "dt=2026-11-24" / "hour=13" / "firehose-1.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(f"{line}\n" for line, _ in bare_lines()).encode()))
    warehouse = Warehouse(folder, folder / "landing")
    warehouse.dbt("seed")
    warehouse.dbt("run", "--select", "+landing_rejects", "+fct_recipient_events", "stg_ses__inbound", "stg_eum__events")
    return warehouse


def test_what_lacks_the_least_is_a_reject_for_the_reason_that_land_would_tell(built: Warehouse) -> None:
    rejects = built.query("select reason, line from landing_rejects")
    refused = [(row.reason or "control", line) for line, row in bare_lines() if row.fate in ("quarantined", "control")]
    assert len({reason for reason, _ in refused}) == 7
    assert_same(refused, rejects)


def test_what_has_the_least_reaches_the_facts(built: Warehouse) -> None:
    assert_same(
        {(row.mail_type, row.message_id) for _, row in bare_lines() if row.mail_type},
        built.query("select distinct event_type, message_id from fct_recipient_events"),
    )


@pytest.mark.parametrize(
    ("source", "model"),
    [("ses_inbound", "stg_ses__inbound"), ("pinpoint", "stg_pinpoint__events"), ("eum", "stg_eum__events")],
)
def test_what_is_no_mail_that_ses_sent_is_known_by_its_shape(built: Warehouse, source: str, model: str) -> None:
    expected = {(row.event_type.lower(), row.message_id) for _, row in bare_lines() if row.source == source}
    assert len(expected) >= 2
    assert_same(expected, built.query(f"select distinct event_type, message_id from {model}"))
