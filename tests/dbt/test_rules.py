"""The unit tests beside the models (`*_rules.yml`): each is named after the rule that it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from conftest import Warehouse


def test_every_rule_of_precedence_and_counting_holds(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    output = warehouse(tmp_path / "nothing").dbt("build", "--exclude-resource-type", "test")
    names = [name for file in Path(__file__).parents[2].glob("models/**/*_rules.yml") for name in rules(file)]
    assert len(names) >= 35
    assert [name for name in names if f"PASS {name}" not in re.sub(r"PASS \w+::", "PASS ", output)] == []


def rules(file: Path) -> list[str]:
    return re.findall(r"^  - name: (\w+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
