"""The steps of docs/how_to/erase_a_person.md as they are written there: the address is gone, and the counts stay."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt_warehouse import REPOSITORY, Warehouse

PAGE = (REPOSITORY / "docs" / "how_to" / "erase_a_person.md").read_text()
REPLACE, SEARCH = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
[QUERY] = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def event(number: int, kind: str, own: dict[str, Any], **mail: Any) -> str:
    head = {"messageId": f"m-{number}", "timestamp": "2026-11-24T08:00:00.000Z", "source": "shop@example.com"}
    detail = {"timestamp": "2026-11-24T08:01:00.000Z", **own}
    return json.dumps(
        {"eventType": kind, "mail": {**head, "destination": ["ada@example.com"], **mail}, kind.lower(): detail}
    )


BOUNCED = {
    "emailAddress": "ada@example.com",
    "status": "5.1.1",
    "diagnosticCode": "smtp; 550 <ada@example.com> unknown",
}
LINES = [
    event(
        1, "Send", {}, destination=["Ada <ADA@example.com>", "max@example.com"], tags={"campaign": ["ada@example.com"]}
    ),
    event(2, "Bounce", {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [BOUNCED]}),
    event(3, "Delivery", {"recipients": ["ada@example.com"], "smtpResponse": "250 ok ada@example.com"}),
    event(4, "Click", {"link": "https://example.com/?u=ada@example.com"}, commonHeaders={"subject": "ada@example.com"}),
    '{"eventType": "Bounce", "mail": {"messageId": "m-5", "destination": ["ada@example.com"]}}',  # rejected
    "ada@example.com is not JSON",
]


def counts(built: Warehouse) -> list[tuple[object, ...]]:
    return built.query(
        "select recipient_domain, outcome, count(*), sum(clicks) from fct_message_recipients group by all order by all"
    ) + built.query("select source, landed, staged, repeats, rejected from ingestion_ledger order by all")


def test_after_the_steps_of_the_page_a_search_finds_nothing(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    zone = tmp_path / "data" / "landing"
    for folder in ("events", "quarantine"):
        (zone / folder / "dt=2026-11-24/hour=09").mkdir(parents=True)
        landed = zone / folder / "dt=2026-11-24/hour=09" / "firehose.json.gz"
        landed.write_bytes(gzip.compress("".join(line + "\n" for line in LINES).encode()))
    built = warehouse(zone)
    built.dbt("seed")
    built.dbt("run")
    before = counts(built)
    assert found(tmp_path, built) == (2, 6)
    assert {"landing_records", "dim_recipients", "fct_recipient_events"} <= tables_with_the_address(built)

    subprocess.run(["bash", "-euc", REPLACE], cwd=tmp_path, check=True)
    built.path.unlink()
    built.dbt("build")
    assert found(tmp_path, built) == (0, 0)
    assert tables_with_the_address(built) == set()
    assert counts(built) == before


def found(folder: Path, built: Warehouse) -> tuple[int, object]:
    """What the page's two searches find: objects, and rows."""
    names = subprocess.run(["bash", "-c", SEARCH], cwd=folder, capture_output=True, text=True, check=False).stdout
    [(rows,)] = built.query(QUERY)
    return len(names.splitlines()), rows


def tables_with_the_address(built: Warehouse) -> set[object]:
    names = [name for (name,) in built.query("select table_name from duckdb_tables()")]
    texts = {
        name: f"select count(*) from {name} as t where cast(t as varchar) ilike '%ada@example.com%'" for name in names
    }
    return {name for name, query in texts.items() if built.query(query) != [(0,)]}
