"""Transport wrappings around an event, as queues and streams hand it over.

Sources: Amazon SNS Developer Guide, "Parsing message formats"; AWS Lambda Developer Guide, "Using Lambda with
Amazon SQS"; Amazon EventBridge User Guide, "Events in Amazon EventBridge".
"""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

import orjson

from ingestion.simulate.messages import iso
from ingestion.simulate.senders import ID_PREFIXES
from ingestion.simulate.stream import Arrival

_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}


def wrapped_now_and_then(rng: Random, arrival: Arrival) -> bytes:
    """The event bare, as Firehose delivers most; one in eight wrapped. Feedback notifications come by SNS alone."""
    if arrival.source not in ("ses_event", "ses_notification"):
        return by_eventbridge(arrival)
    if arrival.source == "ses_notification":
        return _by_sns(rng, arrival)
    drawn = rng.random()
    if drawn < 0.05:
        return _by_sns(rng, arrival)
    if drawn < 0.09:
        return _by_sqs(rng, arrival)
    if drawn < 0.125:
        return _mail_by_eventbridge(rng, arrival)
    return arrival.payload


def by_eventbridge(arrival: Arrival) -> bytes:
    """The event in what EventBridge wraps around it; as it is where nothing does."""
    if not arrival.envelope:
        return arrival.payload
    return orjson.dumps({"version": "0", **orjson.loads(arrival.envelope), "detail": orjson.Fragment(arrival.payload)})


def _by_sns(rng: Random, arrival: Arrival) -> bytes:
    """An SNS notification in a Firehose stream: it has no signature there."""
    region, account = _place(orjson.loads(arrival.payload)["mail"])
    is_event = arrival.source == "ses_event"
    topic = f"arn:aws:sns:{region}:{account}:{'ses-events' if is_event else 'ses-feedback'}"
    subscription = f"{topic}:{_uuid(rng)}"
    notification = {
        "Type": "Notification",
        "MessageId": _uuid(rng),
        "TopicArn": topic,
        **({"Subject": "Amazon SES Email Event Notification"} if is_event else {}),
        "Message": arrival.payload.decode() + ("\n" if is_event else ""),
        "Timestamp": iso(arrival.arrived_ms),
        "UnsubscribeURL": f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }
    return orjson.dumps(notification)


def _by_sqs(rng: Random, arrival: Arrival) -> bytes:
    """What a Lambda function receives from a queue that a topic feeds with raw message delivery."""
    region, account = _place(orjson.loads(arrival.payload)["mail"])
    record = {
        "messageId": _uuid(rng),
        "receiptHandle": f"{rng.getrandbits(400):0100x}",
        "body": arrival.payload.decode(),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(arrival.arrived_ms)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{region}:{account}:ses-events",
        "awsRegion": region,
    }
    return orjson.dumps({"Records": [record]})


def _mail_by_eventbridge(rng: Random, arrival: Arrival) -> bytes:
    event: dict[str, Any] = orjson.loads(arrival.payload)
    mail = event["mail"]
    region, account = _place(mail)
    (configuration_set,) = mail["tags"]["ses:configuration-set"]
    return orjson.dumps(
        {
            "version": "0",
            "id": _uuid(rng),
            "detail-type": _DETAIL_TYPES[event["eventType"]],
            "source": "aws.ses",
            "account": account,
            "time": iso(arrival.arrived_ms)[:19] + "Z",
            "region": region,
            "resources": [f"arn:aws:ses:{region}:{account}:configuration-set/{configuration_set}"],
            "detail": event,
        }
    )


def _place(mail: dict[str, Any]) -> tuple[str, str]:
    """Region and account of a message. Not every event names its identity, so the message id tells the region."""
    prefix = mail["messageId"][:4]
    region = next(region for region, start in ID_PREFIXES.items() if start == prefix)
    return region, mail["sendingAccountId"]


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
