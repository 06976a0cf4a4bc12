"""`email-events land`: the command, and its report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import click

from ingestion import batches
from ingestion.commands.options import verify_signatures
from ingestion.commands.reporting import (
    all_quarantined,
    count_line,
    ignored,
    json_line,
    ledger,
    ledger_counts,
    many,
    say,
)
from ingestion.errors import UsageProblem
from ingestion.events.validate import REASONS
from ingestion.landing.manifests import ABANDONED_HOURS, Batch
from ingestion.landing.root import Root, open_root
from ingestion.pipeline import Report
from ingestion.sources.periods import Period

_SHOWN = 3


class _Moment(click.ParamType[datetime]):
    """A day or a moment; UTC without an offset."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value} is not a time. Write 2026-11-24, 2026-11-24T13 or 2026-11-24T13:00:00+00:00.", param, ctx
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--to", "place", required=True, metavar="ROOT", help="The landing zone: a folder or s3://bucket/prefix.")
@click.option(
    "--since",
    type=_Moment(),
    metavar="TIME",
    help="Only inputs that arrived then or later, by the date in their key or name (UTC).",
)
@click.option(
    "--until", type=_Moment(), metavar="TIME", help="Only inputs that arrived before then; that hour is left out."
)
@click.option("--again", is_flag=True, help="Also land inputs that were landed before.")
@verify_signatures
@click.option(
    "--max-quarantined",
    type=click.IntRange(min=0),
    metavar="N",
    help="Exit with status 1 when more records are quarantined.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=None,
    help="Default: one for each usable processor, at most 8.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def land(
    sources: tuple[str, ...],
    place: str,
    since: datetime | None,
    until: datetime | None,
    again: bool,
    topics: tuple[str, ...],
    max_quarantined: int | None,
    processes: int | None,
    as_json: bool,
) -> int:
    """Read events from files, folders, globs, s3://bucket/prefix and standard input (-), and land them.

    Reads plain, .gz, .zst and .bz2 files; one JSON object per line, concatenated objects, pretty-printed objects or an
    array; bare or wrapped by SNS, SQS, Lambda, Firehose, Kinesis or EventBridge. Records that are not events go to
    quarantine. Inputs that were landed before are skipped.

    Exit status 1 when every record was quarantined, or more than --max-quarantined allows.

    \b
    email-events land inbox/ --to data/landing
    cat inbox/*.json | email-events land - --to data/landing --json
    """
    if since and until and until <= since:
        raise UsageProblem(
            f"--until {until.isoformat()} is not after --since {since.isoformat()}: nothing lies between."
        )
    root = open_root(place)
    started = time.monotonic()
    with _progress_bar() as on_progress:
        report = batches.land(
            sources,
            root,
            period=Period(since, until),
            again=again,
            topics=topics,
            processes=processes or _usable_processors(),
            on_progress=on_progress,
        )
    for line in [json_line(_as_json(report))] if as_json else _lines(report, root, time.monotonic() - started):
        say(line)
    quarantined = report.quarantined.total()
    if max_quarantined is not None and quarantined > max_quarantined:
        say(
            f"Error: {quarantined:,} of {report.read:,} records were quarantined; --max-quarantined allows "
            f"{max_quarantined:,}. Fix them and land their files again, or allow {quarantined:,}.",
            err=True,
        )
        return 1
    return all_quarantined(report)


def _as_json(report: Report) -> dict[str, object]:
    return ledger_counts(report) | {
        "landed_inputs": report.landed_inputs,
        "skipped_inputs": report.skipped_inputs,
        "deviating": report.deviating,
        "objects": [entry.key for entry in report.objects if entry.landed],
        "quarantine_objects": [entry.quarantine_key for entry in report.objects if entry.quarantine_key],
        "examples": [asdict(example) for example in report.examples],
        "ignored": report.ignored,
        "discarded_batches": [batch.batch_id for batch in report.given_up],
        "unfinished_batches": [batch.batch_id for batch in report.left_begun],
    }


def _lines(report: Report, root: Root, seconds: float) -> Iterator[str]:
    """The report as text; the last line is the ledger."""
    landed, quarantined = report.landed.total(), report.quarantined.total()
    if landed:
        where = _folders(root, [entry.key for entry in report.objects if entry.landed])
        yield f"Landed {many(landed, 'event')} from {many(report.landed_inputs, 'input')} in {seconds:.1f} s{where}"
        for source, count in sorted(report.landed.items()):
            yield count_line(source, count)
        if report.deviating:
            yield f"  {report.deviating:,} of them differ from the documented fields; schema_drift will show how."
    elif report.landed_inputs:
        yield f"No events in {many(report.landed_inputs, 'input')}: {_instead(report)}."
    else:
        yield "Nothing to land."
    if quarantined:
        keys = [entry.quarantine_key for entry in report.objects if entry.quarantine_key]
        yield f"Quarantined {quarantined:,}{_folders(root, keys)}"
        for reason, count in sorted(report.quarantined.items()):
            yield count_line(reason, count, REASONS[reason])
            places = [example for example in report.examples if example.reason == reason][:_SHOWN]
            for example in places:
                yield f"    {example.origin}  {example.path}"
            if count > len(places):
                yield f"    and {count - len(places):,} more"
    if report.skipped_inputs:
        yield f"Skipped {many(report.skipped_inputs, 'input')} landed before (--again lands them once more)."
    if report.left_out:
        yield f"Left out {many(report.left_out, 'input')} in the landing zone itself, {root.describe()}"
    if report.ignored:
        yield ignored(report.ignored)
    for batch in report.given_up:
        yield f"Discarded {_batch(batch)}: its output was deleted; its inputs count as not landed."
    for batch in report.left_begun:
        yield (
            f"Not resumed: {_batch(batch)}. Not all of its inputs are among the sources. If no other run works on it, "
            f"land its sources again within {ABANDONED_HOURS} hours; after that its inputs count as not landed."
        )
    yield ledger(report.read, landed, quarantined, report.control)


def _batch(batch: Batch) -> str:
    """`an unfinished batch from 2026-11-24T13:00:00.000Z of 2 inputs (a.json to b.json)`"""
    first, last = batch.inputs[0].name, batch.inputs[-1].name
    names = first if len(batch.inputs) == 1 else f"{first} to {last}"
    return f"an unfinished batch from {batch.arrived_at} of {many(len(batch.inputs), 'input')} ({names})"


def _instead(report: Report) -> str:
    """The contents of inputs without an event."""
    if not report.read:
        return "nothing but blanks"
    quarantined = report.quarantined.total()
    counts = {"control message": report.control, "record": quarantined}
    parts = [many(count, thing) for thing, count in counts.items() if count]
    return " and ".join(parts) + (" that went to quarantine" if quarantined else "")


def _usable_processors() -> int:
    """The processors of this process. At most 8, since a large machine seldom runs this command alone."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 8)


def _folders(root: Root, keys: list[str]) -> str:
    """`: 3 objects in <folder>`, or the folders from and to."""
    if not keys:
        return ""
    folders = sorted({key.rpartition("/")[0] for key in keys})
    place = root.describe(folders[0]) + ("" if len(folders) == 1 else f" to {folders[-1].partition('/')[2]}")
    return f": {many(len(keys), 'object')} in {place}/"


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal, once it has taken two seconds."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    bar = Progress(
        "Landing", BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    task = bar.add_task("", total=None)
    started = time.monotonic()

    def show(done: int, total: int | None) -> None:
        if time.monotonic() - started > 2:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()
