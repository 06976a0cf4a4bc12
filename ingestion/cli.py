"""The command line: `email-events`. Each command imports what it needs when it is called."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import ClassVar

import click

from ingestion.errors import DEFECT, INTERRUPTED, EventsError
from ingestion.telling import say


class LazyGroup(click.Group):
    """Imports a command when it is asked for, so that `--help` starts at once."""

    places: ClassVar[dict[str, str]] = {
        "check": "ingestion.check:check",
        "copy-to-redshift": "ingestion.redshift.command:copy_to_redshift",
        "export": "ingestion.export:export",
        "land": "ingestion.land:land",
        "poll": "ingestion.poll:poll",
        "quarantine": "ingestion.quarantine:quarantine",
        "simulate": "ingestion.simulate.command:simulate",
        "watch": "ingestion.watch:watch",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        module, name = self.places[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="email-events", prog_name="email-events", message="%(prog)s %(version)s")
def commands() -> None:
    """Turn the event stream of Amazon SES into tables people can trust.

    Exit statuses: 0 done, 1 more quarantined than allowed or amiss in what `check` or `watch` looked at, 2 wrong usage,
    3 configuration or credentials, 4 a service failed, 5 a defect of email-events, 130 interrupted.
    """


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        status = commands(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EventsError as error:
        for line in f"Error: {error}".split("\n"):
            say(line, err=True)
        sys.exit(error.status)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. What was finished stays; the same command goes on from there.", err=True)
        sys.exit(INTERRUPTED)
    except Exception:  # Python's own status would be 1, which says that a threshold was passed
        traceback.print_exc()
        click.echo("Error: this is a defect of email-events. Please report it with the lines above.", err=True)
        sys.exit(DEFECT)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
