"""What a wrapping carries that is not one JSON document: compressed, aggregated, several documents, text or binary.

Nothing of it is lost: what cannot be read stays one piece, byte for byte.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

import orjson

from ingestion import kpl
from ingestion.layers import BLANKS, Layer, Record
from ingestion.sources.compression import Compression, Expanded, compression_of
from ingestion.sources.documents import (
    BYTE_ORDER_MARK,
    CHUNK_BYTES,
    MAX_DOCUMENT_BYTES,
    Document,
    documents,
    every_line,
)
from ingestion.sources.formats import is_snappy_block, is_text, refused_format, utf_16

# What SES and SNS write as plain text when a topic is set up; any other text is no control message. Nothing but what
# SNS goes on to say about the topic belongs to it: raw delivery by Firehose puts the next event on the same line.
_CONTROL_SENTENCE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+\"?"
    rb"(?:Successfully validated SNS topic for Amazon SES event publishing\."
    rb"|(?:You have chosen to subscribe to the topic|You have chosen to deactivate subscription"
    rb"|You have successfully subscribed your Amazon SNS topic)[^{\[]*+)\"?\s*+"
)
# How a log event begins that CloudWatch Logs exported to S3, before its message.
_LOG_TIME = re.compile(rb"[ \t\r\n]*+([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z)[ \t]++(?=[{\[])")
# What base64 begins with, for SQS carries text alone: of JSON; of gzip, zstd, bzip2 and a KPL record; of formats that
# are not read.
_BASE64_STARTS = (
    *(b"eyJ", b"eyA", b"ewo", b"W3s", b"H4sI", b"KLUv/", b"Qlpo", b"84ma"),
    *(b"T2JqA", b"UEFSM", b"T1JDA", b"T1JDC", b"UEsDB", b"/wYAAHNOYVBwW", b"glNOQVBQWQ"),
)

Found = Record | Iterable[Layer]


def opened_body(layer: Layer) -> Found:
    """The record that the body is, or what is inside of it."""
    body = layer.body
    if sentence := _CONTROL_SENTENCE.match(body):
        if sentence.end() == len(body):
            return layer.record()
        return _parts(layer, [sentence[0], body[sentence.end() :]])
    if logged := _LOG_TIME.match(body):
        told = {"logEvent": {"timestamp": logged[1].decode()}}
        return [layer.inside("", body[logged.end() :], told, "CloudWatch Logs")]
    if not layer.depth:  # what an input holds was expanded and taken apart when it was read
        return layer.record(reason="not_json")
    if kind := compression_of(body):
        return _expanded(layer, kind)
    if body.startswith(kpl.MAGIC):
        return _aggregated(layer)
    if name := refused_format(body):
        return layer.record(reason=name)
    if encoding := utf_16(body):
        try:
            text = body[2:].decode(encoding).encode()
        except ValueError:
            text = b""
        return [layer.inside("", text, {}, None)] if text.strip(BLANKS) else layer.record(reason="not_json")
    if not is_text(body):
        return _binary(layer)
    if body.startswith(_BASE64_STARTS):
        try:
            return [layer.inside("", base64.b64decode(body.strip(BLANKS), validate=True), {}, None)]
        except (binascii.Error, ValueError):
            pass
    parts = _documents(layer)
    if len(parts) > 1 and any(map(_is_readable, parts)):
        return _parts(layer, parts)
    return layer.record(reason="not_json")


def _documents(layer: Layer) -> list[bytes]:
    """The documents that the body holds, or the first of them, one more than may become records."""
    body = layer.body
    chunks = (body[begin : begin + CHUNK_BYTES] for begin in range(0, len(body), CHUNK_BYTES))
    found = (part.body for part in documents(chunks, 1, every_line) if isinstance(part, Document))
    return list(islice(found, layer.budget.most_records + 1))


def _parts(layer: Layer, parts: list[bytes]) -> Found:
    inside = (layer.inside(f"[{index}]", part, {}, None) for index, part in enumerate(parts))
    return layer.several(len(parts), {}, inside)


def _is_readable(part: bytes) -> bool:
    """Whether it is JSON, a logged message or a control sentence; text alone is not worth taking apart."""
    if _CONTROL_SENTENCE.match(part) or _LOG_TIME.match(part):
        return True
    return isinstance(_json(part.removeprefix(BYTE_ORDER_MARK)), dict | list)


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _expanded(layer: Layer, kind: Compression) -> Found:
    """The plain body; the compressed one as a record where it is damaged or too large when expanded."""
    expanded = Expanded(io.BytesIO(layer.body), kind)
    plain = bytearray()
    for piece in expanded:
        plain += piece
        if len(plain) > MAX_DOCUMENT_BYTES:
            return layer.record(reason="too_large")
        if len(plain) > layer.budget.expansion:
            return layer.record(reason="expands_too_far")
    if expanded.broken_at is not None:
        return layer.record(reason="broken_compression")
    layer.budget.spend_expansion(len(plain))
    return [layer.inside("", bytes(plain), {}, kind)]


def _aggregated(layer: Layer) -> Found:
    try:
        found = kpl.user_records(layer.body)
    except ValueError:
        return layer.record(reason="damaged_kpl")
    longest = max((user.partition_key for user in found), key=len)
    inside = (
        layer.inside(f"[{index}]", user.data, {"partitionKey": user.partition_key}, "KPL")
        for index, user in enumerate(found)
    )
    return layer.several(len(found), {"partitionKey": longest}, inside)


def _binary(layer: Layer) -> Found:
    """The events that have a line of their own, and between them what is not text, byte for byte."""
    if is_snappy_block(layer.body):
        return layer.record(reason="snappy")
    parts: list[bytes] = []
    is_event = False
    for line in layer.body.split(b"\n"):
        is_before = is_event
        is_event = isinstance(_json(line), dict)
        if parts and not is_event and not is_before:
            parts[-1] += b"\n" + line
        else:
            parts.append(line)
    if len(parts) > 1:
        return _parts(layer, parts)
    return layer.record(reason="not_json")
