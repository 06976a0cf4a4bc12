"""Landed objects that cannot be read: each costs its own lines alone, and a good copy in its place is read once."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from dbt_warehouse import Warehouse
from documented_events import event
from emulated_aws import KEYS

pytestmark = pytest.mark.hostile

REPLACED = ("replaced-1", "replaced-2", "replaced-3")
HOUR = "events/dt=2026-11-24/hour=12"


def lines(*message_ids: str) -> bytes:
    found = []
    for message_id in message_ids:
        made = copy.deepcopy(event("Send", message_id))
        made["mail"]["commonHeaders"]["subject"] = f"{hash(message_id):x}"  # so that it compresses to some bytes
        found.append(json.dumps(made) + "\n")
    return "".join(found).encode()


GOOD = gzip.compress(lines("good-1", "good-2", "good-3"))


def changed_at(place: int) -> bytes:
    return GOOD[:place] + bytes([GOOD[place] ^ 0xFF]) + GOOD[place + 1 :]


# RFC 1952: a header of 10 bytes, blocks, and 8 bytes of checksum and length
DAMAGED = {
    "text": (lines("text"), "not_gzip"),
    "empty": (b"", "not_gzip"),
    "followed": (GOOD + b"something else", "not_gzip"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(50), "not_gzip"),
    "half": (GOOD[: len(GOOD) // 2], "cut_off"),
    "without-its-length": (GOOD[:-4], "cut_off"),
    "header-alone": (GOOD[:10], "cut_off"),
    "second-member-half": (GOOD + GOOD[:60], "cut_off"),
    "block": (changed_at(len(GOOD) // 2), "bad_block"),
    "checksum": (changed_at(len(GOOD) - 6), "bad_block"),
    "length": (changed_at(len(GOOD) - 2), "bad_block"),
    "latin-1": (gzip.compress('{"subject": "Grüße"}\n'.encode("latin-1")), "not_utf8"),
    "long": (gzip.compress(b"x" * 2_097_152), "long_line"),
}


def put(zone: Path, name: str, content: bytes) -> Path:
    target = zone / HOUR / f"{name}.json.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def manifest(zone: Path, name: str, landed: int) -> None:
    counts = {"key": f"{HOUR}/{name}.json.gz", "read": landed, "landed": landed, "quarantined": 0, "control": 0}
    entry = counts | {"landed_by_source": {"ses_event": landed}}
    target = zone / HOUR.replace("events", "manifests") / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"arrived_at": "2026-11-24T12:00:00Z", "transport": "file", "objects": [entry]}))


def damage(built: Warehouse) -> dict[object, object]:
    found = built.query("select landed_object, damage from landing_objects where damage is not null")
    return {Path(str(name)).name.removesuffix(".json.gz"): reason for name, reason in found}


def test_a_damaged_object_costs_itself_until_it_is_replaced(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    zone = tmp_path / "zone"
    put(zone, "good", GOOD)
    for name, (content, _) in DAMAGED.items():
        put(zone, name, content)
    manifest(zone, "half", 3)
    built = warehouse(zone)
    messages = "select message_id from fct_messages order by 1"
    good = [("good-1",), ("good-2",), ("good-3",)]

    said = built.dbt("build")
    assert built.query(messages) == good
    assert damage(built) == {name: reason for name, (_, reason) in DAMAGED.items()}
    for name, (_, reason) in DAMAGED.items():
        assert f"/{name}.json.gz ({reason})" in said
    assert "Replace each by a good copy under the same name" in said
    ledger = "select source, landed_by_manifest, landed, balance from ingestion_ledger where damage = '{}' order by 1"
    assert ("ses_event", 3, None, "damaged") in built.query(ledger.format("cut_off"))
    assert built.query(ledger.format("long_line")) == [("none", None, None, "damaged")]

    # the next run stops at none of them either, and takes what has come
    put(zone, "late", gzip.compress(lines("late")))
    said = built.dbt("build")
    assert "/block.json.gz (bad_block)" in said
    assert built.query(messages) == [*good, ("late",)]

    # some are replaced, one by another damage, one is deleted
    put(zone, "half", gzip.compress(lines(*REPLACED)))
    put(zone, "long", b"")
    (zone / HOUR / "zstd.json.gz").unlink()
    said = built.dbt("build")
    assert built.query(messages) == [*good, ("late",), *((one,) for one in REPLACED)]
    assert "/half.json.gz" not in said
    assert "zstd.json.gz" not in said
    wanted = {name: reason for name, (_, reason) in DAMAGED.items() if name != "half"}
    assert damage(built) == wanted | {"long": "not_gzip", "zstd": "removed"}
    built.dbt("build")
    read = "select count(*), count(distinct recorded_at) from landing_records where landed_object like '%/half.json.gz'"
    assert built.query(read) == [(3, 1)]

    built.dbt("build", "--full-refresh", "--exclude-resource-type", "test")
    assert built.query(messages) == [*good, ("late",), *((one,) for one in REPLACED)]


def test_a_damaged_object_among_very_many_is_left_out(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    zone = tmp_path / "zone"
    for number in range(1001):  # more than are opened by name
        put(zone, f"good-{number}", gzip.compress(lines(f"m-{number}")))
    other_day = zone / "events" / "dt=2026-11-25" / "hour=00" / "good.json.gz"
    other_day.parent.mkdir(parents=True)
    other_day.write_bytes(gzip.compress(lines("m-other-day")))
    put(zone, "half", DAMAGED["half"][0])
    built = warehouse(zone)
    built.dbt("run", "--select", "landing_objects", "landing_records")
    assert built.query("select count(distinct message_id) from landing_records") == [(1002,)]
    assert damage(built) == {"half": "cut_off"}


def test_a_damaged_object_in_s3_costs_itself(
    s3: str, aws_endpoint: str, tmp_path: Path, warehouse: Callable[[Path], Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": aws_endpoint}.items():
        monkeypatch.setenv(name, value)
    bucket, _, prefix = s3.removeprefix("s3://").partition("/")
    client = boto3.client("s3")
    client.put_object(Bucket=bucket, Key=f"{prefix}/{HOUR}/good.json.gz", Body=GOOD)
    client.put_object(Bucket=bucket, Key=f"{prefix}/{HOUR}/half.json.gz", Body=DAMAGED["half"][0])
    built = warehouse(tmp_path)

    def run() -> list[tuple[object, ...]]:
        selected = ("--target", "duckdb_s3", "--select", "landing_objects", "landing_records")
        built.dbt("run", *selected, variables={"landing_root": s3})
        return built.query("select count(*) from landing_records")

    assert run() == [(3,)]
    assert damage(built) == {"half": "cut_off"}
    client.put_object(Bucket=bucket, Key=f"{prefix}/{HOUR}/half.json.gz", Body=gzip.compress(lines("whole")))
    assert run() == [(4,)]
    assert damage(built) == {}
