"""How the commands say what they counted."""

from __future__ import annotations

_SHOWN = 3


def many(count: int, thing: str) -> str:
    plural = thing + ("es" if thing.endswith("ch") else "s")
    return f"{count:,} {thing if count == 1 else plural}"


def ignored(names: list[str]) -> str:
    """What was found and not read."""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"Ignored {len(names):,}, which by name or kind hold no events: {shown}"


def ledger(read: int, landed: int, quarantined: int, control: int) -> str:
    """The line that ends a command's report."""
    return f"read {read:,} = landed {landed:,} + quarantined {quarantined:,} + control {control:,}"
