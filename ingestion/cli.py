"""The command line: `email-events`. Each command imports what it needs when it is called."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import ClassVar

import click

from ingestion.commands.groups import SuggestingGroup
from ingestion.commands.reporting import say
from ingestion.errors import DEFECT, INTERRUPTED, EventsError


class LazyGroup(SuggestingGroup):
    """Imports a command only when it is called, so that `--help` starts at once."""

    # where each command is, and its line in `email-events --help`
    places: ClassVar[dict[str, tuple[str, str]]] = {
        "check": ("check:check", "Report what each record is and what is wrong with it; write nothing."),
        "copy-to-redshift": ("copy_to_redshift:copy_to_redshift", "Load new landed objects into Redshift."),
        "export": ("export:export", "Write the marts as Parquet files."),
        "land": ("land:land", "Read events from files, folders, globs and S3."),
        "poll": ("poll:poll", "Read events from an SQS queue."),
        "quarantine": ("quarantine:quarantine", "List, show, replay and discard quarantined lines."),
        "simulate": ("simulate:simulate", "Write made-up events of all six sources."),
        "watch": ("watch:watch", "Freshness and balance of a landing zone."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        module, name = self.places[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"ingestion.commands.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short_help) for name, (_, short_help) in sorted(self.places.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="email-events", prog_name="email-events", message="%(prog)s %(version)s")
def commands() -> None:
    """Turn the event stream of Amazon SES into tables people can trust.

    Exit statuses: 0 done, 1 a threshold is exceeded or `check` or `watch` found a problem, 2 wrong usage,
    3 configuration or credentials, 4 a service failed, 5 an internal error, 130 interrupted.
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
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. Finished work is kept; the same command continues from there.", err=True)
        sys.exit(INTERRUPTED)
    except Exception:  # Python's own status would be 1, which means that a threshold is exceeded
        traceback.print_exc()
        click.echo("Error: this is a bug in email-events. Please report it with the lines above.", err=True)
        sys.exit(DEFECT)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
