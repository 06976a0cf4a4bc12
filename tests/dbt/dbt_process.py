"""dbt in a process of its own, forked from a server that has imported dbt and used it once (warmed_dbt.py).

That takes half of a small run. The process has what a command has, an environment, an output and an exit status, and no
other run shares anything with it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(["warmed_dbt"])


def _start_server() -> None:
    """The server looks for what it is to import where PYTHONPATH says, and nowhere else."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    forkserver.ensure_running()
    del os.environ["PYTHONPATH"]
    if before is not None:
        os.environ["PYTHONPATH"] = before


@dataclass(frozen=True)
class Finished:
    """`stdout` is what it wrote, errors included."""

    returncode: int | None
    stdout: str


def run_dbt(arguments: list[str], environment: Mapping[str, str], folder: Path) -> Finished:
    """Run `dbt` in a folder with these arguments and nothing but this environment, however it ends."""
    _start_server()
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
