"""dbt in a process of its own that need not import dbt first: forked from a server that has done so once.

Importing dbt takes a third of a small run. The process has what a command has, an environment, an output and an exit
status, and no other run shares anything with it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_forked = multiprocessing.get_context("forkserver")
# not dbt.adapters.duckdb: DuckDB starts a thread, and a process that has threads must not be forked
_forked.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.redshift", "dbt.adapters.athena"])


@dataclass(frozen=True)
class Finished:
    """`stdout` is what it wrote, errors included."""

    returncode: int | None
    stdout: str


def run_dbt(arguments: list[str], environment: Mapping[str, str], folder: Path) -> Finished:
    """Run `dbt` in a folder with these arguments and nothing but this environment, however it ends."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as output:
        process = _forked.Process(target=_dbt, args=(arguments, dict(environment), folder, output.name))
        process.start()
        process.join()
        return Finished(process.exitcode, output.read())


def _dbt(arguments: list[str], environment: dict[str, str], folder: Path, output: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with open(output, "w") as file:  # noqa: PTH123
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["dbt", *arguments]
    from dbt.cli.main import cli

    cli()
