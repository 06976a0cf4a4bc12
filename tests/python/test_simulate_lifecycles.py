"""`email-events simulate`: what becomes of its messages. What is expected comes from how mail and SES behave."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
import simulated
from simulated import (
    LAST_DAY,
    OUTLOOK,
    SIMULATOR,
    SUPPRESSIONS,
    Event,
    Stream,
    is_hard_bounce,
    is_to,
    is_to_simulator,
    named,
    own_time,
    sent_time,
    tenant,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("simulate")]


@pytest.fixture(scope="module")
def stream() -> Stream:
    return simulated.stream()


def test_rates_outside_the_incident_are_those_of_a_sound_sender(stream: Stream) -> None:
    told = [e for e in stream.told if "eventType" in e and not stream.during_incident(e) and not is_to_simulator(e)]
    types = Counter(event["eventType"] for event in told)
    complaints = [e for e in told if e.get("complaint", {}).get("complaintFeedbackType") == "abuse"]
    assert 0.004 < sum(map(is_hard_bounce, told)) / types["Send"] < 0.01
    assert 0.0002 < len(complaints) / types["Delivery"] < 0.0008
    assert 0.95 < types["Delivery"] / types["Send"] < 1.25  # some messages have several recipients
    assert types["Reject"] / types["Send"] < 0.001


def test_on_three_days_one_tenant_goes_wrong_at_one_provider(stream: Stream) -> None:
    def share_of(days_later: int, sender: str, object_key: str, like: str) -> float:
        """Of a day's mail to Outlook: the share that one kind of event tells of."""
        day = stream.incident_day + timedelta(days=days_later)
        outlook = [e for events in stream.by_message.values() for e in events if is_to(e, OUTLOOK)]
        sent = [e for e in outlook if e.get("eventType") == "Send" and sent_time(e).date() == day]
        messages = {e["mail"]["messageId"] for e in sent if tenant(e) == sender}
        hit = {e["mail"]["messageId"] for e in outlook if object_key in e and like in json.dumps(e[object_key])}
        return len(messages & hit) / len(messages)

    assert share_of(0, "shop", "complaint", "abuse") > 0.005
    assert share_of(1, "shop", "deliveryDelay", "4.7.650") > 0.5
    assert share_of(1, "shop", "bounce", '"Transient"') > 0.1
    assert share_of(2, "shop", "bounce", '"Permanent"') > 0.5
    assert share_of(3, "shop", "bounce", '"Permanent"') < 0.05
    assert share_of(2, "news", "bounce", '"Permanent"') < 0.05


def test_the_incident_crosses_the_line_of_review_for_its_tenant_and_names_the_address(stream: Stream) -> None:
    day = stream.incident_day + timedelta(days=2)
    of_shop = [e for e in stream.told if "eventType" in e and tenant(e) == "shop" and sent_time(e).date() == day]
    refused = [e for e in of_shop if is_hard_bounce(e)]
    assert len(refused) / sum(e["eventType"] == "Send" for e in of_shop) > 0.05
    told = Counter(e["bounce"]["bouncedRecipients"][0]["diagnosticCode"] for e in refused)
    named = Counter(address for text in told for address in re.findall(r"\[(192\.0\.2\.\d+)\]", text))
    assert len(named) == 1
    assert named.total() > 0.8 * len(refused)


def test_delays_end_in_a_delivery_or_in_a_soft_bounce_by_their_expiration(stream: Stream) -> None:
    ends: Counter[str] = Counter()
    for delay in stream.by_type["DeliveryDelay"]:
        of_message = stream.by_message[delay["mail"]["messageId"]]
        expiration = datetime.fromisoformat(delay["deliveryDelay"]["expirationTime"])
        assert own_time(delay) < expiration
        later = [
            e for e in of_message
            if "eventType" in e and set(named(e)) & set(named(delay)) and own_time(e) > own_time(delay)
        ]  # fmt: skip
        if any("delivery" in e for e in later):
            ends["delivered"] += 1
        elif any(e.get("bounce", {}).get("bounceType") == "Transient" for e in later):
            ends["bounced"] += 1
        else:
            assert expiration > datetime.combine(LAST_DAY, datetime.min.time(), UTC), "the period ended before"
            ends["open"] += 1
    assert ends["delivered"] > 100
    assert ends["bounced"] > 20
    assert ends["open"] < 0.1 * ends.total()


def test_bounces_come_in_all_kinds_that_ses_tells_of(stream: Stream) -> None:
    kinds = Counter((e["bounce"]["bounceType"], e["bounce"]["bounceSubType"]) for e in stream.by_type["Bounce"])
    wanted = {
        *(("Permanent", sub_type) for sub_type in {"General", "NoEmail", *SUPPRESSIONS}),
        *(("Transient", sub_type) for sub_type in ("General", "MailboxFull", "ContentRejected")),
        *(("Transient", sub_type) for sub_type in ("MessageTooLarge", "CustomTimeoutExceeded")),
        ("Undetermined", "Undetermined"),
    }
    assert wanted <= kinds.keys()
    for bounce in stream.by_type["Bounce"]:
        is_suppressed = bounce["bounce"]["bounceSubType"] in SUPPRESSIONS
        assert (bounce["bounce"].get("reportingMTA") == "dns; amazonses.com") == is_suppressed
        if is_suppressed:
            assert "remoteMtaIp" not in bounce["bounce"]


def test_some_mail_bounces_hours_after_its_delivery(stream: Stream) -> None:
    hard = [e for e in stream.by_type["Bounce"] if is_hard_bounce(e)]
    hours = [(own_time(e) - at).total_seconds() / 3600 for e in hard if (at := stream.delivered_at(e))]
    assert len(hours) > 10
    assert max(hours) > 3


def test_automatic_replies_come_after_the_delivery_and_have_no_diagnosis(stream: Stream) -> None:
    replies = [e for e in stream.by_type["Bounce"] if e["bounce"]["bouncedRecipients"][0].keys() == {"emailAddress"}]
    assert len(replies) > 30
    for reply in replies:
        assert (reply["bounce"]["bounceType"], reply["bounce"]["bounceSubType"]) == ("Transient", "General")
        assert "reportingMTA" not in reply["bounce"]
        delivered = stream.delivered_at(reply)
        assert delivered is not None
        assert delivered < own_time(reply)


def test_complaints_come_hours_to_days_later_from_providers_with_a_feedback_loop(stream: Stream) -> None:
    complaints = [e for e in stream.by_type["Complaint"] if not is_to_simulator(e)]
    hours = [(own_time(e) - sent_time(e)).total_seconds() / 3600 for e in complaints]
    assert max(hours) > 48
    domains = {address.partition("@")[2] for e in complaints for address in named(e)}
    assert domains <= {f"{name}.example.net" for name in ("outlook", "hotmail", "yahoo", "aol", "comcast")}
    kinds = Counter(e["complaint"].get("complaintFeedbackType") for e in complaints)
    assert kinds.keys() == {"abuse", "not-spam", None}
    assert any(e["complaint"]["complaintSubType"] for e in complaints)


def test_a_complaint_names_everyone_at_the_domain_that_the_message_went_to(stream: Stream) -> None:
    several = [e for e in stream.by_type["Complaint"] if len(named(e)) > 1]
    assert several
    for complaint in several:
        assert len({address.partition("@")[2] for address in named(complaint)}) == 1


def test_people_open_again(stream: Stream) -> None:
    per_message = Counter(
        e["mail"]["messageId"] for e in stream.by_type["Open"] if e["open"].get("isBotEvent") == "Unlikely"
    )
    assert sum(count > 1 for count in per_message.values()) > 0.1 * len(per_message)


def test_proxies_open_within_seconds_and_are_called_likely(stream: Stream) -> None:
    by_agent: dict[str, list[float]] = defaultdict(list)
    for event in stream.by_type["Open"]:
        is_certain = len(event["mail"]["destination"]) == 1
        if event["open"].get("isBotEvent") == "Likely" and is_certain and (delivered := stream.delivered_at(event)):
            by_agent[event["open"]["userAgent"]].append((own_time(event) - delivered).total_seconds())
    apple, gmail = sorted(by_agent)
    assert (apple, "GoogleImageProxy" in gmail) == ("Mozilla/5.0", True)
    for seconds in by_agent.values():
        assert len(seconds) > 100
        assert sorted(seconds)[len(seconds) // 2] < 20


def test_scanners_follow_every_link_within_seconds(stream: Stream) -> None:
    by_message: dict[str, list[Event]] = defaultdict(list)
    for event in stream.by_type["Click"]:
        if event["click"].get("isBotEvent") == "Likely" and len(event["mail"]["destination"]) == 1:
            by_message[event["mail"]["messageId"]].append(event)
    assert len(by_message) > 200
    for clicks in by_message.values():
        assert len({click["click"]["link"] for click in clicks}) >= 2
        assert max(map(own_time, clicks)) - min(map(own_time, clicks)) < timedelta(seconds=10)


def test_verdicts_on_openers_begin_on_a_day(stream: Stream) -> None:
    engagement = stream.by_type["Open"] + stream.by_type["Click"]
    told = {"isBotEvent" in e.get("open", e.get("click")): [] for e in engagement}
    for event in engagement:
        told["isBotEvent" in event.get("open", event.get("click"))].append(own_time(event))
    assert max(told[False]) < min(told[True])
    assert min(map(len, told.values())) > 1000


def test_before_august_2026_ses_gives_no_verdict() -> None:
    written = simulated.output_of("--days", "4", "--messages-per-day", "60", "--until", "2026-06-30", "--to", "-")
    assert b'"eventType":"Open"' in written
    assert b"isBotEvent" not in written


def test_readers_leave_one_topic_or_all(stream: Stream) -> None:
    left = Counter(e["subscription"]["newTopicPreferences"]["unsubscribeAll"] for e in stream.by_type["Subscription"])
    assert left.keys() == {True, False}
    for event in stream.by_type["Subscription"]:
        assert "OptOut" in json.dumps(event["subscription"]["newTopicPreferences"])
        assert "OptOut" not in json.dumps(event["subscription"]["oldTopicPreferences"])


def test_what_is_rejected_was_sent_and_what_failed_to_render_was_not(stream: Stream) -> None:
    for event_type, others in (("Reject", {"Send", "Reject"}), ("Rendering Failure", {"Rendering Failure"})):
        assert len(stream.by_type[event_type]) >= 5
        for event in stream.by_type[event_type]:
            assert {e["eventType"] for e in stream.by_message[event["mail"]["messageId"]]} == others


def test_some_messages_have_several_recipients_in_cc_and_bcc(stream: Stream) -> None:
    several = [e for e in stream.by_type["Send"] if len(e["mail"]["destination"]) > 1]
    assert 0.02 < len(several) / len(stream.by_type["Send"]) < 0.15
    common = [e["mail"]["commonHeaders"] for e in several]
    assert sum("cc" in one for one in common) > 100
    assert sum("bcc" in one for one in common) > 50
    hidden = [
        e for e in several if any(a not in json.dumps(e["mail"]["commonHeaders"]) for a in e["mail"]["destination"])
    ]
    assert len(hidden) > 100  # named to SES beside the message, in no header
    openers = {e["mail"]["messageId"] for e in stream.by_type["Open"] if len(e["mail"]["destination"]) > 1}
    assert len(openers) > 200


def test_the_mailbox_simulator_answers_as_it_does(stream: Stream) -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    complaints_before_delivery = 0
    for events in stream.by_message.values():
        (local_part, _, domain) = events[0]["mail"]["destination"][0].rpartition("<")[2].rstrip(">").partition("@")
        if domain != SIMULATOR:
            continue
        for event in events:
            if "eventType" in event:
                bounce = event.get("bounce", {}).get("bounceType", "")
                kinds[local_part].add(f"{event['eventType']} {bounce}".strip())
        times = {e["eventType"]: own_time(e) for e in events if "eventType" in e}
        complaints_before_delivery += "Complaint" in times and times["Complaint"] < times["Delivery"]
    assert kinds == {
        "success": {"Send", "Delivery"},
        "bounce": {"Send", "Bounce Permanent"},
        "suppressionlist": {"Send", "Bounce Permanent"},
        "ooto": {"Send", "Delivery", "Bounce Transient"},
        "complaint": {"Send", "Delivery", "Complaint"},
    }
    assert complaints_before_delivery
