"""Builds of the dbt project over what was landed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Callable[[Path], Warehouse]:
    def make(landing_root: Path) -> Warehouse:
        folder = tmp_path / f"warehouse-{len(list(tmp_path.glob('warehouse-*')))}"
        folder.mkdir()
        return Warehouse(folder, landing_root)

    return make
