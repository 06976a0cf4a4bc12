"""What dbt's server has done before any process is forked from it: imported dbt, and parsed this project once.

dbt writes much of its own code when it is first used (how nodes of each kind are read, checked and written), and keeps
the macros that it has compiled. A process that has threads must not be forked: so DuckDB's adapter is not here, and
dbt's static parser is off.
"""

import tempfile
from pathlib import Path

import dbt.adapters.athena  # noqa: F401
from dbt.cli.main import dbtRunner

REPOSITORY = Path(__file__).parents[2]

with tempfile.TemporaryDirectory() as folder:
    (Path(folder) / "profiles.yml").write_text((REPOSITORY / "profiles.yml.example").read_text())
    dbtRunner().invoke(
        [
            *("--quiet", "parse", "--target", "redshift", "--no-partial-parse", "--no-static-parser"),
            *("--project-dir", str(REPOSITORY), "--profiles-dir", folder),
            *("--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"),
        ]
    )
