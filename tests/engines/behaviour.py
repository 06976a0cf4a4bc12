"""A row of what the guide of an engine says, to be held against its emulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Behaviour:
    """The last of `statements` gives the rows `gives`, or fails with an error that has this text."""

    says: str
    page: str
    statements: tuple[str, ...]
    gives: list[tuple[Any, ...]] | str
