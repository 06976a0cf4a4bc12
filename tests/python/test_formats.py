"""Files in formats other than JSON lines are read, or refused by name as one record."""

from __future__ import annotations

import base64
import gzip

import pytest
import zstandard
from command_line import Cli, event, line

LINES = "".join(line(number) for number in range(3000))
BAD = b"\n\n{\n}\n\n"


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(gzip.compress(LINES.encode())),
        gzip.compress(gzip.compress(LINES.encode()[:9000]) + gzip.compress(LINES.encode()[9000:])),
        zstandard.ZstdCompressor().compress(gzip.compress(LINES.encode())),
        LINES.encode("utf-16"),
        ("\ufeff" + LINES).encode("utf-16-be"),
        gzip.compress(LINES.encode("utf-16")),
    ],
    ids=["gzip in gzip", "members in gzip", "gzip in zstd", "utf-16", "utf-16-be", "utf-16 in gzip"],
)  # fmt: skip
def test_what_is_compressed_twice_or_in_utf_16_is_read(cli: Cli, content: bytes) -> None:
    cli.write("a.json", content)
    assert cli.land("a.json").ledger == {"read": 3000, "landed": 3000, "quarantined": 0, "control": 0}
    assert [landed["payload"] for landed in cli.zone().events][:2] == [event(0), event(1)]


REFUSED = {
    "avro": b"Obj\x01" + BAD, "parquet": b"PAR1" + BAD + b"PAR1", "orc": b"ORC\x03" + BAD, "zip": b"PK\x03\x04" + BAD,
    "snappy": b"\xff\x06\x00\x00sNaPpY" + BAD,
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_file_in_a_format_that_is_not_read_is_one_record_with_its_name(
    cli: Cli, name: str, is_compressed: bool
) -> None:
    content = gzip.compress(REFUSED[name]) if is_compressed else REFUSED[name]
    cli.write("inbox/a.json", content)
    cli.write("inbox/b.json", line(1))
    finished = cli.land("inbox")
    assert finished.ledger == {"read": 2, "landed": 1, "quarantined": 1, "control": 0}
    assert "not read" in finished.out
    [reject] = cli.zone().quarantine
    assert (reject["reason"], base64.b64decode(reject["body"])) == (name, content)
    assert cli("check", "inbox", "--failing").out.count(name) >= 1


def test_a_file_compressed_twice_that_is_damaged_inside_is_kept_whole(cli: Cli) -> None:
    content = gzip.compress(gzip.compress(LINES.encode())[:-2000])
    cli.write("a.json", content)
    cli.land("a.json")
    reject = cli.zone().quarantine[-1]
    assert (reject["reason"], base64.b64decode(reject["body"])) == ("broken_compression", content)


def test_half_a_character_of_utf_16_is_kept(cli: Cli) -> None:
    content = line(1).encode("utf-16") + b"{"
    cli.write("a.json", content)
    assert cli.land("a.json").ledger == {"read": 2, "landed": 1, "quarantined": 1, "control": 0}
