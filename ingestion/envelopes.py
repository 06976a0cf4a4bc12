"""Remove the transport wrappings from a record, and change nothing else.

    SNS            {"Type": "Notification", "Message": "<text>", "TopicArn", "Timestamp", ...}
    SQS            {"messageId", "body": "<text>", ...}      {"Messages": [{"MessageId", "Body": "<text>"}]}
    HTTP           {"body": {...}}
    Lambda         {"Records": [SQS | {"Sns": SNS} | {"kinesis": {"data": "<base64>"}} | {"ses": {...}}]}
    Firehose       {"records": [{"recordId", "data": "<base64>"}], ...}
    Firehose, what it could not transform or deliver   {"errorCode", "errorMessage", "rawData": "<base64>", ...}
    EventBridge    {"detail-type", "source", "detail": {...}, "account", "region", "time", "resources"}
    our own line   {"landed_at", "transport", "origin", "source", "payload": {...}, "envelope": {...}}
    one of quarantine   {"landed_at", "transport", "origin", "reason", "path", "body": "<text>", "encoding"}
    a list         [...]

They are nested to any depth and in any order; each is recognised by its keys, never declared. What a wrapping says that
the event does not is kept. Source: event reference, section 2.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import orjson

from ingestion.events.identify import identify, is_control
from ingestion.events.keys import has_as_many_quotes, has_key_twice
from ingestion.events.ses import DECODE_ERRORS
from ingestion.signatures import Verify
from ingestion.sources.documents import BYTE_ORDER_MARK, Document, documents, every_line

MAX_WRAPPINGS = 64  # real ones are four at most; each level of a bomb costs a pass over it

_CONTROL_TYPES = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
# What SES and SNS write as plain text when a topic is set up; any other text is no control message. Nothing but what
# SNS goes on to say about the topic belongs to it: raw delivery by Firehose puts the next event on the same line.
_CONTROL_SENTENCE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+\"?"
    rb"(?:Successfully validated SNS topic for Amazon SES event publishing\."
    rb"|(?:You have chosen to subscribe to the topic|You have chosen to deactivate subscription"
    rb"|You have successfully subscribed your Amazon SNS topic)[^{\[]*+)\"?\s*+"
)

_SNS_KEPT = ("MessageId", "TopicArn", "Subject", "Timestamp", "MessageAttributes")
_STREAM_KEPT = ("eventID", "eventSourceARN", "awsRegion")
_SQS_KEPT = ("messageId", "attributes", "messageAttributes", *_STREAM_KEPT)
# What ReceiveMessage calls them, by what Lambda does: SNS, which may stand inside, has names like the former.
_RECEIVED_KEPT = {"MessageId": "messageId", "Attributes": "attributes", "MessageAttributes": "messageAttributes"}
_KINESIS_KEPT = ("partitionKey", "sequenceNumber", "approximateArrivalTimestamp")
_FIREHOSE_KEPT = ("recordId", "approximateArrivalTimestamp")
_FAILED_KEPT = ("errorCode", "errorMessage", "arrivalTimestamp")
_BATCH_KEPT = ("invocationId", "deliveryStreamArn", "sourceKinesisStreamArn", "requestId", "timestamp", "region")
_EVENTBRIDGE_KEPT = ("id", "detail-type", "source", "account", "time", "region", "resources")
_LANDED_KEPT = ("landed_at", "transport", "origin")
_CARRIERS = (str, dict, list)
_EVENT_KEYS = ("eventType", "notificationType", "event_type")


@dataclass(slots=True)
class Record:
    """What remains after unwrapping. One of three: an event, a control message, or an error with its reason.

    `body` is the exact JSON or text, `event` the same parsed (an event only), `envelope` what the wrappings told,
    `path` where it stood in the document (`$.Records[1].body`), `wrappings` what was taken off, the outermost first.
    """

    body: bytes
    envelope: dict[str, Any]
    path: str
    wrappings: tuple[str, ...] = ()
    event: dict[str, Any] | None = None
    reason: str | None = None

    @property
    def is_control(self) -> bool:
        return self.event is None and self.reason is None


@dataclass(slots=True)
class _Layer:
    """Something that may be wrapped still. `value` is what `body` says, where that is known."""

    body: bytes
    path: str
    envelope: dict[str, Any]
    depth: int
    wrappings: tuple[str, ...] = ()
    value: Any = None
    reason: str | None = None
    verify: Verify | None = None  # what is still to hold of an SNS message around this

    def inside(
        self,
        at: str,
        body: bytes,
        told: dict[str, Any],
        wrapping: str | None,
        value: Any = None,
        reason: str | None = None,
    ) -> _Layer:
        wrappings = (*self.wrappings, wrapping) if wrapping else self.wrappings
        return _Layer(
            body, self.path + at, {**self.envelope, **told}, self.depth + 1, wrappings, value, reason, self.verify
        )

    def record(self, event: dict[str, Any] | None = None, reason: str | None = None) -> Record:
        return Record(self.body, self.envelope, self.path, self.wrappings, event, reason)


def unwrap(body: bytes, verify: Verify | None = None) -> Iterator[Record]:
    """The records that one document carries, in their order; one that cannot be unwrapped is a record with a reason.

    With `verify`, an event outside an SNS message that `verify` accepts is such a one, too.

    Raises:
        EventsError: `verify` raises it.
    """
    yield from _unwrap(_Layer(body, "$", {}, 0, verify=verify))


def unwrap_again(
    body: bytes, envelope: dict[str, Any], path: str, is_encoded: bool, verify: Verify | None = None
) -> Iterator[Record]:
    """The records in what was once taken out of a document at `path`; `is_encoded`: it should be base64."""
    taken = _Layer(body, path, envelope, 0 if path == "$" else 1, verify=verify)
    if is_encoded:
        taken = _decoded(taken, body.decode(errors="replace"), "", {}, None)
    yield from _unwrap(taken)


def _unwrap(whole: _Layer) -> Iterator[Record]:
    opened = [(whole, iter([whole]))]  # a layer, and what is left inside of it
    while opened:
        layer, inside = opened[-1]
        try:
            following = next(inside, None)
            if following is None:
                opened.pop()
                continue
            layer = following
            found = _look(layer)
        except RecursionError:
            found = layer.record(reason="too_deep")
        except DECODE_ERRORS:  # the parsers that look into a document agree on nearly all, but not on all
            found = layer.record(reason="not_json")
        if isinstance(found, Record):
            yield found
        else:
            opened.append((layer, iter(found)))


def _look(layer: _Layer) -> Record | Iterable[_Layer]:
    """The record that the layer is, or the layers inside of it."""
    if layer.reason:
        return layer.record(reason=layer.reason)
    if layer.depth > MAX_WRAPPINGS:
        return layer.record(reason="too_deep")
    value = layer.value
    if value is None:
        text = layer.body.removeprefix(BYTE_ORDER_MARK)
        if not text.strip():
            return []  # a blank line is no record, wherever it stands
        try:
            value = orjson.loads(text)
        except ValueError:
            return _text(layer)
        layer.body = text
        if _has_duplicate_keys(layer.body, value):
            return layer.record(reason="duplicate_key")
    if isinstance(value, list):
        return (
            layer.inside(f"[{index}]", raw, {}, "list", item)
            for index, (raw, item) in enumerate(zip(_raw_items(layer.body), value, strict=True))
        )
    if not isinstance(value, dict):
        return layer.record(reason="not_an_object")
    if is_control(value) or (value.get("Type") in _CONTROL_TYPES and not _is_event(value)):
        return layer.record()
    inside = _open(layer, value)
    if inside is not None:
        return inside
    if layer.verify:
        return layer.record(reason="bad_signature")
    return layer.record(event=value)


def _is_event(value: dict[str, Any]) -> bool:
    return any(value.get(key) is not None for key in _EVENT_KEYS)


def _open(layer: _Layer, value: dict[str, Any]) -> Iterable[_Layer] | None:
    """The layers inside a wrapping; None when the object is none."""
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
        return [_decoded(layer, value["kinesis"]["data"], ".kinesis.data", told, "Kinesis")]
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
            is_queued = "messageId" in value or "MessageId" in value
            received = {_RECEIVED_KEPT[name]: told for name, told in _kept(value, tuple(_RECEIVED_KEPT)).items()}
            return [_carried(layer, value, key, received | _kept(value, _SQS_KEPT), "SQS" if is_queued else "HTTP")]
    if "data" in value and "recordId" in value:
        return [_decoded(layer, value["data"], ".data", _kept(value, _FIREHOSE_KEPT), "Firehose")]
    if "rawData" in value and "errorCode" in value:
        return [_decoded(layer, value["rawData"], ".rawData", _kept(value, _FAILED_KEPT), "Firehose")]
    for key, wrapping in _BATCHES.items():
        if isinstance(value.get(key), list):
            return _batch(layer, value, key, wrapping)
    return None


def _landed_line(layer: _Layer, value: dict[str, Any]) -> _Layer | None:
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
        return _decoded(layer, value["body"], ".body", told, "quarantine line")
    return _carried(layer, value, "body", told, "quarantine line")


_BATCHES = {"Records": "Lambda", "records": "Firehose", "Messages": None}  # what ReceiveMessage answers says nothing


def _batch(layer: _Layer, value: dict[str, Any], key: str, wrapping: str | None) -> Iterator[_Layer]:
    told = _kept(value, _BATCH_KEPT)
    raw_items = _raw_items(_raw_fields(layer.body)[key])
    for index, (raw, item) in enumerate(zip(raw_items, value[key], strict=True)):
        at = f".{key}[{index}]"
        if key == "records" and isinstance(item, dict) and "data" in item:  # a Firehose endpoint's have nothing else
            yield _decoded(layer, item["data"], f"{at}.data", {**told, **_kept(item, _FIREHOSE_KEPT)}, wrapping)
        else:
            yield layer.inside(at, raw, told, wrapping, item)


def _carried(layer: _Layer, value: dict[str, Any], key: str, told: dict[str, Any], wrapping: str | None) -> _Layer:
    """What stands under `key`: JSON written as text, or JSON itself."""
    carried = value[key]
    if isinstance(carried, str):
        return layer.inside(f".{key}", carried.encode().strip(), told, wrapping)
    return layer.inside(f".{key}", _raw_fields(layer.body)[key], told, wrapping, carried)


def _decoded(layer: _Layer, data: Any, at: str, told: dict[str, Any], wrapping: str | None) -> _Layer:
    if not isinstance(data, str):
        return layer.inside(at, orjson.dumps(data), told, wrapping, reason="not_base64")
    try:
        return layer.inside(at, base64.b64decode(data, validate=True).strip(), told, wrapping)
    except (binascii.Error, ValueError):
        return layer.inside(at, data.encode(), told, wrapping, reason="not_base64")


def _text(layer: _Layer) -> Record | Iterable[_Layer]:
    """What is not one JSON document: several of them, a control sentence, or something broken."""
    parts: list[bytes] = []
    if sentence := _CONTROL_SENTENCE.match(layer.body):
        if sentence.end() == len(layer.body):
            return layer.record()
        parts = [sentence[0], layer.body[sentence.end() :]]
    elif layer.depth:
        parts = [part.body for part in documents([layer.body], 1, every_line) if isinstance(part, Document)]
    if len(parts) > 1:
        return [layer.inside(f"[{index}]", part, {}, None) for index, part in enumerate(parts)]
    return layer.record(reason="not_json")


def _kept(value: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value[key] for key in keys if value.get(key) is not None}


# Slices of the bytes as received: numbers, escapes and the order of keys stay what they were.
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _raw_items(body: bytes) -> Iterator[bytes]:
    return map(bytes, _decode_items(body))


def _raw_fields(body: bytes) -> dict[str, bytes]:
    return {key: bytes(raw) for key, raw in _decode_fields(body).items()}


def _has_duplicate_keys(body: bytes, value: Any) -> bool:
    try:
        return not has_as_many_quotes(body, orjson.dumps(value)) and has_key_twice(body)
    except TypeError as error:  # nested more than 254 deep
        raise RecursionError from error
