"""What dbt says to a user on the first run, and on a run with another landing zone."""

from __future__ import annotations

from pathlib import Path

from warehouse import Warehouse


def test_a_run_without_reference_data_names_the_command_before_any_model_runs(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    said = built.dbt("run", check=False)
    assert "The reference data documented_fields and mailbox_providers and tenants is not in the warehouse" in said
    assert "`dbt seed`" in said
    assert " START sql " not in said
    assert "Traceback" not in said

    # neither is read by these
    built.dbt("run", "--select", "landing_objects")
    built.dbt("seed")
    built.dbt("run")
