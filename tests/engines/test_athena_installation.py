"""What `make test-trino` asks first: is there what Trino needs?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "athena"


def test_what_is_not_installed_is_said_in_one_line(tmp_path: Path) -> None:
    # a copy elsewhere has no jars yet, so it needs Maven, which an empty PATH hides
    copy = tmp_path / "tests" / "engines" / "athena"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, str(copy / "trino_server.py")], env={"PATH": ""}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "install" in done.stderr
