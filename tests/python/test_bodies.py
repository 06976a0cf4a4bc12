"""A body inside a wrapping that is not JSON is read where its format is known, and kept whole where it is not."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from command_line import Cli, event, line

EVENT = event(1)
TEXT = line(1).encode()


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()


def kinesis(body: bytes) -> Any:
    return {"Records": [{"kinesis": {"data": encoded(body), "partitionKey": "p"}, "eventSource": "aws:kinesis"}]}


def firehose(body: bytes) -> Any:
    return {"records": [{"recordId": "r-1", "data": encoded(body)}]}


def failed(body: bytes) -> Any:
    return {"errorCode": "Lambda.FunctionError", "rawData": encoded(body)}


def queued(body: bytes) -> Any:
    """SQS takes text alone."""
    return {"messageId": "q-1", "body": encoded(body)}


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def aggregated(*bodies: bytes, keys: tuple[str, ...] = ("a", "b")) -> bytes:
    """What the Kinesis Producer Library makes of user records."""
    message = b"".join(field(1, key.encode()) for key in keys) + field(2, b"17")
    for number, body in enumerate(bodies):
        record = varint(1 << 3) + varint(number % len(keys)) + varint(2 << 3) + varint(0) + field(3, body)
        message += field(3, record + field(4, field(1, b"tag")))
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


BINARY = {
    "a_kpl_record_without_its_digest": base64.b64decode("84mawgoBayAKIAkKeHh4eHgL"),
    "line_ends_and_blanks": b" \n\r\n\xff\n\n\x00\t\n ",
    "ascii_with_control_characters": b"\n\x05hello\n\x0b",
    "zeros": bytes(40),
    "a_gzip_that_breaks_off": gzip.compress(TEXT * 9)[:60],
    "avro": b"Obj\x01\x04\x16avro.schema" + TEXT + b"\n\n" + bytes(range(16)),
    "avro_single_object": b"\xc3\x01" + bytes(range(8)) + b"\n\nx",
    "parquet": b"PAR1\x15\x04\n{}\nPAR1",
    "snappy_frames": b"\xff\x06\x00\x00sNaPpY\x01\x09\x00\x00\n\n\n\n{}\n\n ",
    "snappy_of_java": b"\x82SNAPPY\x00\x00\x00\x00\x01\n\n{}\n",
    "a_snappy_block": b"\x07\x18\n\n{}\n\n ",
    "protobuf_with_an_event": b"\n\xff\x02" + TEXT + b"\x12\xff\x01" + TEXT,
}
REASONS = {
    "a_kpl_record_without_its_digest": "damaged_kpl", "a_gzip_that_breaks_off": "broken_compression", "avro": "avro",
    "avro_single_object": "avro", "parquet": "parquet", "snappy_frames": "snappy", "snappy_of_java": "snappy",
    "a_snappy_block": "snappy",
}  # fmt: skip


@pytest.mark.parametrize("wrap", [kinesis, firehose, failed], ids=lambda wrap: wrap.__name__)
def test_a_body_that_is_not_text_is_one_quarantined_record_byte_for_byte(
    cli: Cli, wrap: Callable[[bytes], Any]
) -> None:
    rng = random.Random(3)
    bodies = BINARY | {f"random_{number}": b"\x9f" + rng.randbytes(300) for number in range(20)}
    cli.write("a.json", "".join(json.dumps(wrap(body)) + "\n" for body in bodies.values()))
    count = len(bodies)
    assert cli.land("a.json").ledger == {"read": count, "landed": 0, "quarantined": count, "control": 0}
    rejects = cli.zone().quarantine
    assert [base64.b64decode(reject["body"]) for reject in rejects] == list(bodies.values())
    assert {reject["encoding"] for reject in rejects} == {"base64"}
    assert [reject["reason"] for reject in rejects] == [REASONS.get(name, "not_json") for name in bodies]


def test_a_format_that_is_not_read_is_named_in_a_queue_too(cli: Cli) -> None:
    bodies = {name: BINARY[name] for name in ("avro", "parquet", "snappy_frames", "snappy_of_java")}
    bodies |= {"orc": b"ORC\x03" + bytes(9), "zip": b"PK\x03\x04" + bytes(9)}
    cli.write("a.json", "".join(json.dumps(queued(body)) + "\n" for body in bodies.values()))
    assert cli.land("a.json").ledger["quarantined"] == len(bodies)
    assert [reject["reason"] for reject in cli.zone().quarantine] == [REASONS.get(name, name) for name in bodies]


def test_text_without_json_is_one_record_byte_for_byte(cli: Cli) -> None:
    body = "\n\n two lines\r\n of text, \n"
    cli.write("a.json", json.dumps(kinesis(body.encode())))
    assert cli.land("a.json").ledger["read"] == 1
    [reject] = cli.zone().quarantine
    assert (reject["reason"], reject["body"]) == ("not_json", body)


def test_events_on_lines_of_their_own_land_from_a_body_with_bad_bytes(cli: Cli) -> None:
    bad = b"\xff\n \n{\xfe\n"
    cli.write("a.json", json.dumps(kinesis(TEXT + bad + TEXT)))
    assert cli.land("a.json").ledger == {"read": 3, "landed": 2, "quarantined": 1, "control": 0}
    [reject] = cli.zone().quarantine
    assert base64.b64decode(reject["body"]) + b"\n" == bad
    assert reject["path"] == "$.Records[0].kinesis.data[1]"


@pytest.mark.parametrize("wrap", [kinesis, firehose, failed, queued], ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda body: gzip.compress(gzip.compress(body)),
        lambda body: gzip.compress(body[:50]) + gzip.compress(body[50:]),
        zstandard.ZstdCompressor().compress,
        bz2.compress,
    ],
    ids=["gzip", "gzip in gzip", "two members", "zstd", "bzip2"],
)
def test_a_compressed_body_is_read(cli: Cli, wrap: Callable[[bytes], Any], pack: Callable[[bytes], bytes]) -> None:
    cli.write("a.json", json.dumps(wrap(pack(TEXT + line(2).encode()))))
    assert cli.land("a.json").ledger == {"read": 2, "landed": 2, "quarantined": 0, "control": 0}
    assert [landed["payload"] for landed in cli.zone().events] == [EVENT, event(2)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_body_in_utf_16_is_read(cli: Cli, encoding: str) -> None:
    body = ("\ufeff" if encoding != "utf-16" else "") + TEXT.decode()
    cli.write("a.json", json.dumps(kinesis(body.encode(encoding))))
    assert cli.land("a.json").ledger["landed"] == 1


@pytest.mark.parametrize("wrap", [kinesis, firehose, failed, queued], ids=lambda wrap: wrap.__name__)
def test_an_aggregated_record_of_the_kinesis_producer_library_gives_its_user_records(
    cli: Cli, wrap: Callable[[bytes], Any]
) -> None:
    bodies = [TEXT, b"", gzip.compress(line(2).encode()), b"\x00\n\n", TEXT + TEXT, aggregated(TEXT)]
    cli.write("a.json", json.dumps(wrap(aggregated(*bodies))))
    # the empty one holds no record
    assert cli.land("a.json").ledger == {"read": 6, "landed": 5, "quarantined": 1, "control": 0}
    [reject] = cli.zone().quarantine
    assert base64.b64decode(reject["body"]) == b"\x00\n\n"
    assert reject["path"].endswith("[3]")
    assert [landed["envelope"]["partitionKey"] for landed in cli.zone().events] == ["a", "a", "a", "a", "a"]


def test_a_damaged_aggregated_record_is_kept_whole(cli: Cli) -> None:
    whole = aggregated(TEXT, TEXT)
    bodies = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(4, len(whole), 97)]
    odd = [
        b"\x1a\xff\xff\xff\xff\x0f",
        b"\x1a\x02\x1a\x7f",
        b"\x08" + b"\xff" * 20,
        b"\x1b",
        b"\x1a",
        b"\x1a\x02\x08\x09",
    ]
    bodies += [b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest() for message in odd]
    bodies.append(whole + b"more")
    cli.write("a.json", "".join(json.dumps(kinesis(body)) + "\n" for body in bodies))
    assert cli.land("a.json").ledger["quarantined"] == cli.land("a.json", to="two").ledger["read"] == len(bodies)
    assert [base64.b64decode(reject["body"]) for reject in cli.zone().quarantine] == bodies
    assert {reject["reason"] for reject in cli.zone().quarantine} == {"damaged_kpl"}
