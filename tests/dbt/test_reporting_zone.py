"""A reporting zone that was changed, or that does not exist, stops the daily marts and says what to do."""

from __future__ import annotations

from pathlib import Path

from dbt_warehouse import Warehouse
from test_backfills import land

MARTS = ("+fct_sending_daily", "+fct_events_daily")
REBUILD = ("--full-refresh", "--select", "int_event_days_paired+", "int_sending_days_counted+")
DAYS = "select cast(sent_day as varchar), sends from fct_sending_daily order by 1"


def test_days_of_two_zones_are_never_mixed(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")

    def run(*arguments: str, zone: str, check: bool = True) -> str:
        return built.dbt("run", *arguments, variables={"reporting_time_zone": zone}, check=check)

    built.dbt("seed")
    land(built.landing_root, "2026-11-12", "01", "first", sent="2026-11-11T23:59:00.000Z")
    run("--select", *MARTS, zone="UTC")
    land(built.landing_root, "2026-11-12", "02", "second", sent="2026-11-11T00:01:00.000Z")
    said = run("--select", *MARTS, zone="Asia/Karachi", check=False)
    for model in ("int_sending_days_counted", "int_event_days_paired"):
        assert f"{model} has its days in UTC, and reporting_time_zone is Asia/Karachi" in said
    assert "dbt build --full-refresh --select int_event_days_paired+ int_sending_days_counted+" in said
    assert built.query(DAYS) == [("2026-11-11", 1)]

    run(*REBUILD, zone="Asia/Karachi")
    assert built.query(DAYS) == [("2026-11-11", 1), ("2026-11-12", 1)]
    land(built.landing_root, "2026-11-12", "03", "third", sent="2026-11-11T19:01:00.000Z")
    run("--select", *MARTS, zone="Asia/Karachi")
    assert built.query(DAYS) == [("2026-11-11", 1), ("2026-11-12", 2)]

    # and back, which an older note must not allow
    assert "has its days in Asia/Karachi" in run("--select", *MARTS, zone="UTC", check=False)
    run(*REBUILD, zone="UTC")
    assert built.query(DAYS) == [("2026-11-11", 3)]


def test_a_zone_that_does_not_exist_fails_with_a_sentence_before_anything_is_read(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    said = built.dbt("run", variables={"reporting_time_zone": "Europe/Berln"}, check=False)
    assert "There is no time zone 'Europe/Berln'. Set reporting_time_zone to a name of the IANA database" in said
    assert not built.path.exists()
