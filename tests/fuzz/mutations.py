"""Records as a hostile or broken sender would write them: our own events, mutated."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

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
    """One of the records, changed in one to four places; sometimes wrapped afterwards."""
    text = bytearray(rng.choice(records))
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
                text[at:] = rng.choice(records)[at:]
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
