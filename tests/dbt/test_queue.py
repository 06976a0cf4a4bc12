"""A queue whose reader is killed gives the same facts as a file with the same events, and a ledger that adds up."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from balanced import assert_balanced
from command_line import Cli
from dbt_warehouse import Warehouse
from dying import DYING
from emulated_aws import SqsQueue
from same_marts import mart_rows

pytestmark = pytest.mark.xdist_group("queue")

EVENTS = Path(__file__).parents[1] / "events"


def bodies() -> list[str]:
    """Our own events of sent mail, one wrapped by SNS, something broken, and each of it told twice."""
    files = [
        *sorted(EVENTS.glob("ses_event_*.json")),
        *EVENTS.glob("envelope_sns.json"),
        *EVENTS.glob("malformed_mail_*"),
    ]
    return [file.read_text(encoding="utf-8") for file in files] * 2


@pytest.fixture
def zones(cli: Cli, queue: SqsQueue) -> Cli:
    """Holds `zone`, which a queue filled with interruptions, and `clean`, which files filled."""
    for number, body in enumerate(bodies()):
        cli.write(f"inbox/{number:03d}.json", body)
    cli.land("inbox", to="clean")

    queue.send(*bodies())
    cli.write("site/sitecustomize.py", DYING)
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    arguments = ["--queue", queue.url, "--to", "zone", "--until-empty", "--every", "1", "--visibility-timeout", "2"]
    # behind a mark and two objects, each of them opened and renamed; and behind the end of the mark
    for before_the_manifest_or_the_deletion in ("7", "10"):
        cli.environment["DIE_AT"] = before_the_manifest_or_the_deletion
        assert cli("poll", *arguments).status == -signal.SIGKILL
        queue.wait_until_shown()
    del cli.environment["DIE_AT"]
    for _ in range(3):  # a request that the emulated SQS fails may have hidden messages, which come again
        assert cli("poll", *arguments).status == 0
        queue.wait_until_shown()
        if not queue.counts[0]:
            break
    assert queue.counts == (0, 0)
    return cli


def test_a_killed_reader_of_a_queue_changes_no_fact_and_the_ledger_adds_up(
    zones: Cli, warehouse: Callable[[Path], Warehouse]
) -> None:
    assert_balanced(zones.zone())
    queued, clean = warehouse(zones.folder / "zone"), warehouse(zones.folder / "clean")
    for each in (queued, clean):
        each.dbt("seed")
        each.dbt("run", "--select", "+fct_messages", "+fct_message_recipients", "+ingestion_ledger")
    for mart in ("fct_recipient_events", "fct_message_recipients", "fct_messages"):
        assert mart_rows(queued, mart) == mart_rows(clean, mart)
        assert mart_rows(queued, mart)
    states = dict(queued.query("select balance, count(*) from ingestion_ledger group by 1"))
    # one object that no manifest tells of: its writer was killed, and it is removed after six hours
    assert set(states) == {"balanced", "no_manifest"}
    transports = queued.query("select distinct transport from ingestion_ledger where balance = 'balanced'")
    assert transports == [("sqs",)]
