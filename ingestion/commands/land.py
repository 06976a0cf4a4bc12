"""`email-events land`: the command, and how its result is told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from ingestion import batches
from ingestion.commands.options import verify_sns
from ingestion.commands.reporting import ignored, ledger, many, say
from ingestion.errors import UsageProblem
from ingestion.events.validate import REASONS
from ingestion.landing.manifests import ABANDONED_HOURS, Batch
from ingestion.landing.root import Root, open_root
from ingestion.pipeline import Report
from ingestion.sources.periods import Period

_SHOWN = 3


class _Moment(click.ParamType[datetime]):
    """A day or a moment; UTC where it does not say."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no time. Write 2026-11-24, 2026-11-24T13 or 2026-11-24T13:00:00+00:00.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--to", "place", required=True, metavar="ROOT", help="The landing zone: a folder or s3://bucket/prefix.")
@click.option(
    "--since", type=_Moment(), metavar="TIME", help="Only what arrived then or later, by its key or name (UTC)."
)
@click.option("--until", type=_Moment(), metavar="TIME", help="Only what arrived before; not that hour itself.")
@click.option("--again", is_flag=True, help="Land inputs anew that were landed before.")
@verify_sns
@click.option(
    "--max-quarantined", type=click.IntRange(min=0), metavar="N", help="Exit with 1 when more are quarantined."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=None,
    help="Default: one for each processor that may be used, at most 8.",
)
def land(
    sources: tuple[str, ...],
    place: str,
    since: datetime | None,
    until: datetime | None,
    again: bool,
    topics: tuple[str, ...],
    max_quarantined: int | None,
    processes: int | None,
) -> int:
    """Read events from files, folders, globs and s3://bucket/prefix, and land them.

    Plain, .gz, .zst or .bz2; one JSON object a line, objects with nothing between them, pretty-printed, or an array;
    bare or wrapped by SNS, SQS, Lambda, Firehose, Kinesis or EventBridge. What cannot be read goes to quarantine.
    What was landed before is skipped.
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
    for line in _told(report, root, time.monotonic() - started):
        say(line)
    quarantined = report.quarantined.total()
    if max_quarantined is not None and quarantined > max_quarantined:
        say(
            f"Error: {quarantined:,} of {report.read:,} records were quarantined; --max-quarantined allows "
            f"{max_quarantined:,}. Mend them and land their files again, or allow {quarantined:,}.",
            err=True,
        )
        return 1
    return 0


def _told(report: Report, root: Root, seconds: float) -> Iterator[str]:
    """The report in lines; the last is the ledger."""
    landed, quarantined = report.landed.total(), report.quarantined.total()
    if landed:
        where = _folders(root, [entry.key for entry in report.objects if entry.landed])
        yield f"Landed {many(landed, 'event')} from {many(report.landed_inputs, 'input')} in {seconds:.1f} s{where}"
        for source, count in sorted(report.landed.items()):
            yield f"  {source:<18}{count:>12,}"
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
            yield f"  {reason:<18}{count:>12,}  {REASONS[reason]}"
            places = [example for example in report.examples if example.reason == reason][:_SHOWN]
            for example in places:
                yield f"    {example.origin}  {example.path}"
            if count > len(places):
                yield f"    and {count - len(places):,} more"
    if report.skipped_inputs:
        yield f"Skipped {many(report.skipped_inputs, 'input')} landed before (--again lands them anew)."
    if report.left_out:
        yield f"Left out {many(report.left_out, 'input')} in the landing zone itself, {root.describe()}"
    if report.ignored:
        yield ignored(report.ignored)
    for batch in report.given_up:
        yield f"Gave up {_told_batch(batch)}: what it had written is removed, and its inputs count as not landed."
    for batch in report.left_begun:
        yield (
            f"Not gone on with {_told_batch(batch)}: not all are among the sources. Where no other run is at it, land "
            f"them again, from as far back, within {ABANDONED_HOURS} hours; after that they count as not landed."
        )
    yield ledger(report.read, landed, quarantined, report.control)


def _told_batch(batch: Batch) -> str:
    """`a batch begun at ... and not finished, of 2 inputs (a.json to b.json)`"""
    first, last = batch.inputs[0].name, batch.inputs[-1].name
    names = first if len(batch.inputs) == 1 else f"{first} to {last}"
    return f"a batch begun at {batch.arrived_at} and not finished, of {many(len(batch.inputs), 'input')} ({names})"


def _instead(report: Report) -> str:
    """What inputs without an event hold."""
    if not report.read:
        return "nothing but blanks"
    quarantined = report.quarantined.total()
    counts = {"control message": report.control, "record": quarantined}
    told = [many(count, thing) for thing, count in counts.items() if count]
    return " and ".join(told) + (" that went to quarantine" if quarantined else "")


def _usable_processors() -> int:
    """Those of this process, where the system tells; a machine with many is seldom this command's alone."""
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
