"""`email-events copy-to-redshift`: the landing zone's objects into the tables of `dbt run-operation stage_landing`."""

from __future__ import annotations

import os
import re

import click

from ingestion.commands.reporting import say
from ingestion.errors import ConfigurationProblem, ServiceProblem, UsageProblem
from ingestion.landing.root import S3Root, open_root


@click.command("copy-to-redshift")
@click.argument("root")
@click.option(
    "--schema",
    default=lambda: "_".join(
        os.environ.get(name, default)
        for name, default in (("EMAIL_EVENTS_SCHEMA", "email_events"), ("EMAIL_EVENTS_STAGING_SCHEMA", "staging"))
    ),
    show_default="<EMAIL_EVENTS_SCHEMA>_<EMAIL_EVENTS_STAGING_SCHEMA>",
    help="The schema in which `dbt run-operation stage_landing` created the landing tables.",
)
@click.option(
    "--iam-role",
    envvar="EMAIL_EVENTS_REDSHIFT_IAM_ROLE",
    default="default",
    show_default=True,
    help="The role by which Redshift reads the bucket: its ARN, or `default` for the cluster's own.",
)
def copy_to_redshift(root: str, schema: str, iam_role: str) -> None:
    """Load the objects of the landing zone ROOT (s3://bucket/prefix) that Redshift does not have yet.

    Connects as dbt's profile does: by REDSHIFT_HOST, REDSHIFT_PORT, REDSHIFT_USER, REDSHIFT_PASSWORD, REDSHIFT_DATABASE
    and REDSHIFT_SSLMODE.

    \b
    email-events copy-to-redshift s3://example-bucket/landing
    """
    zone = open_root(root)
    if not isinstance(zone, S3Root):
        raise UsageProblem(f"{root}: Redshift reads from S3 alone. Land to s3://bucket/prefix and give that.")
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", schema):
        raise UsageProblem(f"--schema {schema}: not the name of a schema in lower case.")
    try:
        from warehouse.redshift.loader import Loader, connected
        from warehouse.redshift.long_lines import WIDEST
    except ModuleNotFoundError as error:
        raise ConfigurationProblem(
            f"{error.name} is not installed, and Redshift needs it. Run: pip install dbt-redshift"
        ) from error
    with connected() as connection:
        loader = Loader(connection, zone, schema, iam_role)
        events = loader.load_new("events/", ".gz", "objects", "landed_object")
        manifests = loader.load_new("manifests/", ".json", "manifests", "manifest")
    say(f"{zone.describe()}: loaded {events:,} new objects and {manifests:,} new manifests into {schema}.")
    for name, lines in loader.cut:
        say(
            f"{name}: {lines:,} lines are longer than Redshift's text ({WIDEST:,} bytes) and are no JSON, so they were"
            " cut; landing_rejects shows them.",
            err=True,
        )
    for name, lines in loader.shortened:
        say(
            f"{name}: {lines:,} lines hold a text of more than {WIDEST:,} bytes, which Redshift has no place for; that"
            " text was cut, and the rest of the line is whole.",
            err=True,
        )
    for name in loader.unread:
        say(f"{name}: not loaded, since it is not events/dt=2026-11-24/hour=13/<name>.gz.", err=True)
    if loader.failed:
        told = "\n".join(f"  {name}: {reason}" for name, reason in loader.failed)
        raise ServiceProblem(
            f"{len(loader.failed):,} objects were not loaded:\n{told}\nThe others are, and dbt may run."
            " Replace a damaged object by a good copy, and run the same command again."
        )
