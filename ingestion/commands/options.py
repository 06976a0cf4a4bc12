"""Kinds of values and options that several commands take."""

from __future__ import annotations

import math
from typing import Any

import click

from ingestion.errors import UsageProblem
from ingestion.signatures import topic_arn


class Number(click.FloatRange):
    """A number within bounds. What is no number (NaN) would pass any comparison with a bound."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


class _TopicArn(click.ParamType[str]):
    """The ARN of an SNS topic."""

    name = "topic ARN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:

        try:
            return topic_arn(str(value))
        except UsageProblem as error:
            self.fail(str(error), param, ctx)


verify_signatures = click.option(
    "--verify-signatures",
    "topics",
    type=_TopicArn(),
    multiple=True,
    metavar="TOPIC_ARN",
    help="Quarantine events that did not arrive in a message that SNS signed for this topic. Repeatable.",
)
