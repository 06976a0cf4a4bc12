"""`email-events poll`: messages of an SQS queue into the landing zone."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from ingestion.commands.options import Number, verify_signatures
from ingestion.commands.reporting import all_quarantined, count_line, json_line, ledger, ledger_counts, many, say
from ingestion.errors import ServiceProblem
from ingestion.events.validate import REASONS
from ingestion.landing import manifests
from ingestion.landing.root import open_root
from ingestion.pipeline import Message, Report, land_messages
from ingestion.sources.sqs import Queue, document, until_full

_TRANSPORT = "sqs"
_WAIT_SECONDS = 5  # of one long poll, and so the longest that a stop has to wait for one


@click.command()
@click.option("--queue", "url", required=True, metavar="URL", help="The URL of the queue; the region is taken from it.")
@click.option("--to", "place", required=True, metavar="ROOT", help="The landing zone: a folder or s3://bucket/prefix.")
@click.option("--until-empty", is_flag=True, help="End when the queue is empty.")
@click.option(
    "--every",
    type=Number(0, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Write a batch at least this often, if messages came.",
)
@click.option(
    "--visibility-timeout",
    type=click.IntRange(2, 43_200),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Seconds a received message stays hidden from other consumers; extended while this command runs.",
)
@verify_signatures
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each batch, and one for all.")
def poll(
    url: str,
    place: str,
    until_empty: bool,
    every: float,
    visibility_timeout: int,
    topics: tuple[str, ...],
    as_json: bool,
) -> int:
    """Read events from an SQS queue, and land them.

    A message is deleted after its object and the manifest of its batch are in the landing zone. Records that are not
    events go to quarantine. SIGTERM or Ctrl-C ends the command after it has written and deleted the received messages.

    Exit status 1 when every record was quarantined.

    \b
    email-events poll --queue https://sqs.eu-west-1.amazonaws.com/012345678901/events --to data/landing --until-empty
    """
    root = open_root(place)
    manifests.unfinished(root, datetime.now(UTC))  # clears away what dead readers left
    stop = _stop_on_signals()
    total = Report()
    failed: dict[str, str] = {}
    with Queue(url, hidden_seconds=visibility_timeout, wait_seconds=1 if until_empty else _WAIT_SECONDS) as queue:
        is_last = False
        while not is_last:
            coming = until_full(queue, seconds=every, is_stopped=stop.is_set, until_empty=until_empty)
            handed = land_messages(root, _TRANSPORT, url, map(_message, coming), topics=topics)
            undeleted = queue.delete(handed.landed)
            queue.release(handed.failed)
            failed |= handed.failed
            messages = len(handed.landed) + len(handed.failed)
            is_last = stop.is_set() or (until_empty and queue.is_empty)
            if messages:
                _add(total, handed.report)
                if as_json:
                    say(json_line({"messages": messages} | ledger_counts(handed.report)))
                else:
                    say(f"{many(messages, 'message')}: {_balance(handed.report)}")
            if undeleted:
                say(f"{many(undeleted, 'message')} could not be deleted and will come again.", err=True)
    for line in [json_line(ledger_counts(total))] if as_json else _lines(total):
        say(line)
    if failed:
        raise ServiceProblem(f"{many(len(failed), 'message')} stay in the queue. {next(iter(failed.values()))}")
    return all_quarantined(total)


def _stop_on_signals() -> threading.Event:
    """Is set by the first SIGTERM or SIGINT; a second one ends the command at once."""
    stop = threading.Event()

    def end(number: int, _: Any) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop


def _message(message: dict[str, Any]) -> Message:
    return Message(message["ReceiptHandle"], message["MessageId"], document(message))


def _add(total: Report, report: Report) -> None:
    """Add the counts alone, so that the memory of a command that runs for weeks does not grow."""
    total.read += report.read
    total.control += report.control
    total.landed.update(report.landed)
    total.quarantined.update(report.quarantined)


def _balance(report: Report) -> str:
    return ledger(report.read, report.landed.total(), report.quarantined.total(), report.control)


def _lines(total: Report) -> Iterator[str]:
    """The report on all batches as text; the last line is the ledger."""
    yield f"Landed {many(total.landed.total(), 'event')}"
    for source, count in sorted(total.landed.items()):
        yield count_line(source, count)
    if total.quarantined:
        yield f"Quarantined {total.quarantined.total():,}"
        for reason, count in sorted(total.quarantined.items()):
            yield count_line(reason, count, REASONS[reason])
    yield _balance(total)
