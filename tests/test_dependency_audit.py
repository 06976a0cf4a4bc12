"""No locked package is older than the fix of an advisory in .ci/advisories.csv (SECURITY.md, "Dependencies")."""

from __future__ import annotations

import csv
import re

import pytest
from compiled_project import REPOSITORY
from packaging.version import Version

LIST = REPOSITORY / ".ci" / "advisories.csv"


def locked(text: str) -> list[tuple[str, Version]]:
    """Each package of a lock with its version; one that depends on the Python version stands there twice."""
    return [
        (name.lower(), Version(version)) for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
    ]


def affected(lock: str) -> list[str]:
    """`urllib3 2.5.0: CVE-..., fixed in 2.7.0` for each."""
    with LIST.open() as file:
        known = [(row["package"], Version(row["fixed_in"]), row["advisory"]) for row in csv.DictReader(file)]
    return [
        f"{name} {version}: {advisory}, fixed in {fixed}"
        for name, version in locked(lock)
        for package, fixed, advisory in known
        if name == package and version < fixed
    ]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_no_locked_package_has_a_known_advisory(lock: str) -> None:
    assert affected((REPOSITORY / lock).read_text()) == []


def test_an_old_package_is_found_and_the_list_names_locked_packages_alone() -> None:
    assert affected("urllib3==2.5.0 \\\n") == ["urllib3 2.5.0: CVE-2026-44432, fixed in 2.7.0"]
    with LIST.open() as file:
        named = {row["package"] for row in csv.DictReader(file)}
    assert named - {name for name, _ in locked((REPOSITORY / "requirements-dev.txt").read_text())} == set()
