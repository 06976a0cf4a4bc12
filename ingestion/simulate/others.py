"""A little of what is no mail sent by SES: received mail, text messages, Pinpoint's mail and apps, account events.

Until Pinpoint's end it tells of text messages and sends some mail of its own; from then on End User Messaging tells.

Sources: Amazon SES Developer Guide, "Contents of notifications for email receiving"; Amazon Pinpoint Developer Guide,
"Streaming events"; AWS End User Messaging SMS User Guide, "Event types"; Amazon EventBridge events of SES.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from ingestion.simulate.messages import iso, new_id, token
from ingestion.simulate.recipients import PEOPLES_AGENTS, Recipient, recipient
from ingestion.simulate.senders import Tenant

PINPOINT_ENDS = datetime(2026, 10, 30, tzinfo=UTC)

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

# How many of each there are in a day, as shares of the messages of mail.
_TEXTS, _RECEIVED, _PINPOINT_MAIL, _CAMPAIGNS, _SESSIONS = 0.03, 0.02, 0.02, 0.05, 0.01
_ACCOUNT_EVENTS_A_DAY = 2.0

# How a text message ends: share, End User Messaging's word, Pinpoint's type.
_TEXT_ENDS = (
    (0.86, "DELIVERED", "_SMS.SUCCESS"),
    (0.07, "SUCCESSFUL", "_SMS.SUCCESS"),
    (0.04, "UNREACHABLE", "_SMS.FAILURE"),
    (0.02, "CARRIER_BLOCKED", "_SMS.FAILURE"),
    (0.01, "UNKNOWN", "_SMS.FAILURE"),
)
_COUNTRIES = (("US", "310", "012"), ("DE", "262", "01"), ("FR", "208", "10"), ("GB", "234", "15"))
_CARRIERS = ("Example Mobile", "Example Wireless", "Example Cellular")


class Other(NamedTuple):
    """`payload` is the event's JSON on one line; of account events EventBridge's wrapping stands in `envelope`."""

    own_ms: int
    source: str
    payload: bytes
    envelope: bytes = b""


def others_in_hour(seed: int, tenants: tuple[Tenant, ...], messages_per_day: int, hour: datetime) -> Iterator[Other]:
    """What begins in that hour. It draws from a random stream of its own, so that the mail beside it stays the same."""
    rng = Random(f"{seed}/{hour.isoformat()}/others")
    start_ms = int(hour.timestamp() * 1000)
    has_pinpoint = hour < PINPOINT_ENDS

    def moments(daily: float) -> Iterator[tuple[int, Tenant]]:
        for _ in range(int(daily / 24 + rng.random())):
            yield start_ms + rng.randrange(HOUR_MS), rng.choice(tenants)

    for at_ms, tenant in moments(messages_per_day * _TEXTS):
        yield from _pinpoint_text(rng, tenant, at_ms) if has_pinpoint else _eum_message(rng, tenant, at_ms)
    for at_ms, tenant in moments(messages_per_day * _RECEIVED):
        yield from _received(rng, seed, tenant, at_ms)
    for at_ms, tenant in moments(_ACCOUNT_EVENTS_A_DAY):
        yield _account_event(rng, tenant, at_ms)
    if has_pinpoint:
        for at_ms, tenant in moments(messages_per_day * _PINPOINT_MAIL):
            yield from _pinpoint_mail(rng, seed, tenant, at_ms)
        for at_ms, tenant in moments(messages_per_day * _CAMPAIGNS):
            yield _campaign_or_journey(rng, seed, tenant, at_ms)
        for at_ms, tenant in moments(messages_per_day * _SESSIONS):
            yield from _session(rng, tenant, at_ms)


def _someone(rng: Random, seed: int, tenant: Tenant) -> Recipient:
    return recipient(seed, tenant.name, rng.randrange(400), 0.0)


def _told(own_ms: int, source: str, event: dict[str, Any]) -> Other:
    return Other(own_ms, source, orjson.dumps(event))


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _text_end(rng: Random) -> tuple[str, str]:
    drawn = rng.random()
    for share, status, pinpoint_type in _TEXT_ENDS:
        drawn -= share
        if drawn < 0:
            return status, pinpoint_type
    return "DELIVERED", "_SMS.SUCCESS"


# ---- text messages ----


def _pinpoint_text(rng: Random, tenant: Tenant, at_ms: int) -> Iterator[Other]:
    country, mcc, mnc = rng.choice(_COUNTRIES)
    parts = rng.choice((1, 1, 1, 2))
    attributes = {
        "sender_request_id": _uuid(rng),
        "message_id": _uuid(rng),
        "origination_phone_number": "+12065550100",
        "destination_phone_number": f"+1206555{rng.randrange(100, 200):04d}",
        "iso_country_code": country,
        "mcc_mnc": mcc + mnc,
        "number_of_message_parts": str(parts),
        "message_type": rng.choice(("Transactional", "Promotional")),
    }
    price = {"price_in_millicents_usd": 645 * parts}
    yield _pinpoint(rng, tenant, "_SMS.BUFFERED", at_ms, at_ms - 40, attributes | {"record_status": "PENDING"})
    status, event_type = _text_end(rng)
    # nobody hears of some within the 72 hours, and then that is the word
    ended_ms = at_ms + (72 * HOUR_MS if status == "UNKNOWN" else rng.randrange(2000, 40_000))
    if status == "DELIVERED":
        yield _pinpoint(
            rng, tenant, event_type, at_ms + 900, at_ms + 870, attributes | {"record_status": "SUCCESSFUL"}, price
        )
    yield _pinpoint(rng, tenant, event_type, ended_ms, ended_ms - 30, attributes | {"record_status": status}, price)


def _eum_message(rng: Random, tenant: Tenant, at_ms: int) -> Iterator[Other]:
    channel = rng.choices(("TEXT", "MEDIA", "VOICE"), (0.85, 0.08, 0.07))[0]
    country, mcc, mnc = rng.choice(_COUNTRIES)
    parts = rng.choice((1, 1, 1, 2))
    shared: dict[str, Any] = {
        "eventVersion": "1.0",
        "messageRequestTimestamp": at_ms,
        "originationPhoneNumber": "+12065550100",
        "destinationPhoneNumber": f"+1206555{rng.randrange(100, 200):04d}",
        "isoCountryCode": country,
        "messageId": _uuid(rng),
    }
    if channel == "VOICE":
        seconds = rng.randint(5, 90)
        yield _eum(shared, "VOICE_INITIATED", at_ms + 50, "INITIATED", is_final=False)
        duration = {"callDurationInSeconds": seconds, "totalDurationInMinutes": 1 + seconds // 60}
        ended = {**shared, **duration, "totalMessagePrice": 0.013 * (1 + seconds // 60)}
        yield _eum(ended, "VOICE_COMPLETED", at_ms + 4000 + seconds * 1000, "COMPLETED", is_final=True)
        return
    shared |= {
        "mcc": mcc,
        "mnc": mnc,
        "carrierName": rng.choice(_CARRIERS),
        "messageType": rng.choice(("TRANSACTIONAL", "PROMOTIONAL")),
        "totalMessageParts": parts,
        "totalMessagePrice": 0.00645 * parts,
        "totalCarrierFee": 0.003 * parts,
        **({"messageEncoding": "GSM"} if channel == "TEXT" else {"contentType": "MMS"}),
    }
    yield _eum(shared, f"{channel}_PENDING", at_ms + 100, "PENDING", is_final=False)
    status, _ = _text_end(rng)
    if status == "DELIVERED":
        yield _eum(shared, f"{channel}_SUCCESSFUL", at_ms + 900, "SUCCESSFUL", is_final=False)
    ended_ms = at_ms + (72 * HOUR_MS if status == "UNKNOWN" else rng.randrange(2000, 40_000))
    yield _eum(shared, f"{channel}_{status}", ended_ms, status, is_final=True)


def _eum(shared: dict[str, Any], event_type: str, own_ms: int, status: str, *, is_final: bool) -> Other:
    told = {"eventType": event_type, "eventTimestamp": own_ms, "isFinal": is_final, "messageStatus": status}
    return _told(own_ms, "eum", {**told, **shared})


# ---- Pinpoint ----


def _pinpoint(
    rng: Random,
    tenant: Tenant,
    event_type: str,
    own_ms: int,
    arrived_ms: int,
    attributes: dict[str, Any],
    metrics: dict[str, Any] | None = None,
    **more: Any,
) -> Other:
    event = {
        "event_type": event_type,
        "event_timestamp": own_ms,
        "arrival_timestamp": arrived_ms,
        "event_version": "3.1",
        "application": {"app_id": f"{int.from_bytes(tenant.name.encode()[:4], 'big'):032x}", "sdk": {}},
        "client": {"client_id": more.pop("client_id", None) or _uuid(rng)},
        "device": {"platform": {}},
        "session": {},
        "attributes": attributes,
        **({"metrics": metrics} if metrics else {}),
        "awsAccountId": tenant.account,
        **more,
    }
    # of mail the time is that of the send, whenever the event comes
    return _told(max(own_ms, arrived_ms), "pinpoint", event)


def _pinpoint_mail(rng: Random, seed: int, tenant: Tenant, at_ms: int) -> Iterator[Other]:
    person = _someone(rng, seed, tenant)
    sender = f"pinpoint@{tenant.domain}"
    mail = {
        "message_id": new_id(rng, tenant.id_prefix, at_ms),
        "message_send_timestamp": at_ms,
        "from_address": sender,
        "destination": [person.address],
        "headers_truncated": False,
        "headers": [{"name": "From", "value": sender}, {"name": "Message-ID", "value": "null"}],
        "common_headers": {"from": sender, "to": [person.address], "subject": "News from Pinpoint"},
    }
    shared = {"campaign_id": f"pinpoint-{tenant.name}", "campaign_activity_id": f"a{at_ms // (24 * HOUR_MS)}"}

    def told(event_type: str, arrived_ms: int, own: dict[str, Any], feedback: str) -> Other:
        facets = {"email_channel": {"mail_event": {"mail": mail, **own}}}
        attributes = {"feedback": feedback, "treatment_id": "0", **shared, "campaign_type": None}
        return _pinpoint(rng, tenant, event_type, at_ms, arrived_ms, attributes, facets=facets)

    yield told("_email.send", at_ms + 300, {"send": {}}, "received")
    drawn = rng.random()
    if drawn < 0.04:
        yield told("_email.hardbounce", at_ms + 2000, {}, "hardbounce")
        return
    if drawn < 0.06:
        yield told("_email.softbounce", at_ms + 9000, {}, "softbounce")
        return
    taken = rng.randrange(600, 4000)
    delivery = {
        "smtp_response": "250 ok",
        "reporting_mta": "a8-1.smtp-out.amazonses.com",
        "recipients": [person.address],
        "processing_time_millis": taken,
    }
    yield told("_email.delivered", at_ms + taken, {"delivery": delivery}, "delivered")
    if drawn > 0.985:
        yield told("_email.complaint", at_ms + 5 * HOUR_MS, {}, "complaint")
    seen = {"ip_address": person.ip_address, "user_agent": rng.choice(PEOPLES_AGENTS)}
    if drawn < 0.5:
        opened_ms = at_ms + taken + rng.randrange(MINUTE_MS, 20 * HOUR_MS)
        yield told("_email.open", opened_ms, {"open": seen}, "opened")
        if drawn < 0.2:
            link = f"https://{tenant.domain}/offers"
            yield told("_email.click", opened_ms + 9000, {"click": {**seen, "link": link}}, link)
        if drawn < 0.08:
            yield told("_email.unsubscribe", opened_ms + 60_000, {}, "unsubscribed")


def _campaign_or_journey(rng: Random, seed: int, tenant: Tenant, at_ms: int) -> Other:
    endpoint = {"ChannelType": "EMAIL", "Address": _someone(rng, seed, tenant).address, "OptOut": "NONE"}
    context = {"custom": {"endpoint": orjson.dumps(endpoint).decode()}}
    status = rng.choices(("SUCCESS", "DAILY_CAP", "QUIET_TIME"), (0.9, 0.06, 0.04))[0]
    if rng.random() < 0.6:
        attributes: dict[str, Any] = {
            "campaign_id": f"pinpoint-{tenant.name}",
            "campaign_activity_id": f"a{at_ms // (24 * HOUR_MS)}",
            "treatment_id": "0",
            "delivery_type": "EMAIL",
            "campaign_send_status": status,
            "campaign_type": None,
        }
        return _pinpoint(rng, tenant, "_campaign.send", at_ms, at_ms + 60, attributes, client_context=context)
    attributes = {
        "journey_id": f"welcome-{tenant.name}",
        "journey_run_id": "r1",
        "journey_activity_id": rng.choice(("first", "second")),
        "journey_activity_type": "EMAIL",
        "journey_send_status": status,
    }
    return _pinpoint(rng, tenant, "_journey.send", at_ms, at_ms, attributes, client_context=context)


def _session(rng: Random, tenant: Tenant, at_ms: int) -> Iterator[Other]:
    device = {"make": "Example", "model": "One", "platform": {"name": rng.choice(("android", "ios")), "version": "17"}}
    client, session = f"app/{rng.randrange(500)}", {"session_id": token(rng, 16), "start_timestamp": at_ms}
    shared: dict[str, Any] = {"client_id": client, "device": device}
    yield _pinpoint(rng, tenant, "_session.start", at_ms, at_ms + 500, {}, session=session, **shared)
    bought_ms = at_ms + rng.randrange(MINUTE_MS)
    yield _pinpoint(
        rng, tenant, "basket.filled", bought_ms, bought_ms + 500, {"sku": "17"}, {"items": 2}, session=session, **shared
    )
    stop_ms = bought_ms + 5 * MINUTE_MS
    ended = session | {"stop_timestamp": stop_ms}
    yield _pinpoint(rng, tenant, "_session.stop", stop_ms, stop_ms + 500, {}, session=ended, **shared)


# ---- received mail, account events ----


def _received(rng: Random, seed: int, tenant: Tenant, at_ms: int) -> Iterator[Other]:
    """A rule that stores the mail and then runs a function: an event for each."""
    person, message_id = _someone(rng, seed, tenant), f"{rng.getrandbits(128):032x}"
    is_spam, fails_dmarc = rng.random() < 0.15, rng.random() < 0.1
    to = [f"help@in.{tenant.domain}", f"orders@in.{tenant.domain}"][: rng.choice((1, 1, 2))]
    mail = {
        "timestamp": iso(at_ms),
        "source": "" if rng.random() < 0.05 else person.address,  # a bounce that comes in has no sender
        "messageId": message_id,
        "destination": to,
        "headersTruncated": False,
        "headers": [{"name": "From", "value": person.address}, {"name": "To", "value": ", ".join(to)}],
        "commonHeaders": {"from": [f"{person.display_name} <{person.address}>"], "to": to, "subject": "Où est-ce ?"},
    }
    verdicts = {
        "spamVerdict": {"status": "FAIL" if is_spam else "PASS"},
        "virusVerdict": {"status": "PASS"},
        "spfVerdict": {"status": "FAIL" if fails_dmarc else rng.choice(("PASS", "GRAY"))},
        "dkimVerdict": {"status": "GRAY" if fails_dmarc else "PASS"},
        "dmarcVerdict": {"status": "FAIL" if fails_dmarc else "PASS"},
        **({"dmarcPolicy": rng.choice(("none", "quarantine", "reject"))} if fails_dmarc else {}),
    }
    place = f"{tenant.region}:{tenant.account}"
    stored = {"type": "S3", "topicArn": f"arn:aws:sns:{place}:inbox", "bucketName": f"inbox-{tenant.name}"}
    actions: list[dict[str, Any]] = [{**stored, "objectKey": message_id}]
    if is_spam:
        actions = [{"type": "Stop", "topicArn": f"arn:aws:sns:{place}:inbox"}]
    elif rng.random() < 0.5:
        actions.append({"type": "SNS", "topicArn": f"arn:aws:sns:{place}:tickets", "encoding": "UTF8"})
    for number, action in enumerate(actions):
        acted_ms = at_ms + 400 + 100 * number
        receipt = {"timestamp": iso(acted_ms), "processingTimeMillis": 400 + 100 * number, "recipients": to}
        event = {"notificationType": "Received", "mail": mail, "receipt": {**receipt, **verdicts, "action": action}}
        if action["type"] == "SNS":
            event["content"] = f"From: {person.address}\r\nSubject: Où est-ce ?\r\n\r\n" + token(rng, 400)
        yield _told(acted_ms, "ses_inbound", event)


def _account_event(rng: Random, tenant: Tenant, at_ms: int) -> Other:
    """Status and recommendations of a tenant or an identity; they come by EventBridge alone."""
    place = f"arn:aws:ses:{tenant.region}:{tenant.account}"
    data: Any
    if rng.random() < 0.5:
        kind = rng.choice(("Advisor Recommendation Status Open", "Advisor Recommendation Status Resolved"))
        data, resource = "DMARC configuration was not found.", f"{place}:identity/{tenant.domain}"
    else:
        status = rng.choice(("ENABLED", "DISABLED"))
        kind, resource = f"Sending Status {status.title()}", f"{place}:tenant/{tenant.name}/tn-{tenant.name}"
        told = datetime.fromtimestamp(at_ms / 1000, UTC)
        updated = [told.year, told.month, told.day, told.hour, told.minute, told.second, at_ms % 1000 * 1_000_000]
        record = {"status": status, "cause": "Set by hand", "lastUpdatedTimestamp": updated}
        data = {"origin": "CUSTOMER_MANAGED", "record": record}
    envelope = {
        "id": _uuid(rng),
        "detail-type": kind,
        "source": "aws.ses",
        "account": tenant.account,
        "time": iso(at_ms)[:19] + "Z",
        "region": tenant.region,
        "resources": [resource],
    }
    return Other(at_ms, "ses_account", orjson.dumps({"version": "1.0.0", "data": data}), orjson.dumps(envelope))
