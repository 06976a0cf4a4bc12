"""A little of what is no mail sent by SES: received mail, account events, and how much of texts and Pinpoint there is.

Until its end Pinpoint reports text messages and sends some mail of its own; from then on End User Messaging reports
text messages.

Sources: Amazon SES Developer Guide, "Contents of notifications for email receiving"; Amazon EventBridge events of SES.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson

from simulate.messages import Event, iso, new_uuid, token
from simulate.pinpoint import ENDS, app_session, campaign_mail, campaign_or_journey
from simulate.recipients import Recipient, recipient
from simulate.senders import Tenant
from simulate.texts import eum_message, pinpoint_text

HOUR_MS = 3_600_000

# How many of each there are in a day, as shares of the messages of mail.
_TEXTS, _RECEIVED, _PINPOINT_MAIL, _CAMPAIGNS, _SESSIONS = 0.03, 0.02, 0.02, 0.05, 0.01
_ACCOUNT_EVENTS_A_DAY = 2.0


def others_in_hour(seed: int, tenants: tuple[Tenant, ...], messages_per_day: int, hour: datetime) -> Iterator[Event]:
    """What begins in that hour. It draws from a random stream of its own, so that the mail beside it stays the same."""
    rng = Random(f"{seed}/{hour.isoformat()}/others")
    start_ms = int(hour.timestamp() * 1000)
    has_pinpoint = hour < ENDS

    def moments(daily: float) -> Iterator[tuple[int, Tenant]]:
        for _ in range(int(daily / 24 + rng.random())):
            yield start_ms + rng.randrange(HOUR_MS), rng.choice(tenants)

    def someone(tenant: Tenant) -> Recipient:
        return recipient(seed, tenant.name, rng.randrange(400), 0.0)

    for at_ms, tenant in moments(messages_per_day * _TEXTS):
        yield from pinpoint_text(rng, tenant, at_ms) if has_pinpoint else eum_message(rng, tenant, at_ms)
    for at_ms, tenant in moments(messages_per_day * _RECEIVED):
        yield from _received(rng, someone(tenant), tenant, at_ms)
    for at_ms, tenant in moments(_ACCOUNT_EVENTS_A_DAY):
        yield _account_event(rng, tenant, at_ms)
    if has_pinpoint:
        for at_ms, tenant in moments(messages_per_day * _PINPOINT_MAIL):
            yield from campaign_mail(rng, someone(tenant), tenant, at_ms)
        for at_ms, tenant in moments(messages_per_day * _CAMPAIGNS):
            yield from campaign_or_journey(rng, someone(tenant), tenant, at_ms)
        for at_ms, tenant in moments(messages_per_day * _SESSIONS):
            yield from app_session(rng, tenant, at_ms)


def _received(rng: Random, person: Recipient, tenant: Tenant, at_ms: int) -> Iterator[Event]:
    """A rule that stores the mail, and then hands it to a topic or to a function or to no one: an event for each."""
    message_id = f"{rng.getrandbits(128):032x}"
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
    place = tenant.place
    stored = {"type": "S3", "topicArn": f"arn:aws:sns:{place}:inbox", "bucketName": f"inbox-{tenant.name}"}
    actions: list[dict[str, Any]] = [{**stored, "objectKey": message_id}]
    if is_spam:
        actions = [{"type": "Stop", "topicArn": f"arn:aws:sns:{place}:inbox"}]
    elif (drawn := rng.random()) < 0.5:
        actions.append({"type": "SNS", "topicArn": f"arn:aws:sns:{place}:tickets", "encoding": "UTF8"})
    elif drawn < 0.75:
        function = f"arn:aws:lambda:{place}:function:inbox"
        actions.append({"type": "Lambda", "functionArn": function, "invocationType": "Event"})
    for number, action in enumerate(actions):
        acted_ms = at_ms + 400 + 100 * number
        receipt = {"timestamp": iso(acted_ms), "processingTimeMillis": 400 + 100 * number, "recipients": to}
        event: dict[str, Any] = {"mail": mail, "receipt": {**receipt, **verdicts, "action": action}}
        if action["type"] != "Lambda":  # a topic's word; a function is handed the two alone
            event = {"notificationType": "Received", **event}
        if action["type"] == "SNS":
            event["content"] = f"From: {person.address}\r\nSubject: Où est-ce ?\r\n\r\n" + token(rng, 400)
        yield Event(acted_ms, "ses_inbound", orjson.dumps(event), place)


def _account_event(rng: Random, tenant: Tenant, at_ms: int) -> Event:
    """Status and recommendations of a tenant or an identity; they come by EventBridge alone."""
    place = f"arn:aws:ses:{tenant.place}"
    data: Any
    if rng.random() < 0.5:
        kind = rng.choice(("Advisor Recommendation Status Open", "Advisor Recommendation Status Resolved"))
        data, resource = "DMARC configuration was not found.", f"{place}:identity/{tenant.domain}"
    else:
        status = rng.choice(("ENABLED", "DISABLED"))
        kind, resource = f"Sending Status {status.title()}", f"{place}:tenant/{tenant.name}/tn-{tenant.name}"
        sent = datetime.fromtimestamp(at_ms / 1000, UTC)
        updated = [sent.year, sent.month, sent.day, sent.hour, sent.minute, sent.second, at_ms % 1000 * 1_000_000]
        record = {"status": status, "cause": "Set by hand", "lastUpdatedTimestamp": updated}
        data = {"origin": "CUSTOMER_MANAGED", "record": record}
    envelope = {
        "id": new_uuid(rng),
        "detail-type": kind,
        "source": "aws.ses",
        "account": tenant.account,
        "time": iso(at_ms)[:19] + "Z",
        "region": tenant.region,
        "resources": [resource],
    }
    payload = orjson.dumps({"version": "1.0.0", "data": data})
    return Event(at_ms, "ses_account", payload, tenant.place, orjson.dumps(envelope))
