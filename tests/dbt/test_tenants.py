"""The tenant of messages whose sends do not state it: from failures alone, and by the seed `tenants`."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import REPOSITORY, WITHOUT_TESTS, Warehouse


def event(kind: str, message_id: str, detail: dict[str, Any], **tags: str) -> dict[str, Any]:
    """An event of the configuration set `main`; tags by name, `_` for `-`."""
    stated = {"ses:configuration-set": ["main"], **{f"ses:{name.replace('_', '-')}": [tags[name]] for name in tags}}
    mail = {"timestamp": "2026-11-10T08:00:00Z", "messageId": message_id, "destination": [f"{message_id}@example.com"]}
    return {"eventType": kind, "mail": {**mail, "tags": stated}, kind.lower(): detail}


def lines() -> list[dict[str, Any]]:
    made = [event("Send", f"m{n}", {}) for n in range(4)]
    for n in range(3):
        detail = {"timestamp": "2026-11-10T08:00:05Z", "recipients": [f"m{n}@example.com"]}
        made.append(event("Delivery", f"m{n}", detail))
    detail = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "m3@example.com", "action": "failed"}],
        "timestamp": "2026-11-10T08:00:05Z",
        "feedbackId": "f1",
    }
    return [*made, event("Bounce", "m3", detail, tenant_name="acme")]


def built(folder: Path, rows: str) -> Warehouse:
    """The marts of `lines`, with these rows in the seed."""
    project = folder / "project"
    for part in ("models", "macros", "seeds", "tests/dbt"):
        shutil.copytree(REPOSITORY / part, project / part)
    shutil.copy(REPOSITORY / "dbt_project.yml", project)
    with (project / "seeds" / "tenants.csv").open("a", encoding="utf-8") as seed:
        seed.write(rows)
    target = folder / "landing" / "events" / "dt=2026-11-24" / "hour=13" / "firehose.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines()).encode()))
    warehouse = Warehouse(folder, folder / "landing", project)
    warehouse.dbt("build", *WITHOUT_TESTS)
    return warehouse


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # three deliveries without a tenant, and one that failed: no rate of acme can be known
        ("", [("acme", False, 1, 1, None, "tenant_known_from_failures_only"), (None, None, 3, 0, 0.0, None)]),
        # an empty cell matches anything
        ("main,,acme\n", [("acme", True, 4, 1, 0.25, None)]),
        (",,acme\n", [("acme", True, 4, 1, 0.25, None)]),
    ],
    ids=["no row", "the configuration set's", "everybody's"],
)
def test_the_seed_gives_all_events_of_a_message_the_tenant_that_failures_alone_state(
    tmp_path: Path, rows: str, expected: list[tuple[object, ...]]
) -> None:
    warehouse = built(tmp_path, rows)
    assert warehouse.query(
        "select tenant_name, attempts, hard_bounces, hard_bounce_rate, attempt_rates_reason"
        " from fct_sending_daily order by tenant_name nulls last"
    ) == [(name, *rest) for name, _, *rest in expected]
    for mart in ("fct_recipient_events", "fct_message_recipients", "fct_messages"):
        assert warehouse.query(
            f"select distinct tenant_name, tenant_is_from_send from {mart} order by tenant_name nulls last"
        ) == [(name, flag) for name, flag, *_ in expected]
