"""What the environment of a function says: EMAIL_EVENTS_ROOT, EMAIL_EVENTS_VERIFY_SIGNATURES."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from ingestion.errors import ConfigurationProblem
from ingestion.landing import manifests
from ingestion.landing.root import Root, open_root
from ingestion.signatures import topic_arn

ROOT = "EMAIL_EVENTS_ROOT"
VERIFY_SNS = "EMAIL_EVENTS_VERIFY_SIGNATURES"
_WRITING_MS = 5_000  # kept for writing what was read

T = TypeVar("T")


@cache
def landing_root() -> Root:
    """The landing zone, opened once for all calls that this process serves.

    Raises:
        ConfigurationProblem: EMAIL_EVENTS_ROOT is not set.
    """
    place = os.environ.get(ROOT, "")
    if not place:
        raise ConfigurationProblem(f"Set the function's environment variable {ROOT} to s3://bucket/prefix.")
    root = open_root(place)
    manifests.unfinished(root, datetime.now(UTC))  # clears away what dead functions left
    return root


def sns_topics() -> tuple[str, ...]:
    """The topics of which signed messages are required; none: signatures are not looked at.

    Raises:
        UsageProblem: EMAIL_EVENTS_VERIFY_SIGNATURES is not a list of topic ARNs.
    """
    return tuple(topic_arn(text.strip()) for text in os.environ.get(VERIFY_SNS, "").split(",") if text.strip())


def while_time_is_left(records: Iterable[T], context: Any) -> Iterator[T]:
    """The records, as long as the function has time to write them; Lambda hands the rest over again.

    Raises:
        ConfigurationProblem: There was no time for the first: each further call would land nothing as well.
    """
    for number, record in enumerate(records):
        if context is not None and (left := context.get_remaining_time_in_millis()) < _WRITING_MS:
            if not number:
                raise ConfigurationProblem(
                    f"The function has {left / 1000:.1f} seconds left and needs {_WRITING_MS // 1000} to write a "
                    "batch, so it would never land anything. Set its timeout to 60 seconds or more."
                )
            return
        yield record
