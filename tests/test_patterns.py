"""Every regular expression takes linear time on any text, in Python and in SQL."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from compiled_project import REPOSITORY

pytestmark = pytest.mark.hostile

_FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
# what takes a pattern in SQL: the macros of this project, and functions of DuckDB, Athena and Redshift
_SQL = re.compile(r"\b(text_matches|text_extract|regexp_\w+|similar to|rlike|regexp)\b|(?<=[\w)} ])!?~\*?(?= *')", re.I)
_SQL_TEXT = re.compile(r"'((?:[^']|'')*)'")
Pattern = tuple[
    str, str, int, bool, bool
]  # where, the pattern, its flags, whether it reads bytes, and from a place alone

PACKAGES = ("ingestion", "warehouse", "simulate", "dashboards")

# Its one loop ends at the first quote that does not close.
LINEAR_BY_THEIR_USE = {"ingestion/sources/documents.py": r'"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+"|[{}\[\]"]'}


def python_patterns(folder: Path = REPOSITORY) -> Iterator[Pattern]:
    """The patterns of the package, with the values of the constants from which they are made."""
    for path in sorted(path for package in PACKAGES for path in folder.glob(f"{package}/**/*.py")):
        source = path.read_text()
        tree = ast.parse(source)
        constants = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                assert not names & {"regex", "re2", "fnmatch"}, f"{path}: the test knows `import re` alone"
                assert getattr(node, "module", None) != "re", f"{path}: the test knows `import re` alone"
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr in _FUNCTIONS
            ):
                where = f"{path.relative_to(folder)}:{node.lineno}"
                pattern = _value(node.args[0], constants)
                flags = sum(getattr(re, found) for found in re.findall(r"re\.([A-Z]{2,})\b", ast.unparse(node)))
                text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
                name = next((name for name, value in constants.items() if value is node), "")
                methods = set(re.findall(rf"\b{name}\.(\w+)\(", source)) if name else {node.func.attr}
                is_anchored = methods <= {"match", "fullmatch"}
                if text != LINEAR_BY_THEIR_USE.get(str(path.relative_to(folder))):
                    yield where, text, int(flags), isinstance(pattern, bytes), is_anchored


def _value(node: ast.expr, constants: dict[str, ast.expr]) -> Any:
    """The text of an expression of literals and constants of the module.

    Raises:
        ValueError: It is made of something else, so the test cannot know the pattern.
    """
    if isinstance(node, ast.JoinedStr):
        return "".join(_value(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _value(node.value, constants)
    if isinstance(node, ast.Name):
        return _value(constants[node.id], constants)
    return ast.literal_eval(node)


def sql_patterns(folder: Path = REPOSITORY) -> Iterator[Pattern]:
    """The texts in each line of SQL that uses a pattern, and those of the macros that are named for one."""
    for path in sorted(
        [*folder.glob("macros/**/*.sql"), *folder.glob("models/**/*.sql"), *folder.glob("models/**/*.yml")]
    ):
        text = re.sub(r"{#.*?#}", lambda found: "\n" * found[0].count("\n"), path.read_text(), flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), start=1):
            for at in _SQL.finditer(line):
                for literal in _SQL_TEXT.findall(line[at.start() :]):
                    if "{{" not in literal and re.search(r"[*+?^$]", literal) and _is_pattern(literal):
                        yield f"{path.relative_to(folder)}:{number}", literal.replace("''", "'"), 0, False, False
        for name, body in re.findall(r"{% macro (\w+)\(\) -?%}\s*(.*?)\s*{%-? endmacro", text, re.DOTALL):
            if name.endswith(("_pattern", "_sentence")):
                yield f"{path.relative_to(folder)}: {name}", body, 0, False, False


def _is_pattern(text: str) -> bool:
    """Other texts of the same line have half a parenthesis, as they are pieces of SQL."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def slow(patterns: list[Pattern]) -> dict[str, str]:
    """Those that are slow, with the beginning of a text that shows it."""
    program = Path(__file__).with_name("linear_patterns.py")
    done = subprocess.run(
        [sys.executable, str(program)],
        input=json.dumps(patterns), capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _ in told] == [pattern[0] for pattern in patterns]
    return {name: text for name, text in told if text is not None}


def test_every_pattern_in_python_is_linear() -> None:
    found = list(python_patterns())
    assert len(found) > 20
    assert slow(found) == {}


def test_every_pattern_in_sql_is_linear() -> None:
    found = list({pattern[1]: pattern for pattern in sql_patterns()}.values())
    assert len(found) > 15
    assert slow(found) == {}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:[\w-]+[.-])*\b(?=\w*\d)\w{8,}\b(?:[.-][\w-]+)*",  # exponential
        r'[^\s<>"\'(]+@[^\s<>"\')]+',  # quadratic
        "<[^<>]*@[^<>]*>",
        "x*$",
        r'"(?:[^"\\]|\\.)*"',
        "(a|aa)+$",
    ],
)
def test_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    assert slow([("it", pattern, 0, False, False)]) != {}
