"""The query of docs/architecture.md that answers what happened to a landed line."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt_warehouse import REPOSITORY, Warehouse


def the_query(message_id: str) -> str:
    [query] = re.findall(r"```sql\n(.*?)```", (REPOSITORY / "docs" / "architecture.md").read_text(), re.DOTALL)
    return str(query).replace("0100019a...", message_id)


def test_the_documented_query_finds_a_staged_line_its_repeat_and_a_rejected_one(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    def land(hour: str, *events: dict[str, Any]) -> str:
        key = f"landing/events/dt=2026-11-24/hour={hour}/firehose.json.gz"
        (tmp_path / key).parent.mkdir(parents=True)
        (tmp_path / key).write_bytes(gzip.compress("".join(json.dumps(event) + "\n" for event in events).encode()))
        return key

    mail = {"messageId": "m-1", "timestamp": "2026-11-24T08:00:00.000Z", "destination": ["ada@example.com"]}
    sent = {"eventType": "Send", "mail": mail, "send": {}}
    without_time = {"eventType": "Bounce", "mail": {"messageId": "m-1"}, "bounce": {}}
    first = land("08", sent)
    second = land("09", sent, without_time)
    third = land("10", {**sent, "mail": {**mail, "messageId": "m-2"}}, {**sent, "mail": {**mail, "messageId": "m-2"}})

    built = warehouse(tmp_path / "landing")
    built.dbt("run", "--select", "+int_staged_events_unioned")
    found = built.query(the_query("m-1"))
    assert {(row[1], row[2], row[4], row[5]) for row in found} == {
        ("ses_event", "send", "m-1", "staged"),
        ("ses_event", "send", "m-1", f"a repeat of an event in {first}"),
        ("ses_event", "bounce", "m-1", "rejected: missing_field"),
    }
    assert sorted(str(row[0]) for row in found) == [first, second, second]
    twice = built.query(the_query("m-2"))
    assert sorted(str(row[5]) for row in twice) == ["a repeat of an event in the same object", "staged"]
    assert {row[0] for row in twice} == {third}
    assert len({row[3] for row in found if row[2] == "send"}) == 1
