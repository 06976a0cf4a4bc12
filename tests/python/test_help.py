"""`--help` of every command, and the examples at its end, run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest
from command_line import COMMAND, Cli, line
from emulated_aws import KEYS, SqsQueue

from ingestion.cli import commands

# They need a warehouse: their tests are tests/dbt/test_export.py and tests/engines/test_copy_to_redshift.py.
NEED_A_WAREHOUSE = {"export", "copy-to-redshift"}


def helps(command: click.Command = commands, *path: str) -> dict[tuple[str, ...], str]:
    """The help of each command that does something, by its name in words."""
    context = click.Context(command, info_name=" ".join(("email-events", *path)))
    if not isinstance(command, click.Group):
        return {path: command.get_help(context)}
    found = {}
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        found |= helps(inner, *path, name)
    return found


HELPS = helps()
EXAMPLES = {
    path: re.findall(r"^  ((?:cat .*\| )?email-events .*)$", text, re.MULTILINE) for path, text in HELPS.items()
}


@pytest.mark.parametrize("path", HELPS, ids=" ".join)
def test_the_examples_of_the_help_can_be_run(path: tuple[str, ...], cli: Cli, aws_endpoint: str) -> None:
    examples = EXAMPLES[path]
    assert examples
    assert all(f"email-events {' '.join(path)} " in example for example in examples)
    if path[0] in NEED_A_WAREHOUSE:
        return
    cli.write("inbox/a.json", line(1))
    cli.write("inbox/b.json", line(2) + "not JSON\n")
    SqsQueue(aws_endpoint, "events").send(line(3))
    cli.environment |= {**KEYS, "AWS_ENDPOINT_URL": aws_endpoint, "PATH": f"{COMMAND.parent}:/usr/bin:/bin"}
    del cli.environment["AWS_DEFAULT_REGION"]  # the queue's URL has one
    if path[0] in ("quarantine", "watch"):
        cli("land", "inbox", "--to", "data/landing")
    for example in examples:
        done = subprocess.run(example, shell=True, cwd=cli.folder, env=cli.environment, capture_output=True, text=True)
        assert done.returncode == (1 if path[0] == "check" else 0), f"{example}: {done.stdout}{done.stderr}"
        assert done.stdout or done.stderr


def test_help_imports_no_command() -> None:
    code = "import sys; sys.argv = ['email-events', '-h']; from ingestion.cli import commands\n"
    code += "try: commands()\nexcept SystemExit: print(sorted(name for name in sys.modules if '.commands.' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['ingestion.commands.groups', 'ingestion.commands.reporting']"


@pytest.mark.parametrize(
    ("typed", "meant"), [("lnad", "land"), ("quarantine rpelay", "replay"), ("copy-redshift", "copy-to-redshift")]
)
def test_a_mistyped_command_names_the_nearest_one(typed: str, meant: str, cli: Cli) -> None:
    finished = cli(*typed.split())
    assert finished.status == 2
    assert f"Did you mean '{meant}'?" in finished.err
