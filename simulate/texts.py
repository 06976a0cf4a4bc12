"""Text, media and voice messages, as Pinpoint reports them until its end and End User Messaging from then on.

Sources: Amazon Pinpoint Developer Guide, "Streaming events"; AWS End User Messaging SMS User Guide, "Event types"; the
types of RCS stand in the AWS SDK's model of the service alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import orjson

from simulate.messages import Event, new_uuid
from simulate.pinpoint import HOUR_MS, MINUTE_MS, pinpoint_event
from simulate.senders import Tenant

# How a text message ends: share, End User Messaging's word, Pinpoint's type.
_ENDS = (
    (0.86, "DELIVERED", "_SMS.SUCCESS"),
    (0.07, "SUCCESSFUL", "_SMS.SUCCESS"),
    (0.034, "UNREACHABLE", "_SMS.FAILURE"),
    (0.006, "PROTECT_BLOCKED", "_SMS.FAILURE"),
    (0.02, "CARRIER_BLOCKED", "_SMS.FAILURE"),
    (0.01, "UNKNOWN", "_SMS.FAILURE"),
)
# Pinpoint has no such word, and nor have media messages.
_WITHOUT_PROTECTION = {"PROTECT_BLOCKED": "BLOCKED"}
_COUNTRIES = (("US", "310", "012"), ("DE", "262", "01"), ("FR", "208", "10"), ("GB", "234", "15"))
_CARRIERS = ("Example Mobile", "Example Wireless", "Example Cellular")


def _end(rng: Random) -> tuple[str, str]:
    drawn = rng.random()
    for share, status, pinpoint_type in _ENDS:
        drawn -= share
        if drawn < 0:
            return status, pinpoint_type
    return "DELIVERED", "_SMS.SUCCESS"


def _to(rng: Random) -> str:
    return f"+1206555{rng.randrange(100, 200):04d}"


def pinpoint_text(rng: Random, tenant: Tenant, at_ms: int) -> Iterator[Event]:
    """The events of one text message; a few that were read are answered with STOP."""
    country, mcc, mnc = rng.choice(_COUNTRIES)
    parts = rng.choice((1, 1, 1, 2))
    attributes = {
        "sender_request_id": new_uuid(rng),
        "message_id": new_uuid(rng),
        "origination_phone_number": "+12065550100",
        "destination_phone_number": _to(rng),
        "iso_country_code": country,
        "mcc_mnc": mcc + mnc,
        "number_of_message_parts": str(parts),
        "message_type": rng.choice(("Transactional", "Promotional")),
    }

    def event_of(
        event_type: str, own_ms: int, before_ms: int, status: str, price: dict[str, Any] | None = None
    ) -> Event:
        return pinpoint_event(
            rng, tenant, event_type, own_ms, own_ms - before_ms, {**attributes, "record_status": status}, price
        )

    price = {"price_in_millicents_usd": 645 * parts}
    yield event_of("_SMS.BUFFERED", at_ms, 40, "PENDING")
    status, event_type = _end(rng)
    # no carrier reports on some within the 72 hours, and that is then their status
    ended_ms = at_ms + (72 * HOUR_MS if status == "UNKNOWN" else rng.randrange(2000, 40_000))
    if status == "DELIVERED":
        yield event_of(event_type, at_ms + 900, 30, "SUCCESSFUL", price)
    yield event_of(event_type, ended_ms, 30, _WITHOUT_PROTECTION.get(status, status), price)
    if status == "DELIVERED" and attributes["message_type"] == "Promotional" and rng.random() < 0.03:
        yield event_of("_SMS.OPTOUT", ended_ms + rng.randrange(MINUTE_MS, HOUR_MS), 30, "OPTED_OUT")


def eum_message(rng: Random, tenant: Tenant, at_ms: int) -> Iterator[Event]:
    """The events of one message of End User Messaging, by any of its channels."""
    channel = rng.choices(("TEXT", "MEDIA", "VOICE", "RCS"), (0.85, 0.08, 0.05, 0.02))[0]
    shared = {"eventVersion": "1.0", "messageRequestTimestamp": at_ms, "messageId": new_uuid(rng)}
    shared |= {"originationPhoneNumber": "+12065550100", "destinationPhoneNumber": _to(rng)}
    of_channel = {"VOICE": _voice, "RCS": _rcs}.get(channel, _text_or_media)
    for event_type, own_ms, is_final, details in of_channel(rng, channel, at_ms):
        event = {"eventType": f"{channel}_{event_type}", "eventTimestamp": own_ms, "isFinal": is_final}
        yield Event(
            own_ms, "eum", orjson.dumps({**event, "messageStatus": event_type, **shared, **details}), tenant.place
        )


# The end of its type, its own time, whether it is final, and its further fields.
_Told = tuple[str, int, bool, dict[str, Any]]


def _voice(rng: Random, channel: str, at_ms: int) -> Iterator[_Told]:
    country = {"isoCountryCode": rng.choice(_COUNTRIES)[0]}
    yield "INITIATED", at_ms + 50, False, country
    seconds = rng.randint(5, 90)
    minutes = 1 + seconds // 60
    ended = {"callDurationInSeconds": seconds, "totalDurationInMinutes": minutes, "totalMessagePrice": 0.013 * minutes}
    yield "COMPLETED", at_ms + 4000 + seconds * 1000, True, {**country, **ended}


def _rcs(rng: Random, channel: str, at_ms: int) -> Iterator[_Told]:
    details: dict[str, Any] = {
        "originationPhoneNumber": "rcs-example-agent",
        "isInternationalSend": False,
        "messageType": rng.choice(("TRANSACTIONAL", "PROMOTIONAL")),
        "totalMessageParts": 1,
        "totalMessagePrice": 0.003,
        "totalCarrierFee": 0.0,
    }
    yield "QUEUED", at_ms + 60, False, details
    yield "SENT", at_ms + 400, False, details
    delivered_ms = at_ms + rng.randrange(900, 20_000)
    yield "DELIVERED", delivered_ms, True, details
    if rng.random() < 0.5:
        # the type has come newly; the documented statuses have no word for it
        yield "READ", delivered_ms + rng.randrange(2000, HOUR_MS), True, details | {"messageStatus": "DELIVERED"}


def _text_or_media(rng: Random, channel: str, at_ms: int) -> Iterator[_Told]:
    country, mcc, mnc = rng.choice(_COUNTRIES)
    parts = rng.choice((1, 1, 1, 2))
    details: dict[str, Any] = {
        "isoCountryCode": country,
        "mcc": mcc,
        "mnc": mnc,
        "messageType": rng.choice(("TRANSACTIONAL", "PROMOTIONAL")),
        "totalMessageParts": parts,
        **({"messageEncoding": "GSM"} if channel == "TEXT" else {"contentType": "MMS"}),
    }
    status, _ = _end(rng)
    if channel == "MEDIA":
        status = _WITHOUT_PROTECTION.get(status, status)
    if status == "PROTECT_BLOCKED":  # no carrier has seen it
        yield status, at_ms + 100, True, {**details, **_protection(rng)}
        return
    details |= {
        "carrierName": rng.choice(_CARRIERS),
        "totalMessagePrice": 0.00645 * parts,
        "totalCarrierFee": 0.003 * parts,
    }
    yield "PENDING", at_ms + 100, False, details
    if status == "DELIVERED":
        yield "SUCCESSFUL", at_ms + 900, False, details
    ended_ms = at_ms + (72 * HOUR_MS if status == "UNKNOWN" else rng.randrange(2000, 40_000))
    yield status, ended_ms, True, details


def _protection(rng: Random) -> dict[str, Any]:
    """Pumped traffic is suspected: the account's own rule blocks the message, at no cost."""
    return {
        "totalMessagePrice": 0,
        "totalCarrierFee": 0,
        "protectConfiguration": {
            "protectConfigurationId": f"protect-{rng.getrandbits(128):032x}",
            "protectStatus": "FILTER",
        },
        "protectConfigurationAssessment": {
            "protectRecommendation": "BLOCK",
            "protectInsights": {"blockReason": "AIT_SUSPECTED"},
        },
    }
