"""The unit tests beside the models (`*_unit_tests.yml`): each is named after the rule that it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from dbt_warehouse import REPOSITORY, Warehouse


def test_every_rule_holds_and_an_empty_landing_zone_gives_empty_marts(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    built = warehouse(tmp_path / "nothing")
    output = built.dbt("build", variables={"unit_tests": True})
    assert "No objects under landing/events/" in output
    names = [name for file in REPOSITORY.glob("models/**/*_unit_tests.yml") for name in rules(file)]
    assert len(names) >= 35
    assert [name for name in names if f"PASS {name}" not in re.sub(r"PASS \w+::", "PASS ", output)] == []
    marts = sorted(path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql"))
    filled = [mart for mart in marts if built.query(f"select count(*) from {mart}") != [(0,)]]
    assert filled == ["dim_mailbox_providers"]


def rules(file: Path) -> list[str]:
    return re.findall(r"^  - name: (\w+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
