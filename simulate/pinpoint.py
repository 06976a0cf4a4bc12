"""What Amazon Pinpoint streams of its mail, its campaigns, its journeys and its apps. It ends on 30 October 2026.

Source: Amazon Pinpoint Developer Guide, "Streaming events".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson

from simulate.messages import Event, new_id, new_uuid, token
from simulate.recipients import PEOPLES_AGENTS, Recipient
from simulate.senders import Tenant

ENDS = datetime(2026, 10, 30, tzinfo=UTC)

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def pinpoint_event(
    rng: Random,
    tenant: Tenant,
    event_type: str,
    own_ms: int,
    arrived_ms: int,
    attributes: dict[str, Any],
    metrics: dict[str, Any] | None = None,
    **more: Any,
) -> Event:
    """One event; `more` are its further keys, and `client_id`."""
    event = {
        "event_type": event_type,
        "event_timestamp": own_ms,
        "arrival_timestamp": arrived_ms,
        "event_version": "3.1",
        "application": {"app_id": f"{int.from_bytes(tenant.name.encode()[:4], 'big'):032x}", "sdk": {}},
        "client": {"client_id": more.pop("client_id", None) or new_uuid(rng)},
        "device": {"platform": {}},
        "session": {},
        "attributes": attributes,
        **({"metrics": metrics} if metrics else {}),
        "awsAccountId": tenant.account,
        **more,
    }
    # of mail the time is that of the send, whenever the event comes
    return Event(max(own_ms, arrived_ms), "pinpoint", orjson.dumps(event), tenant.place)


def campaign_mail(rng: Random, person: Recipient, tenant: Tenant, at_ms: int) -> Iterator[Event]:
    """The events of one message of a campaign."""
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

    def event_of(event_type: str, arrived_ms: int, own: dict[str, Any], feedback: str) -> Event:
        facets = {"email_channel": {"mail_event": {"mail": mail, **own}}}
        attributes = {"feedback": feedback, "treatment_id": "0", **shared, "campaign_type": None}
        return pinpoint_event(rng, tenant, event_type, at_ms, arrived_ms, attributes, facets=facets)

    drawn = rng.random()
    if drawn > 0.99:
        yield event_of("_email.rendering_failure", at_ms + 200, {}, "rendering_failure")
        return
    yield event_of("_email.send", at_ms + 300, {"send": {}}, "received")
    if drawn > 0.98:
        yield event_of("_email.rejected", at_ms + 500, {}, "rejected")
        return
    if drawn < 0.04:
        yield event_of("_email.hardbounce", at_ms + 2000, {}, "hardbounce")
        return
    if drawn < 0.06:
        yield event_of("_email.softbounce", at_ms + 9000, {}, "softbounce")
        return
    taken = rng.randrange(600, 4000)
    delivery = {
        "smtp_response": "250 ok",
        "reporting_mta": "a8-1.smtp-out.amazonses.com",
        "recipients": [person.address],
        "processing_time_millis": taken,
    }
    yield event_of("_email.delivered", at_ms + taken, {"delivery": delivery}, "delivered")
    if drawn > 0.965:
        yield event_of("_email.complaint", at_ms + 5 * HOUR_MS, {}, "complaint")
    seen = {"ip_address": person.ip_address, "user_agent": rng.choice(PEOPLES_AGENTS)}
    if drawn < 0.5:
        opened_ms = at_ms + taken + rng.randrange(MINUTE_MS, 20 * HOUR_MS)
        yield event_of("_email.open", opened_ms, {"open": seen}, "opened")
        if drawn < 0.2:
            link = f"https://{tenant.domain}/offers"
            yield event_of("_email.click", opened_ms + 9000, {"click": {**seen, "link": link}}, link)
        if drawn < 0.08:
            yield event_of("_email.unsubscribe", opened_ms + 60_000, {}, "unsubscribed")


def campaign_or_journey(rng: Random, person: Recipient, tenant: Tenant, at_ms: int) -> Iterator[Event]:
    """A send; a campaign in ten is a push to an app, whose owner may open it."""
    status = rng.choices(("SUCCESS", "DAILY_CAP", "QUIET_TIME"), (0.9, 0.06, 0.04))[0]
    drawn = rng.random()
    channel = "GCM" if drawn < 0.06 else "EMAIL"
    address = token(rng, 32) if channel == "GCM" else person.address
    context = {"custom": {"endpoint": orjson.dumps(_endpoint(channel, address)).decode()}}
    if drawn > 0.6:
        attributes = {
            "journey_id": f"welcome-{tenant.name}",
            "journey_run_id": "r1",
            "journey_activity_id": rng.choice(("first", "second")),
            "journey_activity_type": "EMAIL",
            "journey_send_status": status,
        }
        yield pinpoint_event(rng, tenant, "_journey.send", at_ms, at_ms, attributes, client_context=context)
        return
    campaign = {
        "campaign_id": f"pinpoint-{tenant.name}",
        "campaign_activity_id": f"a{at_ms // (24 * HOUR_MS)}",
        "treatment_id": "0",
    }
    sent = {**campaign, "delivery_type": channel, "campaign_send_status": status, "campaign_type": None}
    client = new_uuid(rng)
    yield pinpoint_event(
        rng, tenant, "_campaign.send", at_ms, at_ms + 60, sent, client_id=client, client_context=context
    )
    if channel == "GCM" and status == "SUCCESS" and rng.random() < 0.4:
        opened_ms = at_ms + rng.randrange(MINUTE_MS, 6 * HOUR_MS)
        device = _device("android")
        yield pinpoint_event(
            rng,
            tenant,
            "_campaign.opened_notification",
            opened_ms,
            opened_ms + 500,
            campaign,
            client_id=client,
            device=device,
        )


def _endpoint(channel: str, address: str) -> dict[str, str]:
    return {"ChannelType": channel, "Address": address, "OptOut": "NONE"}


def _device(platform: str) -> dict[str, Any]:
    return {"make": "Example", "model": "One", "platform": {"name": platform, "version": "17"}}


def app_session(rng: Random, tenant: Tenant, at_ms: int) -> Iterator[Event]:
    """Someone opens an app, fills the basket (an event that the app has made up) and leaves."""
    device = _device(rng.choice(("android", "ios")))
    client, session = f"app/{rng.randrange(500)}", {"session_id": token(rng, 16), "start_timestamp": at_ms}
    shared: dict[str, Any] = {"client_id": client, "device": device}
    yield pinpoint_event(rng, tenant, "_session.start", at_ms, at_ms + 500, {}, session=session, **shared)
    bought_ms = at_ms + rng.randrange(MINUTE_MS)
    yield pinpoint_event(
        rng, tenant, "basket.filled", bought_ms, bought_ms + 500, {"sku": "17"}, {"items": 2}, session=session, **shared
    )
    stop_ms = bought_ms + 5 * MINUTE_MS
    ended = session | {"stop_timestamp": stop_ms}
    yield pinpoint_event(rng, tenant, "_session.stop", stop_ms, stop_ms + 500, {}, session=ended, **shared)
