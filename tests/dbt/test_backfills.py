"""Which objects and days a run touches: bounds of a backfill, the look-back, days that become empty, old watermarks."""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
from pathlib import Path

from dbt_warehouse import Warehouse
from documented_events import event


def land(zone: Path, day: str, hour: str, *message_ids: str, sent: str) -> None:
    lines = []
    for message_id in message_ids:
        made = copy.deepcopy(event("Send", message_id))
        made["mail"]["timestamp"] = sent
        lines.append(json.dumps(made))
    target = zone / "events" / f"dt={day}" / f"hour={hour}" / f"{message_ids[0]}-{sent[:10]}.json.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress("\n".join(lines).encode()))


def test_a_run_takes_the_partitions_within_its_bounds_and_look_back_and_empties_days(tmp_path: Path) -> None:
    zone = tmp_path / "landing"
    built = Warehouse(tmp_path, zone)
    for day in ("08", "10", "11"):
        land(zone, f"2026-11-{day}", "12", f"message-{day}", sent=f"2026-11-{day}T11:00:00.000Z")

    def run(**variables: object) -> list[tuple[object, ...]]:
        built.dbt("run", "--select", "+fct_sending_daily", variables=variables)
        return built.query("select cast(sent_day as varchar), sends from fct_sending_daily order by 1")

    unreadable = zone / "events" / "dt=2026-11-01" / "hour=00" / "outside-of-every-bound.json.gz"
    unreadable.parent.mkdir(parents=True)
    unreadable.write_bytes(b"no gzip: whoever opens this fails")

    built.dbt("seed")
    bounded = run(landing_from="2026-11-10-00", landing_until="2026-11-11-00")
    assert bounded == [("2026-11-10", 1)]
    assert run() == [("2026-11-10", 1), ("2026-11-11", 1)]

    # within the look-back of 24 hours; its message moves to an earlier day. The object of the 8th lies long before it
    land(zone, "2026-11-10", "20", "message-11", sent="2026-11-10T23:59:59.000Z")
    assert run() == [("2026-11-10", 2)], "the day that a message left has become empty"
    assert run(landing_from="2026-11-08-00") == [("2026-11-08", 1), ("2026-11-10", 2)]

    assert built.query("select count(*) from model_watermarks where model_name = 'fct_messages'") == [(0,)]
    written = built.query("select count(*) from model_watermarks where model_name = 'int_sending_days_counted'")
    assert written == [(4,)]
    built.dbt("run-operation", "maintain")
    kept = built.query("select model_name, count(*) from model_watermarks group by 1")
    assert {count for _, count in kept} == {1}


def test_a_zone_spelled_in_another_way_holds_the_same_objects_and_a_message_may_move_two_days_of_a_zone(
    tmp_path: Path,
) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")

    def run(root: str) -> list[tuple[object, ...]]:
        variables: dict[str, object] = {"landing_root": root, "reporting_time_zone": "Asia/Karachi"}
        built.dbt("run", "--select", "+fct_sending_daily", "+ingestion_ledger", variables=variables)
        return built.query("select cast(sent_day as varchar), sends from fct_sending_daily order by 1")

    built.dbt("seed")
    land(built.landing_root, "2026-11-12", "01", "message", sent="2026-11-11T23:59:00.000Z")
    assert run(str(built.landing_root)) == [("2026-11-12", 1)]
    land(built.landing_root, "2026-11-12", "02", "message", sent="2026-11-10T00:01:00.000Z")
    assert run(f"{tmp_path}/./landing") == [("2026-11-10", 1)]
    assert built.query("select count(*) from landing_objects") == [(2,)]
    assert built.query("select landed, staged, balance from ingestion_ledger") == [(1, 1, "no_manifest")] * 2


def test_of_copies_that_arrive_at_once_the_same_one_is_kept_in_any_order(tmp_path: Path) -> None:
    made = event("Send", "message")
    lines = [
        json.dumps({**made, "mail": {**made["mail"], "tags": {f"copy_{n}": [str(n)]}, f"key_{n}": n}})
        for n in range(20)
    ]
    lines.sort(key=lambda line: hashlib.md5(line.encode()).hexdigest(), reverse=True)
    target = tmp_path / "landing" / "events" / "dt=2026-11-12" / "hour=01" / "firehose.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("\n".join(lines).encode()))
    built = Warehouse(tmp_path, tmp_path / "landing")
    built.dbt("run", "--select", "+stg_ses__mail_events", "+int_payload_fields_counted")
    kept = built.query("select tags from stg_ses__mail_events")
    first = json.loads(lines[-1])["mail"]
    assert [json.loads(str(tags)) for (tags,) in kept] == [first["tags"]]
    counted = built.query("select path, events from int_payload_fields_counted where path like 'mail.key_%'")
    assert counted == [(f"mail.{key}", 1) for key in first if key.startswith("key_")]
