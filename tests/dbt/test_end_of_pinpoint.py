"""A history that crosses the end of Pinpoint (30 October 2026) reads as one series of text messages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from dbt_warehouse import Warehouse
from expectations import assert_same

pytestmark = pytest.mark.xdist_group("end_of_pinpoint")

ARGUMENTS = ("--days", "8", "--messages-per-day", "400", "--tenants", "1", "--seed", "4", "--until", "2026-11-02")
ENDS = "2026-10-30"

Event = dict[str, Any]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    file = tmp_path_factory.mktemp("stream") / "stream.ndjson"
    _simulate("--to", str(file))
    return [json.loads(line) for line in dict.fromkeys(file.read_text().splitlines())]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    _simulate("--landing", str(folder / "landing"))
    warehouse = Warehouse(folder, folder / "landing")
    warehouse.dbt("run", "--select", "+fct_sms_messages")
    return warehouse


def _simulate(*target: str) -> None:
    command = (sys.executable, "-m", "ingestion.cli", "simulate", *ARGUMENTS, *target)
    subprocess.run(command, check=True, capture_output=True)


def messages(stream: list[Event]) -> dict[str, list[Event]]:
    """The events of each text, media and voice message."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in stream:
        if event.get("event_type", "").startswith("_SMS."):
            found[event["attributes"]["message_id"]].append(event)
        elif "eventVersion" in event:
            found[event["messageId"]].append(event)
    return found


def day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"


def test_every_message_is_a_row_of_the_day_it_was_sent_whoever_told_of_it(
    stream: list[Event], built: Warehouse
) -> None:
    expected = []
    for message_id, events in messages(stream).items():
        sent = min(event.get("messageRequestTimestamp") or event["event_timestamp"] for event in events)
        expected.append((message_id, day(sent), "pinpoint" if "event_type" in events[0] else "eum"))
    assert {source for _, _, source in expected} == {"pinpoint", "eum"}
    assert all((sent_day < ENDS) == (source == "pinpoint") for _, sent_day, source in expected)
    assert_same(expected, built.query("select message_id, cast(sent_date as varchar), source from fct_sms_messages"))


def test_no_day_is_without_messages_and_none_has_a_word_of_its_own(built: Warehouse) -> None:
    days = built.query(
        "select cast(sent_date as varchar), count(*), count(outcome), count(iso_country_code), count(parts), count(mcc)"
        " from fct_sms_messages where channel = 'text' group by all order by 1"
    )
    assert [sent_day for sent_day, *_ in days] == [f"2026-10-{n}" for n in range(26, 32)] + ["2026-11-01", "2026-11-02"]
    assert [row for row in days if len(set(row[1:])) != 1] == []
    words = built.query(
        "select source, list(distinct message_type order by message_type) from fct_sms_messages"
        " where channel = 'text' group by source order by source"
    )
    assert words == [("eum", ["promotional", "transactional"]), ("pinpoint", ["promotional", "transactional"])]


def test_a_delivered_text_costs_the_same_before_and_after(built: Warehouse) -> None:
    prices = built.query(
        "select distinct source, round(price_usd / parts, 8) from fct_sms_messages"
        " where channel = 'text' and outcome = 'delivered' order by source"
    )
    assert prices == [("eum", 0.00645), ("pinpoint", 0.00645)]
