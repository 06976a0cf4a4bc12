"""The wrappings of AWS, each recognised by its keys, never declared. What they say that the event does not is kept.

    SNS            {"Type": "Notification", "Message": "<text>", "TopicArn", "Timestamp", ...}, also without "Type"
    SQS            {"messageId", "body": "<text>", ...}      {"Messages": [{"MessageId", "Body": "<text>"}]}
    HTTP           {"body": {...}}      {"body": "<base64>", "isBase64Encoded": true}      {"body-json": {...}}
    Lambda         {"Records": [SQS | {"Sns": SNS} | {"kinesis": Kinesis} | {"ses": {...}}]}
    Lambda destination   {"requestContext", "requestPayload": {...}, ...}, of event sources "payload": "<text>"
    Kinesis        {"data": "<base64>", "partitionKey", "sequenceNumber"}; of GetRecords with capitals
    Firehose       {"records": [{"recordId", "data": "<base64>"}], ...}
    Firehose, what it could not transform or deliver   {"errorCode", "errorMessage", "rawData": "<base64>", ...}
    EventBridge    {"detail-type", "source", "detail": {...}, "account", "region", "time", "resources"}
    CloudWatch Logs      {"messageType", "logGroup", "logStream", "owner", "logEvents": [{"id", "message": "<text>"}]}
      to Lambda          {"awslogs": {"data": "<base64 of gzip of that>"}}
      by its API         {"events": [{"timestamp", "message": "<text>"}], ...}
      Insights           {"@timestamp", "@message": "<text>"}      {"results": [[{"field": "@message", "value"}]]}
    our own line   {"landed_at", "transport", "origin", "source", "payload": {...}, "envelope": {...}}
    one of quarantine   {"landed_at", "transport", "origin", "reason", "path", "body": "<text>", "encoding"}

Source: event reference, section 2; of those it does not have, the developer guides of the services named.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import orjson

from ingestion.events.identify import identify
from ingestion.layers import BLANKS, Layer, Record, raw_fields, raw_items

_SNS_KEPT = ("MessageId", "TopicArn", "Subject", "Timestamp", "MessageAttributes")
_STREAM_KEPT = ("eventID", "eventSourceARN", "awsRegion")
_SQS_KEPT = ("messageId", "attributes", "messageAttributes", *_STREAM_KEPT)
# What ReceiveMessage calls them, by what Lambda does: SNS, which may stand inside, has names like the former.
_RECEIVED_KEPT = {"MessageId": "messageId", "Attributes": "attributes", "MessageAttributes": "messageAttributes"}
_KINESIS_KEPT = ("partitionKey", "sequenceNumber", "approximateArrivalTimestamp")
_GET_RECORDS_KEPT = {
    "PartitionKey": "partitionKey",
    "SequenceNumber": "sequenceNumber",
    "ApproximateArrivalTimestamp": "approximateArrivalTimestamp",
}
_FIREHOSE_KEPT = ("recordId", "approximateArrivalTimestamp")
_FAILED_KEPT = ("errorCode", "errorMessage", "arrivalTimestamp")
_BATCH_KEPT = ("invocationId", "deliveryStreamArn", "sourceKinesisStreamArn", "requestId", "timestamp", "region")
_EVENTBRIDGE_KEPT = ("id", "detail-type", "source", "account", "time", "region", "resources")
_LOGS_KEPT = ("owner", "logGroup", "logStream")
_LOG_EVENT_KEPT = ("id", "eventId", "logStreamName", "timestamp")
_INSIGHTS_KEPT = ("@timestamp", "@log", "@logStream", "@ptr")
_LANDED_KEPT = ("landed_at", "transport", "origin")
_CARRIERS = (str, dict, list)
_EVENT_KEYS = ("eventType", "notificationType", "event_type")
_CONTROL_TYPES = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_POINTERS = ("software.amazon.payloadoffloading.PayloadS3Pointer", "com.amazon.sqs.javamessaging.MessageS3Pointer")
_BATCHES = {"Records": "Lambda", "records": "Firehose", "Messages": None}  # what ReceiveMessage answers says nothing

Opened = Record | Iterable[Layer] | None


def is_control_wrapping(value: dict[str, Any]) -> bool:
    """Whether a transport says something of itself: a subscription, a check whether its destination is there."""
    if value.get("Type") in _CONTROL_TYPES:
        return not _is_event(value)
    return value.get("messageType") == "CONTROL_MESSAGE" and isinstance(value.get("logEvents"), list)


def is_s3_pointer(value: list[Any]) -> bool:
    """Whether it is what the SQS Extended Client sends for a message that it put into S3."""
    return len(value) == 2 and value[0] in _POINTERS and isinstance(value[1], dict)


def opened(layer: Layer, value: dict[str, Any]) -> Opened:
    """What is inside a wrapping; None when the object is none."""
    if _is_event(value):
        return None
    if value.get("Type") == "Notification" and isinstance(value.get("Message"), _CARRIERS):
        carried = _carried(layer, value, "Message", _kept(value, _SNS_KEPT), "SNS")
        if layer.verify:
            if refused := layer.verify(value):
                at, reason = refused
                return [replace(layer, path=layer.path + at, reason=reason)]
            carried.verify = None  # of the notification nothing else is signed
        return [carried]
    if isinstance(value.get("Sns"), dict):
        return [_carried(layer, value, "Sns", _kept(value, ("EventSubscriptionArn",)), None)]
    if isinstance(value.get("kinesis"), dict) and "data" in value["kinesis"]:
        told = {**_kept(value, _STREAM_KEPT), **_kept(value["kinesis"], _KINESIS_KEPT)}
        return [decoded(layer, value["kinesis"]["data"], ".kinesis.data", told, "Kinesis")]
    if isinstance(value.get("ses"), dict) and value.get("eventSource") == "aws:ses":
        return [_carried(layer, value, "ses", {}, None)]
    if all(isinstance(value.get(key), str) for key in _LANDED_KEPT):
        line = _landed_line(layer, value)
        if line is not None:
            return [line]
    if "detail-type" in value and "source" in value and isinstance(value.get("detail"), _CARRIERS):
        return [_carried(layer, value, "detail", _kept(value, _EVENTBRIDGE_KEPT), "EventBridge")]
    for key in ("body", "Body"):
        if isinstance(value.get(key), _CARRIERS):
            return [_body(layer, value, key)]
    if "data" in value and "recordId" in value:
        return [decoded(layer, value["data"], ".data", _kept(value, _FIREHOSE_KEPT), "Firehose")]
    if "rawData" in value and "errorCode" in value:
        return [decoded(layer, value["rawData"], ".rawData", _kept(value, _FAILED_KEPT), "Firehose")]
    for key, wrapping in _BATCHES.items():
        if isinstance(value.get(key), list):
            told = _kept(value, _BATCH_KEPT)
            return layer.several(len(value[key]), told, _batch(layer, value, key, told, wrapping))
    return _opened_seldom(layer, value)


def _opened_seldom(layer: Layer, value: dict[str, Any]) -> Opened:
    """The wrappings around the wrappings, and those of which each field alone could be another's."""
    if "sequenceNumber" in value and isinstance(value.get("data"), _CARRIERS):
        told = {**_kept(value, _STREAM_KEPT), **_kept(value, _KINESIS_KEPT)}
        if isinstance(value["data"], str):
            return [decoded(layer, value["data"], ".data", told, "Kinesis")]
        return [_carried(layer, value, "data", told, "Kinesis")]
    if "SequenceNumber" in value and isinstance(value.get("Data"), str):
        return [decoded(layer, value["Data"], ".Data", _renamed(value, _GET_RECORDS_KEPT), "Kinesis")]
    if isinstance(value.get("requestContext"), dict):
        for key in ("requestPayload", "payload"):
            if isinstance(value.get(key), _CARRIERS):
                return [_carried(layer, value, key, _kept(value, ("requestContext",)), "Lambda destination")]
    if isinstance(value.get("awslogs"), dict) and "data" in value["awslogs"]:
        return [decoded(layer, value["awslogs"]["data"], ".awslogs.data", {}, "Lambda")]
    if "logGroup" in value and _are_log_events(value.get("logEvents")):
        shared = _kept(value, _LOGS_KEPT)
        return layer.several(len(value["logEvents"]), shared, _log_events(layer, value, "logEvents", shared))
    if _are_log_events(value.get("events")):
        return layer.several(len(value["events"]), {}, _log_events(layer, value, "events", {}))
    if isinstance(value.get("results"), list) and all(map(_is_row, value["results"])):
        return layer.several(len(value["results"]), {}, _rows(layer, value))
    # other services have such fields, too: what carries no JSON stays whole
    for key, kept, wrapping in (
        ("@message", _INSIGHTS_KEPT, "CloudWatch Logs"),
        ("Message", _SNS_KEPT, "SNS"),
        ("body-json", (), "HTTP"),
    ):
        if _is_json(value.get(key)):
            return [_carried(layer, value, key, _kept(value, kept), wrapping)]
    return None


def _is_event(value: dict[str, Any]) -> bool:
    return any(value.get(key) is not None for key in _EVENT_KEYS)


def _is_json(carried: Any) -> bool:
    if isinstance(carried, str):
        try:
            carried = orjson.loads(carried)
        except ValueError:
            return False
    return isinstance(carried, dict | list)


def _body(layer: Layer, value: dict[str, Any], key: str) -> Layer:
    """What a queue or an HTTP request carries."""
    if value.get("isBase64Encoded") is True:
        return decoded(layer, value[key], f".{key}", {}, "HTTP")
    is_queued = "messageId" in value or "MessageId" in value
    told = _renamed(value, _RECEIVED_KEPT) | _kept(value, _SQS_KEPT)
    return _carried(layer, value, key, told, "SQS" if is_queued else "HTTP")


def _landed_line(layer: Layer, value: dict[str, Any]) -> Layer | None:
    """What stands in a line of a landing zone (docs/landed_event.md); None when it is none, or not what it says."""
    envelope = value.get("envelope", {})
    if not isinstance(envelope, dict):
        return None
    told = _kept(value, _LANDED_KEPT) | envelope  # of a line that landed twice, where it arrived first
    payload = value.get("payload")
    if isinstance(payload, dict):
        source = identify(payload, layer.envelope | told)
        is_so = source is not None and source == value.get("source")
        return _carried(layer, value, "payload", told, "landed line") if is_so else None
    if not (isinstance(value.get("body"), str) and "reason" in value and "path" in value):
        return None
    if value.get("encoding") == "base64":
        return decoded(layer, value["body"], ".body", told, "quarantine line")
    return _carried(layer, value, "body", told, "quarantine line")


def _batch(
    layer: Layer, value: dict[str, Any], key: str, told: dict[str, Any], wrapping: str | None
) -> Iterator[Layer]:
    items = raw_items(raw_fields(layer.body)[key])
    for index, (raw, item) in enumerate(zip(items, value[key], strict=True)):
        at = f".{key}[{index}]"
        if key == "records" and isinstance(item, dict) and "data" in item:  # a Firehose endpoint's have nothing else
            yield decoded(layer, item["data"], f"{at}.data", {**told, **_kept(item, _FIREHOSE_KEPT)}, wrapping)
        else:
            is_read = isinstance(item, dict) and "SequenceNumber" in item  # by GetRecords
            yield layer.inside(at, raw, told, None if is_read else wrapping, item)


def _are_log_events(events: Any) -> bool:
    return (
        isinstance(events, list)
        and len(events) > 0
        and all(isinstance(entry, dict) and isinstance(entry.get("message"), _CARRIERS) for entry in events)
        and all("timestamp" in entry for entry in events)
    )


def _log_events(layer: Layer, value: dict[str, Any], key: str, shared: dict[str, Any]) -> Iterator[Layer]:
    items = raw_items(raw_fields(layer.body)[key])
    for index, (raw, item) in enumerate(zip(items, value[key], strict=True)):
        logged = layer.inside(f".{key}[{index}]", raw, shared, None, item)
        yield _carried(logged, item, "message", {"logEvent": _kept(item, _LOG_EVENT_KEPT)}, "CloudWatch Logs")


def _is_row(row: Any) -> bool:
    """Whether it is a row of what GetQueryResults answers."""
    return isinstance(row, list) and all(isinstance(cell, dict) and "field" in cell and "value" in cell for cell in row)


def _rows(layer: Layer, value: dict[str, Any]) -> Iterator[Layer]:
    rows = raw_items(raw_fields(layer.body)["results"])
    for index, (raw, row) in enumerate(zip(rows, value["results"], strict=True)):
        fields = {str(cell["field"]): cell["value"] for cell in row}
        at = f".results[{index}]"
        if _is_json(fields.get("@message")):
            message = fields["@message"]
            text = message.encode() if isinstance(message, str) else orjson.dumps(message)
            yield layer.inside(at, text, _kept(fields, _INSIGHTS_KEPT), "CloudWatch Logs")
        else:
            yield layer.inside(at, raw, {}, "CloudWatch Logs", reason="unknown_shape")


def _carried(layer: Layer, value: dict[str, Any], key: str, told: dict[str, Any], wrapping: str | None) -> Layer:
    """What stands under `key`: JSON written as text, or JSON itself."""
    carried = value[key]
    if isinstance(carried, str):  # SES ends it with a line feed
        return layer.inside(f".{key}", carried.encode().strip(BLANKS), told, wrapping)
    return layer.inside(f".{key}", raw_fields(layer.body)[key], told, wrapping, carried)


def decoded(layer: Layer, data: Any, at: str, told: dict[str, Any], wrapping: str | None) -> Layer:
    """What base64 stands for."""
    if not isinstance(data, str):
        return layer.inside(at, orjson.dumps(data), told, wrapping, reason="not_base64")
    try:
        return layer.inside(at, base64.b64decode(data, validate=True), told, wrapping)
    except (binascii.Error, ValueError):
        return layer.inside(at, data.encode(), told, wrapping, reason="not_base64")


def _kept(value: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value[key] for key in keys if value.get(key) is not None}


def _renamed(value: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names[key]: told for key, told in _kept(value, tuple(names)).items()}
