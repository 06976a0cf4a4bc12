"""The dbt project compiled for an engine with nothing to connect to, and everything it would send there.

A copy of the project is compiled, to which three things are added: SQL of the caller's as analyses, the rendered hooks,
incremental predicates, strategy and contract below each model, a line in the log for each branch of a dispatched macro.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dbt_process import run_dbt

REPOSITORY = Path(__file__).parents[2]
ENGINES = ("duckdb", "athena", "redshift")

# What dbt is told when there is no server to ask: none of it may be needed to compile.
OFFLINE = ("--no-introspect", "--no-populate-cache")

BRANCH = re.compile(r"{% macro ((?:duckdb|athena|redshift)__\w+)\([^\n]*?\) ?-?%}")
DISPATCH = re.compile(r"adapter\.dispatch\('(\w+)', 'email_events'\)")

# Each statement below a model begins with such a line.
BELOW_MODELS = """
{% macro statements_below() %}
{%- if execute -%}
{%- for hook in pre_hooks + post_hooks %}
-- statement: hook {{ loop.index }}
{{ render(hook.sql) }}
{%- endfor %}
{%- for predicate in config.get('incremental_predicates') or [] %}
-- statement: predicate {{ loop.index }}
select 1 as matched from {{ this }} as target where {{ predicate }}
{%- endfor %}
{%- if config.get('incremental_strategy') == 'delete+insert' %}
{%- set told = {'target_relation': this, 'temp_relation': this, 'unique_key': config.get('unique_key')} %}
{%- set told = dict(told, dest_columns=model.columns.values(), incremental_predicates=none) %}
{%- for sql in get_incremental_delete_insert_sql(told).split(';') if sql.strip() %}
-- statement: delete+insert {{ loop.index }}
{{ sql }}
{%- endfor %}
{%- endif %}
{%- if config.get('contract').enforced %}
-- statement: contract
{{ get_empty_schema_sql(model['columns']) }}
-- statement: table
create table {{ this }} {{ get_table_columns_and_constraints() }}
{%- endif %}
{%- endif -%}
{% endmacro %}
"""


@dataclass(frozen=True)
class Compiled:
    """What came out.

    statements  SQL by name: `fct_messages`, `fct_messages: hook 1`, the names of analyses, data tests and run hooks
    branches    `athena__json_text`: those that were rendered, by whatever statement
    models      dbt's manifest entries of the models, by name
    """

    statements: dict[str, str]
    branches: set[str]
    models: dict[str, dict[str, Any]]


def macro_files(repository: Path = REPOSITORY) -> list[Path]:
    return sorted((repository / "macros").rglob("*.sql"))


def dispatched_macros() -> list[str]:
    """The macros that have a branch for each engine."""
    return sorted({name for path in macro_files() for name in DISPATCH.findall(path.read_text())})


def written_branches(engine: str) -> set[str]:
    """The branches that macros/ holds for an engine, replacements of dbt's own macros among them."""
    found = {name for path in macro_files() for name in BRANCH.findall(path.read_text())}
    return {name for name in found if name.startswith(f"{engine}__")}


def copy_project(folder: Path, analyses: dict[str, str], *, models: bool) -> None:
    """Copy the project to `folder`, with `analyses` (SQL by name) and the additions described above; without `models`,
    what they stand on alone, which dbt reads in a third of the time.
    """
    for part in ("models", "macros", "seeds", "tests/dbt/generic") if models else ("macros",):
        shutil.copytree(REPOSITORY / part, folder / part)
    (folder / "models" / "landing").mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY / "models" / "landing" / "sources.yml", folder / "models" / "landing")
    project = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text()) | {"analysis-paths": ["analyses"]}
    if not models:
        del project["on-run-start"]  # the checks of a run read models
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (folder / "profiles.yml").write_text((REPOSITORY / "profiles.yml.example").read_text())
    tell = r"\g<0>{%- if execute -%}{%- do log('branch \1', info=true) -%}{%- endif -%}"
    for path in macro_files(folder):
        path.write_text(BRANCH.sub(tell, path.read_text()))
    (folder / "macros" / "statements_below.sql").write_text(BELOW_MODELS)
    for path in (folder / "models").rglob("*.sql"):
        path.write_text(path.read_text().rstrip() + "\n{{ statements_below() }}\n")
    (folder / "analyses").mkdir()
    for name, sql in analyses.items():
        (folder / "analyses" / f"{name}.sql").write_text(sql)


def compile_project(
    folder: Path,
    engine: str,
    analyses: dict[str, str],
    variables: dict[str, object],
    *arguments: str,
    environment: dict[str, str] | None = None,
    models: bool = True,
) -> Compiled:
    """Compile a copy of the project in `folder`. Every address that a client could reach is a closed port.

    `environment` is added to dbt's: what profiles.yml.example reads, where the defaults are not the right ones.

    Raises:
        AssertionError: dbt failed; what it said is in the message.
    """
    copy_project(folder, analyses, models=models)
    done = run_dbt(
        [
            *("--no-use-colors", "--no-partial-parse"),
            *("compile", "--target", engine, "--vars", json.dumps(variables), *arguments),
            *("--project-dir", str(folder), "--profiles-dir", str(folder)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ],
        {
            **{"PATH": "/usr/bin:/bin", "HOME": str(folder), "DO_NOT_TRACK": "1"},
            **{"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true"},
            **{"REDSHIFT_HOST": "127.0.0.1", "REDSHIFT_PORT": "9"},
            **{"EMAIL_EVENTS_DUCKDB": str(folder / "warehouse.duckdb")},
            **(environment or {}),
        },
        folder,
    )
    assert done.returncode == 0, f"dbt compile --target {engine} failed:\n{done.stdout[-8000:]}"
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"].values()
    return Compiled(
        statements=_statements(folder / "target" / "compiled" / "email_events"),
        branches=set(re.findall(r"branch (\w+)", done.stdout)),
        models={node["name"]: node for node in nodes if node["resource_type"] == "model"},
    )


def _statements(compiled: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(compiled.rglob("*.sql")):
        first, *others = re.split(r"^-- statement: (.*)$", path.read_text(), flags=re.MULTILINE)
        found[path.stem] = first.strip()
        for name, sql in zip(others[::2], others[1::2], strict=True):
            found[f"{path.stem}: {name}"] = sql.strip()
    return {name: sql for name, sql in found.items() if sql}
