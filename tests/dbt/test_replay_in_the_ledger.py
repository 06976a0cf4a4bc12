"""A replay is a batch of its own: what it lands is staged and counted, and the ledger balances before and after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("replay_in_the_ledger")

COMMAND = Path(sys.executable).with_name("email-events")
# an older version, which knew neither bounces nor account events
OLDER = """
from ingestion import records
now = records.identify
records.identify = lambda event, envelope: None if event.get("eventType") == "Bounce" else now(event, envelope)
"""


def event(number: int, event_type: str, **own: object) -> str:
    mail = {
        "timestamp": "2026-11-10T09:00:00.000Z",
        "messageId": f"m-{number}",
        "source": "news@shop.example.com",
        "sendingAccountId": "012345678901",
        "destination": [f"reader{number}@example.org"],
    }
    return json.dumps({"eventType": event_type, "mail": mail, event_type.lower(): own}, separators=(",", ":"))


def bounce(number: int) -> str:
    return event(
        number,
        "Bounce",
        bounceType="Permanent",
        bounceSubType="General",
        feedbackId=f"f-{number}",
        timestamp="2026-11-10T09:00:05.000Z",
        bouncedRecipients=[{"emailAddress": f"reader{number}@example.org"}],
    )


def run(folder: Path, *arguments: str, older: bool = False) -> str:
    environment = {**os.environ, **({"PYTHONPATH": str(folder / "site")} if older else {})}
    done = subprocess.run([COMMAND, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_ledger_balances_before_and_after_a_replay(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(OLDER)
    # told by a list, so that each is looked at closely: on lines of their own such events land unopened
    events = [event(number, "Send") for number in range(5)] + [bounce(1), bounce(2), bounce(1)]
    (tmp_path / "a.json").write_text("[" + ",\n".join(events) + ',\n{"eventType":"Send"}]\n')
    told = run(tmp_path, "land", "a.json", "--to", "zone", older=True)
    assert told == "read 9 = landed 5 + quarantined 4 + control 0"
    built = warehouse(tmp_path / "zone")
    built.dbt("build")
    assert built.query("select count(*) from fct_recipient_events where event_type = 'bounce'") == [(0,)]

    assert run(tmp_path, "quarantine", "replay", "zone") == "read 3 = landed 3 + quarantined 0 + control 0"
    assert run(tmp_path, "quarantine", "replay", "zone") == "read 0 = landed 0 + quarantined 0 + control 0"
    built.dbt("build")
    assert built.query("select count(*) from fct_recipient_events where event_type = 'bounce'") == [(2,)]
    ledger = (
        "select transport, balance, cast(sum(read_records) as bigint), cast(sum(quarantined) as bigint),"
        " cast(sum(landed) as bigint), cast(sum(staged) as bigint), cast(sum(repeats) as bigint)"
        " from ingestion_ledger group by transport, balance order by transport"
    )
    assert built.query(ledger) == [
        ("file", "balanced", 9, 4, 5, 5, 0),
        ("replay", "balanced", 3, 0, 3, 2, 1),
    ]
