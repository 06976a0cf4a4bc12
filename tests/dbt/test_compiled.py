"""The whole project compiled for Athena and Redshift with no server: every statement is SQL that the engine takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import sqlglot
import trino_query_parser
from compiled_project import OFFLINE, Compiled, compile_project, written_branches
from engine_promises import COMMANDS, LANDING, PROMISES, VARIABLES, analyses
from refusals import outside_the_grammar, refusals

CompileFor = Callable[[str, bool], Compiled]


def on(engine: str, *values: object) -> Any:
    """A parameter set; one worker for each engine, so that nothing is compiled twice."""
    return pytest.param(engine, *values, marks=pytest.mark.xdist_group(f"compiled_{engine}"))


each_engine = pytest.mark.parametrize("engine", [on("athena"), on("redshift")])
each_branch = pytest.mark.parametrize(
    ("engine", "incremental"),
    [on(engine, incremental) for engine in ("athena", "redshift") for incremental in (False, True)],
)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompileFor:
    """The project for an engine and a branch of is_incremental, the promises of the engine macros beside the models."""

    @cache
    def compile_for(engine: str, incremental: bool) -> Compiled:
        return compile_project(
            tmp_path_factory.mktemp(f"{engine}-{incremental}") / "project",
            engine,
            analyses([*PROMISES, *LANDING]) | COMMANDS if incremental else {},
            VARIABLES | {"compile_incremental": incremental},
            *OFFLINE,
        )

    return compile_for


@each_branch
def test_every_statement_is_sql_that_the_engine_takes_as_it_is_meant(
    engine: str, incremental: bool, compiled: CompileFor
) -> None:
    wrong = {}
    for name, sql in compiled(engine, incremental).statements.items():
        try:
            reasons = refusals(engine, sql)
        except sqlglot.errors.SqlglotError as error:
            reasons = [str(error)]
        if reasons:
            wrong[name] = reasons
    assert not wrong, "\n".join(f"{name}: {reasons}" for name, reasons in wrong.items())


@pytest.mark.parametrize(("engine", "incremental"), [on("athena", False), on("athena", True)])
def test_every_statement_is_sql_by_trinos_own_grammar(engine: str, incremental: bool, compiled: CompileFor) -> None:
    wrong = {}
    for name, sql in compiled(engine, incremental).statements.items():
        if outside_the_grammar(engine, sql):
            continue
        try:
            trino_query_parser.parse_statement(sql)
        except trino_query_parser.TrinoSyntaxError as error:
            wrong[name] = str(error)
    assert not wrong, "\n".join(f"{name}: {error}" for name, error in wrong.items())


@each_engine
def test_every_branch_of_the_engine_macros_is_rendered_in_some_statement(engine: str, compiled: CompileFor) -> None:
    assert written_branches(engine) - compiled(engine, True).branches == set()


@each_engine
def test_hooks_contracts_predicates_and_strategies_are_among_the_statements(engine: str, compiled: CompileFor) -> None:
    statements, models = compiled(engine, True).statements, compiled(engine, True).models
    expected = set()
    for name, model in models.items():
        config = model["config"]
        hooks = [*config["pre-hook"], *config["post-hook"]]
        # Athena takes days away through Glue, not by a statement
        sent = hooks[len(config["pre-hook"]) :] if engine == "athena" else hooks
        expected |= {f"{name}: hook {hooks.index(hook) + 1}" for hook in sent}
        expected |= {f"{name}: predicate {n + 1}" for n, _ in enumerate(config.get("incremental_predicates") or [])}
        if config.get("incremental_strategy") == "delete+insert":
            expected |= {f"{name}: delete+insert {n}" for n in (1, 2)}
        if config["contract"]["enforced"]:
            expected |= {f"{name}: contract", f"{name}: table"}
    assert len(expected) > 20
    assert {name for name in statements if name.partition(":")[0] in models and ": " in name} == expected


@each_engine
def test_an_increment_is_another_statement_than_a_full_build(engine: str, compiled: CompileFor) -> None:
    full, increment = compiled(engine, False), compiled(engine, True)
    incremental = {name for name, model in full.models.items() if model["config"]["materialized"] == "incremental"}
    assert len(incremental) > 10
    assert {name for name in full.models if full.statements[name] != increment.statements[name]} >= incremental


# A row for each of a few keys, looked up by the key.
NOT_BY_DAY = {"int_domains_encoded"}


@each_engine
def test_every_incremental_model_is_stored_by_the_day_that_it_is_asked_for(engine: str, compiled: CompileFor) -> None:
    wrong = {}
    for name, model in compiled(engine, False).models.items():
        config, columns = model["config"], list(model["columns"])
        if config["materialized"] != "incremental":
            continue
        strategy, day = config["incremental_strategy"], columns[-1]
        if engine == "athena":
            # Hive wants the day last; only Iceberg can merge, and there the day is found in the rows that arrive
            kind = "hive" if strategy == "insert_overwrite" else "iceberg"
            right = config["table_type"] == kind
            right &= name in NOT_BY_DAY or config["partitioned_by"] == [day]
            right &= strategy != "merge" or f"target.{day} in (" in config["incremental_predicates"][0]
        else:
            right = name in NOT_BY_DAY or (config["sort"] == day and config["dist"] in [*columns, "even"])
            right &= not config.get("incremental_predicates")
        right &= strategy not in ("merge", "delete+insert") or config["unique_key"] in columns
        right &= config["on_schema_change"] == "append_new_columns"
        if not right:
            wrong[name] = {key: value for key, value in config.items() if value}
    assert not wrong
