"""Transport wrappings around an event, as topics, queues and streams hand it over.

Sources: Amazon SNS Developer Guide, "Parsing message formats"; AWS Lambda Developer Guide, "Using Lambda with
Amazon SQS" and "with Amazon Kinesis"; Amazon Data Firehose Developer Guide, "Transform source data" and "HTTP endpoint
delivery specifications"; Amazon EventBridge User Guide, "Events in Amazon EventBridge".
"""

from __future__ import annotations

from base64 import b64encode
from random import Random
from typing import Any

import orjson

from simulate.messages import iso, new_uuid
from simulate.stream import Arrival

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
    "TEXT": "Text Message Delivery Status Updated",
    "MEDIA": "Media Message Delivery Status Updated",
    "VOICE": "Voice Message Delivery Status Updated",
}

_EVENT_PUBLISHED = "Amazon SES Email Event Notification"
_MAIL_RECEIVED = "Amazon SES Email Receipt Notification"


def wrapped_now_and_then(rng: Random, arrival: Arrival) -> bytes:
    """One line: the event bare, as Firehose delivers most, or in what a transport of its source wraps around it."""
    match arrival.source:
        case "ses_event":
            return _sent_mail(rng, arrival)
        case "ses_notification":  # SNS alone brings them
            return _by_sns(rng, arrival, "ses-feedback")
        case "ses_inbound":
            return _received_mail(rng, arrival)
        case "pinpoint":
            return _by_kinesis(rng, arrival) if rng.random() < 0.5 else arrival.payload
        case "eum":
            return _text(rng, arrival)
        case _:
            return by_eventbridge(arrival)


def by_eventbridge(arrival: Arrival) -> bytes:
    """An account event in EventBridge's wrapping, which has its type; any other event as it is."""
    if not arrival.envelope:
        return arrival.payload
    return orjson.dumps({"version": "0", **orjson.loads(arrival.envelope), "detail": orjson.Fragment(arrival.payload)})


def _sent_mail(rng: Random, arrival: Arrival) -> bytes:
    """One in seven is wrapped."""
    drawn = rng.random()
    if drawn < 0.05:
        return _by_sns(rng, arrival, "ses-events", subject=_EVENT_PUBLISHED, end="\n")
    if drawn < 0.09:
        return _by_sqs(rng, arrival)
    if drawn < 0.125:
        event = orjson.loads(arrival.payload)
        (configuration_set,) = event["mail"]["tags"]["ses:configuration-set"]
        resource = f"arn:aws:ses:{arrival.place}:configuration-set/{configuration_set}"
        return _by_eventbridge(rng, arrival, "aws.ses", _DETAIL_TYPES[event["eventType"]], event, [resource])
    if drawn < 0.135:
        return _by_firehose_transformation(rng, arrival)
    if drawn < 0.145:
        return _by_firehose_http(rng, arrival)
    return arrival.payload


def _received_mail(rng: Random, arrival: Arrival) -> bytes:
    """Never bare: a rule's action names the topic that is notified or the function that is run."""
    action = orjson.loads(arrival.payload)["receipt"]["action"]
    if action["type"] == "Lambda":
        event = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": orjson.Fragment(arrival.payload)}
        return orjson.dumps({"Records": [event]})
    return _by_sns(rng, arrival, action["topicArn"].rpartition(":")[2], subject=_MAIL_RECEIVED)


def _text(rng: Random, arrival: Arrival) -> bytes:
    """EventBridge leaves out the destination of a message, and has no type for RCS."""
    drawn = rng.random()
    if drawn < 0.4:
        return _by_sns(rng, arrival, "texts")
    event = orjson.loads(arrival.payload)
    detail_type = _DETAIL_TYPES.get(event["eventType"].partition("_")[0])
    if drawn < 0.7 and detail_type:
        del event["destinationPhoneNumber"]
        return _by_eventbridge(rng, arrival, "aws.sms-voice", detail_type, event, [])
    return arrival.payload


def _by_sns(rng: Random, arrival: Arrival, topic: str, *, subject: str = "", end: str = "") -> bytes:
    """An SNS notification in a Firehose stream: it has no signature there."""
    topic_arn = f"arn:aws:sns:{arrival.place}:{topic}"
    subscription = f"{topic_arn}:{new_uuid(rng)}"
    notification = {
        "Type": "Notification",
        "MessageId": new_uuid(rng),
        "TopicArn": topic_arn,
        **({"Subject": subject} if subject else {}),
        "Message": arrival.payload.decode() + end,
        "Timestamp": iso(arrival.arrived_ms),
        "UnsubscribeURL": f"https://sns.{_region(arrival)}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }
    return orjson.dumps(notification)


def _by_sqs(rng: Random, arrival: Arrival) -> bytes:
    """What a Lambda function receives from a queue that a topic feeds with raw message delivery."""
    record = {
        "messageId": new_uuid(rng),
        "receiptHandle": f"{rng.getrandbits(400):0100x}",
        "body": arrival.payload.decode(),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(arrival.arrived_ms)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{arrival.place}:ses-events",
        "awsRegion": _region(arrival),
    }
    return orjson.dumps({"Records": [record]})


def _by_kinesis(rng: Random, arrival: Arrival) -> bytes:
    """What a Lambda function receives from the stream that Pinpoint writes to."""
    sequence_number = f"4964{rng.randrange(10**52):052d}"
    record = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": new_uuid(rng),
            "sequenceNumber": sequence_number,
            "data": _in_base64(arrival),
            "approximateArrivalTimestamp": arrival.arrived_ms / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence_number}",
        "eventName": "aws:kinesis:record",
        "awsRegion": _region(arrival),
        "eventSourceARN": f"arn:aws:kinesis:{arrival.place}:stream/pinpoint-events",
    }
    return orjson.dumps({"Records": [record]})


def _by_firehose_transformation(rng: Random, arrival: Arrival) -> bytes:
    """What a Lambda function receives that transforms a Firehose stream."""
    record = {
        "recordId": f"4964{rng.randrange(10**52):052d}000000",
        "approximateArrivalTimestamp": arrival.arrived_ms,
        "data": _in_base64(arrival),
    }
    stream = {
        "invocationId": new_uuid(rng),
        "deliveryStreamArn": f"arn:aws:firehose:{arrival.place}:deliverystream/ses-events",
        "region": _region(arrival),
    }
    return orjson.dumps({**stream, "records": [record]})


def _by_firehose_http(rng: Random, arrival: Arrival) -> bytes:
    """What Firehose sends to an HTTP endpoint."""
    record = {"data": _in_base64(arrival)}
    return orjson.dumps({"requestId": new_uuid(rng), "timestamp": arrival.arrived_ms, "records": [record]})


def _by_eventbridge(
    rng: Random, arrival: Arrival, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]
) -> bytes:
    region, account = arrival.place.split(":")
    return orjson.dumps(
        {
            "version": "0",
            "id": new_uuid(rng),
            "detail-type": detail_type,
            "source": source,
            "account": account,
            "time": iso(arrival.arrived_ms)[:19] + "Z",
            "region": region,
            "resources": resources,
            "detail": detail,
        }
    )


def _in_base64(arrival: Arrival) -> str:
    """A record of a stream ends its line."""
    return b64encode(arrival.payload + b"\n").decode()


def _region(arrival: Arrival) -> str:
    return arrival.place.partition(":")[0]
