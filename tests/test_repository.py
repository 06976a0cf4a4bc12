"""What holds for the repository as a whole, whoever adds to it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compiled_project import DISPATCH, ENGINES, REPOSITORY, macro_files

KNOWS_THE_ENGINE = re.compile(r"\btarget\.(type|name)\b|\badapter\.(dispatch|type)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users|tmp)/")
REGISTRY = re.compile(r"https?://|--(?:extra-)?index-url|--find-links")

MODELS = sorted((REPOSITORY / "models").rglob("*.sql"))
MARTS = [path for path in MODELS if "marts" in path.parts]


def tracked(*suffixes: str) -> list[Path]:
    """The files that git knows and that are there, with one of the suffixes."""
    names = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    paths = [REPOSITORY / name for name in names if name and (not suffixes or name.endswith(suffixes))]
    return [path for path in paths if path.is_file()]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def described(model: Path) -> dict[str, Any]:
    """What the .yml beside a model says about it."""
    entries = yaml.safe_load(model.with_suffix(".yml").read_text())["models"]
    return next(entry for entry in entries if entry["name"] == model.stem)


def data_tests_of(entry: dict[str, Any]) -> set[str]:
    return {test if isinstance(test, str) else next(iter(test)) for test in entry.get("data_tests", [])}


def by_name(path: Path) -> str:
    return path.stem


def test_only_the_engine_macros_know_which_engine_runs() -> None:
    asked = [
        path for path in tracked(".sql", ".yml") if path.parent.name != "engine" and path.name != "dbt_project.yml"
    ]
    assert asked
    assert lines_with(KNOWS_THE_ENGINE, asked) == []


@pytest.mark.parametrize("path", [path for path in macro_files() if path.parent.name == "engine"], ids=by_name)
def test_every_engine_macro_has_a_branch_for_each_engine_and_a_default_that_raises(path: Path) -> None:
    text = path.read_text()
    missing = [
        f"{engine}__{name}"
        for name in DISPATCH.findall(text)
        for engine in ENGINES
        if f"{{% macro {engine}__{name}(" not in text
    ]
    silent = [
        name
        for name in DISPATCH.findall(text)
        if not re.search(r"{% macro default__" + name + r"\([^\n]*engine_missing\('" + name + r"'\)", text)
    ]
    assert (missing, silent) == ([], [])


@pytest.mark.parametrize("model", MODELS, ids=by_name)
def test_every_model_has_a_file_beside_it_that_describes_it_and_each_of_its_columns(model: Path) -> None:
    entry = described(model)
    assert entry.get("description", "").strip()
    assert entry["columns"]
    assert [column["name"] for column in entry["columns"] if not column.get("description", "").strip()] == []


@pytest.mark.parametrize("model", MODELS, ids=by_name)
def test_every_model_begins_with_its_grain(model: Path) -> None:
    assert model.read_text().startswith("-- Grain: one row per ")


def test_a_model_shows_its_columns_and_asks_for_an_increment_in_the_projects_own_way() -> None:
    # is_incremental() asks a server, so it cannot be compiled without one
    assert lines_with(re.compile(r"{%-? *for |\bis_incremental\("), MODELS) == []


@pytest.mark.parametrize("mart", MARTS, ids=by_name)
def test_every_mart_has_a_contract_and_a_key(mart: Path) -> None:
    entry = described(mart)
    assert entry["config"]["contract"] == {"enforced": True}
    assert [column["name"] for column in entry["columns"] if not column.get("data_type")] == []
    keys = [column["name"] for column in entry["columns"] if data_tests_of(column) >= {"unique", "not_null"}]
    assert keys or "unique_combination" in data_tests_of(entry)


def test_no_file_of_code_is_longer_than_400_lines() -> None:
    code = tracked(".py", ".sql", ".java", ".js", ".css", ".html", "Makefile")
    assert {path.name: length for path in code if (length := len(path.read_text().splitlines())) > 400} == {}


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    text = [path for path in tracked() if path != Path(__file__)]
    assert lines_with(MACHINE_PATH, text) == []


def test_samples_that_are_not_ours_are_named_by_tests_alone() -> None:
    outside = [path for path in tracked() if "tests" not in path.parts and path.name != "pyproject.toml"]
    assert lines_with(re.compile(r"\.\./shared"), outside) == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_pins_versions_with_hashes_and_names_no_registry(lock: str) -> None:
    path = REPOSITORY / lock
    entries = [line for line in path.read_text().splitlines() if line and not line.startswith((" ", "#"))]
    assert [line for line in entries if not re.match(r"[\w.\[\], -]+==[\w.]+ ", line)] == []
    requirements = re.split(r"^(?=[\w])", path.read_text(), flags=re.MULTILINE)[1:]
    assert len(requirements) == len(entries)
    assert [text.split()[0] for text in requirements if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", text)] == []
    assert lines_with(REGISTRY, [path]) == []


def test_the_example_of_profiles_holds_no_secret() -> None:
    outputs = yaml.safe_load((REPOSITORY / "profiles.yml.example").read_text())["email_events"]["outputs"]
    secrets = {
        f"{target}.{key}": value
        for target, output in outputs.items()
        for key, value in output.items()
        if re.search("password|secret|token|access_key", key)
    }
    assert secrets
    assert [name for name, value in secrets.items() if not re.fullmatch(r"{{ env_var\('\w+', ''\) }}", value)] == []


@pytest.mark.xdist_group("one_worker")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="there is one worker alone without -n")
def test_tests_of_a_group_are_sent_to_one_worker(request: pytest.FixtureRequest) -> None:
    # xdist's scheduler goes by the end of the name; without it each worker makes every build once more
    assert request.node.nodeid.endswith("@one_worker")
