"""`email-events simulate`: what there is beside sent mail. What is expected comes from the event reference."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from typing import Any

import pytest
import simulated
from simulated import REPOSITORY, Event, carried, source_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("simulate")]


@pytest.fixture(scope="module")
def others() -> list[Event]:
    """Of ten days before the end of Pinpoint, and of three weeks after it; each event once."""
    before = simulated.output_of("--days", "10", "--messages-per-day", "2000", "--until", "2026-10-29", "--to", "-")
    lines = [line for line in before.splitlines() if not simulated.is_sent_mail(line)]
    return [carried(line)[1] for line in dict.fromkeys(lines + simulated.stream().others)]


@pytest.fixture(scope="module")
def messages(others: list[Event]) -> dict[str, dict[str, Event]]:
    """The events of each message of Pinpoint and End User Messaging, by their type."""
    found: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in others:
        if event.get("event_type", "").startswith("_email."):
            mail = event["facets"]["email_channel"]["mail_event"]["mail"]
            found[mail["message_id"]][event["event_type"]] = event
        elif event.get("event_type", "").startswith("_SMS."):
            found[event["attributes"]["message_id"]][event["event_type"]] = event
        elif "eventVersion" in event:
            found[event["messageId"]][event["eventType"]] = event
    return found


def of_type(messages: dict[str, dict[str, Event]], event_type: str) -> list[dict[str, Event]]:
    found = [events for events in messages.values() if event_type in events]
    assert 0 < len(found) < 0.05 * len(messages), event_type
    return found


def test_mail_that_pinpoint_rejects_was_sent_and_what_it_cannot_render_was_not(
    messages: dict[str, dict[str, Event]],
) -> None:
    for events in of_type(messages, "_email.rejected"):
        assert events.keys() == {"_email.send", "_email.rejected"}
    for events in of_type(messages, "_email.rendering_failure"):
        assert events.keys() == {"_email.rendering_failure"}


def test_who_opts_out_has_been_sent_a_promotion(messages: dict[str, dict[str, Event]]) -> None:
    for events in of_type(messages, "_SMS.OPTOUT"):
        assert events.keys() == {"_SMS.BUFFERED", "_SMS.SUCCESS", "_SMS.OPTOUT"}
        answer, delivery = events["_SMS.OPTOUT"], events["_SMS.SUCCESS"]
        assert answer["event_timestamp"] > delivery["event_timestamp"]
        assert answer["attributes"] == {**delivery["attributes"], "record_status": "OPTED_OUT"}
        assert answer["attributes"]["message_type"] == "Promotional"
        assert "metrics" not in answer


def test_a_notification_is_opened_on_the_endpoint_that_a_push_campaign_went_to(others: list[Event]) -> None:
    sent = {e["client"]["client_id"]: e for e in others if e.get("event_type") == "_campaign.send"}
    opened = [e for e in others if e.get("event_type") == "_campaign.opened_notification"]
    assert 0 < len(opened) < 0.05 * len(sent)
    for event in opened:
        send = sent[event["client"]["client_id"]]
        assert event["event_timestamp"] > send["event_timestamp"]
        assert event["attributes"].items() <= send["attributes"].items()
        assert (send["attributes"]["delivery_type"], send["attributes"]["campaign_send_status"]) == ("GCM", "SUCCESS")


def test_a_text_that_protection_holds_back_goes_to_no_carrier_and_costs_nothing(
    messages: dict[str, dict[str, Event]],
) -> None:
    for events in of_type(messages, "TEXT_PROTECT_BLOCKED"):
        (event,) = events.values()
        assert event["isFinal"]
        assert (event["totalMessagePrice"], event["totalCarrierFee"]) == (0, 0)
        assert event["protectConfigurationAssessment"]["protectRecommendation"] == "BLOCK"
        assert "carrierName" not in event


def test_rcs_is_queued_sent_delivered_and_sometimes_read(messages: dict[str, dict[str, Event]]) -> None:
    read = Counter(events.keys() >= {"RCS_READ"} for events in of_type(messages, "RCS_DELIVERED"))
    assert read.keys() == {True, False}
    for events in of_type(messages, "RCS_DELIVERED"):
        assert events.keys() - {"RCS_READ"} == {"RCS_QUEUED", "RCS_SENT", "RCS_DELIVERED"}
        times = [
            event["eventTimestamp"] for event in sorted(events.values(), key=lambda event: event["eventTimestamp"])
        ]
        in_order = [
            events[name]["eventTimestamp"]
            for name in ("RCS_QUEUED", "RCS_SENT", "RCS_DELIVERED", "RCS_READ")
            if name in events
        ]
        assert times == in_order
        assert all("messageEncoding" not in event for event in events.values())


def test_every_field_is_documented(others: list[Event]) -> None:
    documented: dict[str, set[tuple[str, str]]] = defaultdict(set)
    with (REPOSITORY / "seeds" / "documented_fields.csv").open() as file:
        for row in csv.DictReader(file):
            documented[row["source"]].add((row["path"], row["kind"]))
    undocumented: Counter[tuple[str, str, str]] = Counter()
    for event in others:
        if event.get("event_type") == "basket.filled":  # an app makes up what it likes
            continue
        source = source_of(event)
        parents = {path.rpartition(".")[0] for path, _ in documented[source]}
        undocumented.update((source, *field) for field in fields(event, parents) if field not in documented[source])
    assert not undocumented


KINDS = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    dict: "object",
    list: "array",
    type(None): "null",
}


def fields(value: dict[str, Any], parents: set[str], parent: str = "") -> list[tuple[str, str]]:
    """Path and kind of each field in an object whose fields are documented."""
    found: list[tuple[str, str]] = []
    for key, inner in value.items():
        path = f"{parent}.{key}" if parent else key
        if parent in parents:
            found.append((path, KINDS[type(inner)]))
        if isinstance(inner, dict):
            found += fields(inner, parents, path)
    return found
