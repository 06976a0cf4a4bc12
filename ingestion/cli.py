"""The command line: `email-events`."""

from __future__ import annotations

import importlib
from typing import ClassVar

import click


class _LazyGroup(click.Group):
    """Imports a command when it is asked for, so that `--help` starts at once."""

    places: ClassVar[dict[str, str]] = {"simulate": "ingestion.simulate.command:simulate"}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        module, name = self.places[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_LazyGroup)
def main() -> None:
    """Turn the event stream of Amazon SES into tables people can trust."""


if __name__ == "__main__":
    main()
