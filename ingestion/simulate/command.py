"""`email-events simulate`: a stream of made-up events, for the demo, for tests and for trying things out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from ingestion.simulate.output import write_stream
from ingestion.simulate.stream import plan


@click.command()
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="The last one included.")
@click.option(
    "--messages-per-day", type=click.IntRange(min=1), default=600, show_default=True, help="Over all tenants."
)
@click.option("--tenants", "tenant_count", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and days give the same bytes.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day (UTC).  [default: yesterday]")
@click.option(
    "--to",
    "target",
    type=click.Path(allow_dash=True, dir_okay=False),
    help="NDJSON in order of arrival; gzip when named .gz; - for stdout.",
)
def simulate(
    days: int, messages_per_day: int, tenant_count: int, seed: int, until: datetime | None, target: str | None
) -> None:
    """Write made-up SES events of realistic lifecycles, with one incident to find."""
    if not target:
        raise click.UsageError("say where to: --to FILE")
    last_day = until.date() if until else (datetime.now(UTC) - timedelta(days=1)).date()
    chosen = plan(seed=seed, last_day=last_day, days=days, messages_per_day=messages_per_day, tenant_count=tenant_count)
    count = write_stream(chosen, target)
    click.echo(f"{count:,} events of {days} days in {target}", err=True)
