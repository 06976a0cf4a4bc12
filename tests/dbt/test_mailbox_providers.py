"""Every recipient has a mailbox provider, and a changed seed is applied by the command of docs/metrics.md."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from dbt_warehouse import REPOSITORY, Warehouse
from same_marts import mart_rows
from test_backfills import land

FACTS = (
    "fct_recipient_events",
    "fct_message_recipients",
    "dim_mailbox_providers",
    "fct_sending_daily",
    "fct_events_daily",
)


def providers(built: Warehouse) -> list[tuple[object, ...]]:
    return built.query(
        "select recipient_domain, mailbox_provider, count(*) from fct_message_recipients "
        "natural join dim_mailbox_providers group by all order by all"
    )


def test_a_join_by_the_domain_keeps_every_recipient_and_a_changed_seed_is_applied(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for part in ("models", "macros", "seeds", "tests/dbt"):
        shutil.copytree(REPOSITORY / part, project / part)
    shutil.copy(REPOSITORY / "dbt_project.yml", project)
    folders = [tmp_path / "changed", tmp_path / "fresh"]
    for folder in folders:
        folder.mkdir()
    # documented_events sends to ada@example.com, which the seed does not know
    land(tmp_path / "landing", "2026-11-12", "01", "first", sent="2026-11-12T00:00:00.000Z")
    changed = Warehouse(folders[0], tmp_path / "landing", project)
    changed.dbt("build")
    assert [row[1:] for row in providers(changed)] == [("other", 1)]

    with (project / "seeds" / "mailbox_providers.csv").open("a") as seed:
        seed.write(f"{providers(changed)[0][0]},Example,true\n")
    guide = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8").partition("## When a seed changes")[2]
    command = re.search(r"^dbt (build .*)$", guide, re.MULTILINE)
    assert command
    changed.dbt(*command[1].split())
    assert [row[1:] for row in providers(changed)] == [("Example", 1)]
    land(tmp_path / "landing", "2026-11-12", "02", "second", sent="2026-11-12T01:00:00.000Z")
    changed.dbt("build")

    fresh = Warehouse(folders[1], tmp_path / "landing", project)
    fresh.dbt("build")
    for mart in FACTS:
        assert mart_rows(changed, mart) == mart_rows(fresh, mart), mart
