"""`email-events simulate`: a stream of made-up events, for the demo, for tests and for trying things out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from ingestion.errors import INTERRUPTED
from simulate.output import Progress, write_landing_zone, write_stream
from simulate.stream import Plan, plan

_COUNT = click.IntRange(min=1)


@click.command()
@click.option("--days", type=_COUNT, default=30, show_default=True, help="How many, the last one included.")
@click.option("--messages-per-day", type=_COUNT, default=2000, show_default=True, help="Over all tenants, on average.")
@click.option("--tenants", "tenant_count", type=_COUNT, default=3, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and days give the same bytes.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day, UTC.  [default: yesterday]")
@click.option(
    "--to", "stream", metavar="FILE", help="NDJSON in order of arrival, bare; gzip when named .gz; - for stdout."
)
@click.option("--landing", "landing", metavar="ROOT", help="A landing zone instead: a folder or s3://bucket/prefix.")
@click.option(
    "--last-day", "last_day", metavar="FILE", help="With --landing: the last day's arrivals to land, bare and wrapped."
)
def simulate(
    days: int,
    messages_per_day: int,
    tenant_count: int,
    seed: int,
    until: datetime | None,
    stream: str | None,
    landing: str | None,
    last_day: str | None,
) -> int:
    """Write made-up events of all six sources.

    Most are about mail that SES sends (event publishing and feedback notifications), with realistic lifecycles and one
    incident to find. A few are received mail, account events, Pinpoint and End User Messaging.

    Pinpoint ends on 2026-10-30, so its events end on the day before. From then on End User Messaging reports text
    messages.

    --to writes events bare, as raw delivery does; account events keep EventBridge's wrapping, which has their type.
    --last-day wraps as transports do: SNS, EventBridge, Firehose, and the events of SQS, Kinesis and SES for Lambda.

    \b
    email-events simulate --days 3 --messages-per-day 100 --to events.ndjson.gz
    """
    if bool(stream) == bool(landing):
        raise click.UsageError("Give either --to FILE or --landing ROOT.")
    if last_day and not landing:
        raise click.UsageError("--last-day goes with --landing; --to writes all days.")
    until_day = until.date() if until else (datetime.now(UTC) - timedelta(days=1)).date()
    try:
        chosen = plan(
            seed=seed, last_day=until_day, days=days, messages_per_day=messages_per_day, tenant_count=tenant_count
        )
    except OverflowError:
        raise click.UsageError(f"--days {days} goes back before the calendar begins.") from None
    period = f"{chosen.first_day} to {until_day}"
    try:
        with _progress(chosen) as progress:
            if stream:
                told = f"{write_stream(chosen, stream, progress):,} events of {period} in {stream}"
            else:
                landed, kept_back = write_landing_zone(chosen, str(landing), last_day, progress)
                told = f"{landed:,} events of {period} in {landing}"
                if last_day:
                    told += f", {kept_back:,} of the last day in {last_day}"
    except KeyboardInterrupt:
        first = f"Remove {landing}, then run" if landing else "Run"
        click.echo(f"Interrupted. Only a part of the events was written. {first} the same command again.", err=True)
        return INTERRUPTED
    click.echo(told, err=True)
    return 0


@contextmanager
def _progress(chosen: Plan) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Simulating", total=len(chosen.hours))
        yield lambda _: bar.advance(task)
