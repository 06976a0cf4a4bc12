"""Variables with values that they cannot have stop the run, each with one sentence, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse

WRONG: list[dict[str, object]] = [
    {
        "landing_from": "2026-11-30T00",
        "landing_until": "2026-02-30-00",
        "landing_begins": "2016",
        "landing_lookback_hours": -1,
        "campaign_tag": "it's",
    },
    {
        "landing_from": "",
        "landing_until": "2026-11-30-24",
        "landing_lookback_hours": "24",
        "campaign_tag": "",
    },
    {"landing_from": "2026-11-30", "landing_lookback_hours": True, "landing_until": "2026-11-30-00' or true"},
    # unquoted in YAML
    {"landing_from": date(2026, 11, 30), "landing_until": datetime(2026, 11, 30, 13), "campaign_tag": None},
    {"landing_from": 2026113000, "landing_until": ["2026-11-30-00"], "landing_begins": None, "campaign_tag": 2026},
    {"landing_zones": "data/landing"},
    {"landing_zones": {"demo": 7}, "landing_root": ["landing"]},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_values_are_named(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse], wrong: dict[str, object]
) -> None:
    (tmp_path / "landing").mkdir()
    out = warehouse(tmp_path / "landing").dbt("run", "--select", "landing_objects", variables=wrong, check=False)
    for name in wrong:
        assert f"The variable {name} is " in out
    assert out.count("Set it to") == len(wrong)
    assert "Traceback" not in out
    assert "OK created" not in out


def test_a_time_without_an_hour_in_it_is_named(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    (tmp_path / "landing").mkdir()
    bounds = {"landing_from": "2026-11-29-00", "landing_until": "2026-11-29-00"}
    out = warehouse(tmp_path / "landing").dbt("run", "--select", "landing_objects", variables=bounds, check=False)
    assert "The variable landing_until is " in out
    assert "after landing_from" in out
    assert "OK created" not in out


def test_an_empty_landing_zone_in_the_environment_is_none(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_EVENTS_LANDING", "")
    said = warehouse(tmp_path / "x").dbt("run", "--select", "landing_objects", variables={"landing_root": None})
    assert "No objects under data/landing/events/" in said


def test_a_landing_zone_in_s3_names_the_target_that_reads_it(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    zone: dict[str, object] = {"landing_root": "s3://example-bucket/landing"}
    out = warehouse(tmp_path / "x").dbt("run", "--select", "landing_objects", variables=zone, check=False)
    assert "--target duckdb_s3" in out
    assert "httpfs" not in out


@pytest.mark.parametrize("root", ["a\\b", "s3://example-bucket/a?b"])
def test_a_landing_zone_whose_name_duckdb_cannot_look_for_is_refused(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse], root: str
) -> None:
    zone: dict[str, object] = {"landing_root": root}
    out = warehouse(tmp_path / "x").dbt("run", "--select", "landing_objects", variables=zone, check=False)
    assert f"The name of the landing zone, {root}, has a character in it that DuckDB cannot look for" in out
    assert "OK created" not in out


def test_right_values_run(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    (tmp_path / "landing").mkdir()
    right = {
        "landing_from": "2026-11-30-00",
        "landing_until": "2028-02-29-23",
        "landing_lookback_hours": 0,
        "campaign_tag": "ses:caller-identity",
        "landing_begins": date(2016, 1, 1),
        "landing_zones": None,
    }
    warehouse(tmp_path / "landing").dbt("run", "--select", "landing_objects", variables=right)
