"""How the commands say what they counted."""

from __future__ import annotations


def many(count: int, thing: str) -> str:
    plural = thing + ("es" if thing.endswith("ch") else "s")
    return f"{count:,} {thing if count == 1 else plural}"


def ledger(read: int, landed: int, quarantined: int, control: int) -> str:
    """The line that ends a command's report."""
    return f"read {read:,} = landed {landed:,} + quarantined {quarantined:,} + control {control:,}"
