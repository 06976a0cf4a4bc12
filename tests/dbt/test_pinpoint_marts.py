"""Each column of the marts of Pinpoint's campaigns, journeys and apps, from events in which no two values are alike."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from dbt_warehouse import WITHOUT_TESTS, Warehouse

AT = datetime(2026, 10, 12, 9, 30)
STARTED, STOPPED = datetime(2026, 10, 12, 9, 0), datetime(2026, 10, 12, 9, 45)


def millis(time: datetime) -> int:
    return int(time.replace(tzinfo=UTC).timestamp() * 1000)


def event(kind: str, attributes: dict[str, str], endpoint: dict[str, str]) -> dict[str, Any]:
    return {
        "event_type": kind,
        "event_timestamp": millis(AT),
        "arrival_timestamp": millis(AT) + 5,
        "event_version": "3.1",
        "awsAccountId": "111122223333",
        "application": {"app_id": "app-1"},
        "client": {"client_id": f"client of {kind}", "cognito_id": "cognito-1"},
        "device": {
            "platform": {"name": "android", "version": "14"},
            "make": "make-1",
            "model": "model-1",
            "locale": {"code": "de_AT"},
        },
        "session": {
            "session_id": "session-1",
            "start_timestamp": millis(STARTED),
            "stop_timestamp": millis(STOPPED),
        },
        "attributes": attributes,
        "client_context": {"custom": {"endpoint": json.dumps(endpoint)}},
    }


CAMPAIGN = {
    "campaign_id": "campaign-1",
    "campaign_activity_id": "activity-1",
    "treatment_id": "treatment-1",
    "campaign_send_status": "SUCCESS",
    "delivery_type": "EMAIL",
}
JOURNEY = {
    "journey_id": "journey-1",
    "journey_run_id": "run-1",
    "journey_activity_id": "activity-2",
    "journey_activity_type": "SMS",
    "journey_send_status": "FAILURE",
    "journey_send_status_message": "the endpoint has opted out",
    "journey_send_status_code": "17",
}
EVENTS = [
    event("_campaign.send", CAMPAIGN, {"ChannelType": "EMAIL", "Address": "Reader@Example.com"}),
    event("_journey.send", JOURNEY, {"ChannelType": "SMS", "Address": "+1 202-555-0100"}),
    event("Cart.Abandoned", {"sku": "17"}, {"ChannelType": "GCM", "Address": "token"}),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("pinpoint_marts")
    landed = folder / "landing" / "events" / "dt=2026-10-12" / "hour=10" / "firehose-1.json.gz"
    landed.parent.mkdir(parents=True)
    landed.write_bytes(gzip.compress("".join(f"{json.dumps(one)}\n" for one in EVENTS).encode()))
    warehouse = Warehouse(folder, folder / "landing")
    selected = ("+fct_campaign_events", "+fct_journey_events", "+fct_app_events")
    warehouse.dbt("build", *WITHOUT_TESTS, "--select", *selected)
    return warehouse


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


OF_EACH = {"account_id": "111122223333", "app_id": "app-1", "occurred_at": AT, "sent_date": date(2026, 10, 12)}
ROWS = {
    "fct_campaign_events": OF_EACH
    | CAMPAIGN
    | {
        "event_type": "_campaign.send",
        "client_id": "client of _campaign.send",
        "endpoint_channel": "EMAIL",
        "recipient_key": md5("reader@example.com"),
        "destination_key": None,
    },
    "fct_journey_events": OF_EACH
    | JOURNEY
    | {
        "event_type": "_journey.send",
        "client_id": "client of _journey.send",
        "endpoint_channel": "SMS",
        "recipient_key": None,
        "destination_key": md5("12025550100"),
    },
    "fct_app_events": OF_EACH
    | {
        "event_name": "Cart.Abandoned",
        "client_id": "client of Cart.Abandoned",
        "session_id": "session-1",
        "platform_name": "android",
        "platform_version": "14",
        "device_make": "make-1",
        "device_model": "model-1",
        "locale_code": "de_AT",
        "session_started_at": STARTED,
        "session_stopped_at": STOPPED,
    },
}


@pytest.mark.parametrize("mart", ROWS)
def test_each_column_of_the_mart_has_the_value_of_its_own_field(mart: str, built: Warehouse) -> None:
    columns = [str(name) for name, *_ in built.query(f"describe {mart}")]
    [row] = built.query(f"select * from {mart}")
    found = dict(zip(columns, row, strict=True))
    assert found.pop("event_id")
    assert found == ROWS[mart]
