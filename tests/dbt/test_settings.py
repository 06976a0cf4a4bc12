"""Variables with values that they cannot have stop the run, each with one sentence, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
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


def test_right_values_run(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    (tmp_path / "landing").mkdir()
    right = {
        "landing_from": "2026-11-30-00",
        "landing_until": "2028-02-29-23",
        "landing_lookback_hours": 0,
        "campaign_tag": "ses:caller-identity",
    }
    warehouse(tmp_path / "landing").dbt("run", "--select", "landing_objects", variables=right)
