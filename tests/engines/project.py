"""The dbt project on an engine: dbt as a process of its own, with a folder of its own for what it writes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dbt_process import Finished, run_dbt

REPOSITORY = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@dataclass
class Project:
    """`target` is one of profiles.yml.example; `environment` says how its server is reached."""

    target: str
    folder: Path
    landing_root: str
    environment: dict[str, str] = field(default_factory=dict)
    schema: str = "email_events"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "profiles.yml").write_text((REPOSITORY / "profiles.yml.example").read_text())

    @property
    def settings(self) -> dict[str, str]:
        """The environment of processes that work on this project."""
        own = {"EMAIL_EVENTS_SCHEMA": self.schema, "EMAIL_EVENTS_DUCKDB": str(self.folder / "warehouse.duckdb")}
        return {**os.environ, **self.environment, **own, "DO_NOT_TRACK": "1"}

    def dbt(self, *arguments: str, **variables: object) -> str:
        """Run dbt; what it said.

        Raises:
            AssertionError: dbt failed.
        """
        done = self.dbt_process(*arguments, **variables)
        assert done.returncode == 0, f"dbt {' '.join(arguments)} on {self.target} failed:\n{done.stdout[-8000:]}"
        return done.stdout

    def dbt_process(self, *arguments: str, **variables: object) -> Finished:
        """Run dbt, however it ends."""
        return run_dbt(self._arguments(*arguments, **variables), self.settings, self.folder)

    def dbt_killed_within(self, model: str) -> None:
        """A `dbt run` that gets SIGKILL as soon as it replaces rows of `model`: of its statements none, or the first of
        two, is done.

        Raises:
            AssertionError: The model was done before.
        """
        command = [str(BIN / "dbt"), "--log-level", "debug", *self._arguments("run")]
        process = subprocess.Popen(command, env=self.settings, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            if re.match(rf"\s*(delete from|merge into) .*\b{model}\b", line):
                process.kill()
                break
        told = process.stdout.read()
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL, f"the run was over before it replaced rows of {model}"
        assert not re.search(rf" OK created .* model \w+\.{model} ", told), f"{model} was done before the run died"

    def _arguments(self, *arguments: str, **variables: object) -> list[str]:
        return [
            *("--no-use-colors", *arguments, "--target", self.target),
            *("--vars", json.dumps({"landing_root": self.landing_root, **variables})),
            *("--project-dir", str(REPOSITORY), "--profiles-dir", str(self.folder)),
            *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
        ]

    def email_events(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line `email-events`, however it ends."""
        return subprocess.run(
            [str(BIN / "email-events"), *arguments],
            env=self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
