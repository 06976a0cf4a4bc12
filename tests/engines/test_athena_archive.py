"""More days at once than a statement of Athena's may write: docs/engines.md."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from athena.athena_project import AthenaProject
from athena.server import AthenaServer

pytestmark = pytest.mark.xdist_group("athena")

DAYS = 105
COMPLAINED = 102
FIRST = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY_BEFORE, ARRIVAL = "2026-11-19", "2026-11-20"
SELECTED = ("--select", "+fct_messages", "+fct_sending_daily")
MESSAGES = "select count(*), count(distinct sent_date), sum(delivered_recipients), sum(complaints) from fct_messages"
SENDING = (
    "select count(*), count(distinct sent_day), sum(sends), sum(deliveries), sum(complaints) from fct_sending_daily"
)
FILES = 'select max(file_count) from "archive"."fct_messages$partitions"'


def event(kind: str, number: int, minutes: int = 0, **detail: Any) -> dict[str, Any]:
    """An event about the message of this number: one to one recipient on each day."""
    sent = FIRST + timedelta(days=number)
    return {
        "eventType": kind,
        "mail": {
            "timestamp": f"{sent:%Y-%m-%dT%H:%M:%S}.000Z",
            "messageId": f"message-{number}",
            "source": "news@example.com",
            "sendingAccountId": "123456789012",
            "destination": ["reader@example.org"],
        },
        kind.lower(): {"timestamp": f"{sent + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.000Z", **detail},
    }


def land(folder: Path, hour: int, events: list[dict[str, Any]]) -> Path:
    target = folder / "events" / f"dt={ARRIVAL}" / f"hour={hour:02d}" / "archive.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in events).encode()))
    return folder


def test_an_archive_of_more_than_100_days_is_built_restated_and_maintained(
    athena: AthenaServer, tmp_path: Path
) -> None:
    project = AthenaProject(athena, tmp_path / "project", "archive")
    project.stage_landing(DAY_BEFORE, ARRIVAL)

    sends = [{**event("Send", number), "send": {}} for number in range(DAYS)]
    deliveries = [event("Delivery", number, 1, recipients=["reader@example.org"]) for number in range(DAYS)]
    project.arrive(land(tmp_path / "archive", 1, sends + deliveries))
    project.dbt("build", "--exclude-resource-type", "test", *SELECTED)
    assert project.rows(MESSAGES) == [(DAYS, DAYS, DAYS, 0)]
    assert project.rows(SENDING) == [(DAYS, DAYS, DAYS, DAYS, 0)]

    reporter = {"complainedRecipients": [{"emailAddress": "reader@example.org"}]}
    complaints = [event("Complaint", n, 60, feedbackId=f"feedback-{n}", **reporter) for n in range(COMPLAINED)]
    project.arrive(land(tmp_path / "complaints", 2, complaints))
    project.dbt("run", *SELECTED)
    assert project.rows(MESSAGES) == [(DAYS, DAYS, DAYS, COMPLAINED)]
    assert project.rows(SENDING) == [(DAYS, DAYS, DAYS, DAYS, COMPLAINED)]

    # the upkeep: both runs left a file on more than 100 days
    assert project.rows(FILES) > [(1,)]
    told = project.dbt("run-operation", "maintain")
    assert f"vacuum {project.schema}.fct_messages" in told
    assert project.rows(FILES) == [(1,)]
    assert project.rows(MESSAGES) == [(DAYS, DAYS, DAYS, COMPLAINED)]
    assert project.rows("select count(*) from model_watermarks group by model_name having count(*) > 1") == []
    assert "optimize archive.fct_messages" not in project.dbt("run-operation", "maintain")
