"""What a small input may cost: lines, memory and time, in files and in the messages of a queue."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from balanced import assert_balanced
from command_line import Cli, event, line
from test_lambdas import called, failures, firehose, sqs

pytestmark = [pytest.mark.slow, pytest.mark.hostile]

MEGABYTE = 1_000_000


def zstd(repeated: bytes, megabytes: int) -> bytes:
    """Compresses it about 30,000 to 1."""
    compressor = zstandard.ZstdCompressor(level=3).compressobj()
    piece = repeated * (MEGABYTE // len(repeated))
    return b"".join(compressor.compress(piece) for _ in range(megabytes)) + compressor.flush()


BOMBS: dict[str, Callable[[], bytes]] = {
    "line ends": lambda: gzip.compress(b"\n" * 32 * MEGABYTE),
    "numbers": lambda: gzip.compress(b"1\n" * 16 * MEGABYTE),
    "empty objects": lambda: gzip.compress(b"{}\n" * 10 * MEGABYTE),
    "an array": lambda: gzip.compress(b"[" + b"1," * 16 * MEGABYTE + b"1]"),
    "blanks before an event": lambda: gzip.compress(b" " * 300 * MEGABYTE + line(1).encode()),
    "zstd": lambda: zstd(b"\0", 600),
    "bzip2": lambda: bz2.compress(b"\n" * 60 * MEGABYTE),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(b"1\n" * 50 * MEGABYTE)),
    "zstd in zstd": lambda: zstandard.compress(zstd(b"\0", 600)),
    "zeros behind an event, in gzip": lambda: gzip.compress(gzip.compress(line(2).encode()) + bytes(300 * MEGABYTE)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_compressed_file_is_read_as_far_as_it_expands_like_events(cli: Cli, name: str) -> None:
    content = BOMBS[name]()
    cli.write("in/bomb", content)
    cli.write("in/next", line(3))
    begun = time.process_time()
    ledger = cli.land("in", "--processes", "1").ledger
    assert time.process_time() - begun < 20
    assert ledger["landed"] + ledger["quarantined"] == ledger["read"] < 300_000
    zone = cli.zone()
    assert event(3) in [entry["payload"] for entry in zone.events]
    [kept] = [entry for entry in zone.quarantine if entry["reason"] == "expands_too_far"]
    whole = base64.b64decode(kept["body"])
    at = int(kept["origin"].rpartition("byte ")[2])
    assert whole == content[at:]
    assert_balanced(zone)
    reasons = [json.loads(told) for told in cli("check", "in/bomb", "--json", "--failing").out.splitlines()]
    assert [told["origin"] for told in reasons if told.get("reason") == "expands_too_far"] == [kept["origin"]]


def test_many_events_that_repeat_in_a_compressed_file_land(cli: Cli) -> None:
    cli.write("a.gz", gzip.compress(b"".join(line(number).encode() for number in range(20_000))))
    assert cli.land("a.gz").ledger == {"read": 20_000, "landed": 20_000, "quarantined": 0, "control": 0}


def packed(body: bytes) -> str:
    return base64.b64encode(gzip.compress(body)).decode()


BODIES: dict[str, Callable[[], bytes]] = {
    "numbers": lambda: b"1\n" * 4 * MEGABYTE,
    "text": lambda: b"x" * 8 * MEGABYTE,
    "objects": lambda: b"[" + b"{}," * 2_700_000 + b"{}]",
    "objects in an object": lambda: b'{"a":[' + b"[{}]," * 1_600_000 + b"1]}",
    "rows": lambda: b'{"results":[' + b"[]," * 2_600_000 + b"[]]}",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_message_that_expands_too_far_is_one_record_and_its_batch_lands(cli: Cli, s3: str, name: str) -> None:
    bomb = packed(BODIES[name]())
    assert failures(called(cli, "sqs_batch", sqs(line(1), *[bomb] * 5, line(2)), root=s3)) == []
    zone = cli.zone(s3)
    assert [entry["origin"] for entry in zone.events] == ["message-0", "message-6"]
    assert [entry["reason"] for entry in zone.quarantine] == ["expands_too_far"] * 5
    assert {base64.b64decode(entry["body"]) for entry in zone.quarantine} == {base64.b64decode(bomb)}
    assert_balanced(zone)


def test_firehose_is_answered_soon_whatever_its_records_expand_to(cli: Cli) -> None:
    bomb = zstd(line(1).encode(), 7)
    begun = time.monotonic()
    answer: dict[str, Any] = called(cli, "firehose_transform", firehose(line(1), *[bomb] * 500))
    assert time.monotonic() - begun < 30
    assert [entry["result"] for entry in answer["records"]] == ["Ok"] + ["ProcessingFailed"] * 500
