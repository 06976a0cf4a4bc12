"""Records as a hostile or broken sender would write them: our own events, mutated."""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

RECORDS = int(os.environ.get("EMAIL_EVENTS_FUZZ", "3000"))  # how many a test takes
SEED = int(os.environ.get("EMAIL_EVENTS_FUZZ_SEED", random.randrange(10**9) if RECORDS > 3000 else 7))

EVENTS = Path(__file__).parents[1] / "events"

# What parsers and engines stumble over.
TOKENS = [
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\r", b"\r\n", b"\t", b" ", b"\x00", b"\x01", b"\x1f"),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85"),
    *(b"\\u0000", b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"\\u0022", b"\\u005c", b"\\x", b"\\"),
    *(
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"1e-999",
        b"9" * 400,
        b"9" * 39,
        b"0" * 20,
        b"-0",
        b"01",
        b"1.",
        b"0x1",
    ),
    *(b"null", b"true", b'""', b"{}", b"[]", b"[" * 300, b'{"a":' * 300, b"[" * 5000, b"]" * 300, b"}" * 300),
    *(b'"eventType":"Bounce",', b'"mail":{},', b'"mail":null,', b'"messageId":"m-0",', b'"messageId" :"m-1",'),
    *(b'"\\u006dail":1,', b'"timestamp":"2026-02-30T00:00:00Z",', b'"timestamp":"9999-99-99",', b'"Message":"{}",'),
    *(b'"Type":"Notification",', b'"Records":[', b'"body":"', b'"data":"!!!!",', b'"":1,', b'"a\\\\":1,"a\\\\":2,'),
    *(b'"event_type":"_email.open",', b'"eventVersion":"1.0",', b'"notificationType":"Bounce",', b'"receipt":{},'),
    *(b"Successfully validated SNS topic for Amazon SES event publishing.", b"x" * 70_000, b"\x1f\x8b\x08\x00"),
]

# What an event may hold in place of what it should.
VALUES = [
    *(None, True, 0, -1, 10**17, 10**20, 1e308, -0.5, [], {}, [[]], [None], {"": None}),
    *("", " ", "0", "\0", "\\u0000", "\ud800", "\u2028", '"', "\\", "\r\n", "ä" * 50, "x" * 3000),
    *("1767225600000", "2026-01-01", "2026-02-29T00:00:00Z", "2026-01-01 00:00:00,5 +00:00"),
    *("e30=", "e30", "{}", "[]", '{"eventType":"Send"}', "Notification", "aws.ses"),
    *(json.loads("[" * levels + "]" * levels) for levels in (60, 200, 300)),
]

TWICE = "+twice"  # taken out of the text, so that a key stands twice


def seeds() -> list[bytes]:
    """Each of our own events and envelopes on one line."""
    found = []
    for path in sorted(EVENTS.glob("*.*json")):
        for text in path.read_text(encoding="utf-8").splitlines() if path.suffix == ".ndjson" else [path.read_text()]:
            try:
                found.append(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode())
            except ValueError:
                found.append(text.encode())
    return found


def mutated(rng: random.Random, records: list[bytes]) -> bytes:
    """One of the records, changed."""
    return changed(rng, rng.choice(records), records)


def changed(rng: random.Random, record: bytes, others: list[bytes]) -> bytes:
    """The record, changed in one to four places, by the others, too; sometimes wrapped afterwards."""
    text = bytearray(record)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((1, 1, 4, 20, 200)))
        match rng.randrange(8):
            case 0:
                text[at:end] = b""
            case 1:
                text[at:at] = rng.choice(TOKENS)
            case 2:
                text[at:end] = rng.choice(TOKENS)
            case 3:
                text[at:at] = text[at:end]
            case 4:
                del text[at:]
            case 5:
                text[at:] = rng.choice(others)[at:]
            case 6:
                # a token where one can stand, which reaches further than one anywhere
                places = [place for place in range(len(text)) if text[place] in b"{[,:"]
                if places:
                    at = rng.choice(places) + 1
                    text[at:at] = rng.choice(TOKENS)
            case 7 if text:
                text[min(at, len(text) - 1)] = rng.randrange(256)
    body = bytes(text)
    while rng.random() < 0.15:
        body = _wrapped(rng, body)
    return body[:100_000]


def reshaped(rng: random.Random, record: bytes, others: list[bytes]) -> bytes:
    """The record as JSON that is well formed, with other values, keys or layout; changed as text where it is none."""
    try:
        value = [json.loads(record)]  # in a list, so that the whole of it has a place, too
        for _ in range(rng.choice((1, 1, 2, 3))):
            _reshape(rng, value, [json.loads(rng.choice(others))])
        gap = rng.choice(("", "", " ", "\t", "\n", "\r", "\r\n"))
        text = json.dumps(value[0], separators=(f",{gap}", f":{gap}"), ensure_ascii=rng.random() < 0.5)
    except (ValueError, RecursionError):
        return changed(rng, record, others)
    return text.replace(TWICE, "").encode(errors="surrogatepass")


def _reshape(rng: random.Random, value: list[Any], other: list[Any]) -> None:
    inside, key = rng.choice(list(_places(value)))
    found, name = rng.choice(list(_places(other)))
    match rng.randrange(7):
        case 0:
            inside[key] = deepcopy(rng.choice(VALUES))
        case 1:
            inside[key] = found[name]
        case 2:
            inside[key] = json.dumps(inside[key])
        case 3 if inside is not value:
            del inside[key]
        case 4 if isinstance(inside, dict):
            inside[str(name)] = inside.pop(key)
        case 5 if isinstance(inside, dict):
            inside[str(name)] = found[name]
        case 6 if isinstance(inside, dict):
            inside[key + TWICE] = inside[key]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a list or an object, from the outermost on, as the two that index it."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], list | dict):
            yield from _places(value[key])


def _wrapped(rng: random.Random, body: bytes) -> bytes:
    text = body.decode(errors="replace")
    data = base64.b64encode(body).decode()
    return json.dumps(
        rng.choice(
            [
                {"Type": "Notification", "Message": text},
                {"Records": [{"messageId": "q-1", "body": text}]},
                {"Records": [{"kinesis": {"data": data}}]},
                {"records": [{"recordId": "r-1", "data": data}, {"data": data}]},
                {"Messages": [{"Body": text}]},
                [text, {"body": text}],
            ]
        )
    ).encode()
