"""The rules of the tree: small files, short functions, tests where their source is, and each thing in its room."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGES = ("diag", "fakes", "scenarios")
LONGEST_FILE = 500
LONG_FILE = 300
FEW = 0.05
"""Share of the files that may be long."""
MEDIAN_FILE = 120
LONG_FUNCTION = 50
MANY = 0.95
"""Share of the functions that must be short."""

ROOMS = {
    "diag", "fakes", "scenarios", "tests", "docs", "news", "benchmarks",
    "README.md", "CHANGES.md", "LICENSE", "Containerfile", "pyproject.toml", "tox.ini", "conftest.py", "go.py",
}  # fmt: skip
"""Everything at the top level, besides what begins with a dot and what tools leave behind (.gitignore)."""
NOT_MIRRORED = {"example", "real", "whole"}
"""Folders of tests that follow no single source file: real servers, the command as a whole, another project."""
PROVEN_ELSEWHERE = {
    "diag/model": "data without behaviour, except where a test stands",
    "diag/probes": "what a probe records is proven by playing scenarios, and against real servers (tests/real)",
    "diag/rules": "each finding is proven by the scenario with its name (tests/test_tidy.py)",
    "scenarios/recording": "every bundled case is recorded and played again (tests/scenarios/test_prove.py)",
    "fakes/behaviours": "each behaviour is proven by a scenario (tests/test_tidy.py)",
}
"""Source whose files need no test of their own, and why."""


def sources(*tops: str) -> list[Path]:
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions() -> Iterator[tuple[str, int]]:
    for path in sources(*PACKAGES):
        for node in ast.walk(tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{name(path)}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def has_code(path: Path) -> bool:
    """Tell whether there is anything besides docstrings, imports and constants."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, kinds) for node in ast.walk(tree(path)))


def test_no_file_is_too_long() -> None:
    assert {name(path): length(path) for path in sources(*PACKAGES, "tests") if length(path) > LONGEST_FILE} == {}


def test_few_files_are_long() -> None:
    paths = sources(*PACKAGES, "tests")
    long = [f"{name(path)}: {length(path)}" for path in paths if length(path) > LONG_FILE]
    assert len(long) <= FEW * len(paths), long


def test_most_files_are_small() -> None:
    assert statistics.median(length(path) for path in sources(*PACKAGES)) <= MEDIAN_FILE


def test_functions_are_short() -> None:
    lengths = dict(functions())
    long = {where: lines for where, lines in lengths.items() if lines > LONG_FUNCTION}
    assert len(long) <= (1 - MANY) * len(lengths), long


def test_each_module_says_what_it_is_for() -> None:
    assert [name(path) for path in sources(*PACKAGES, "tests") if not ast.get_docstring(tree(path))] == []


def test_no_two_modules_say_the_same() -> None:
    said: dict[str, str] = {}
    for path in sources(*PACKAGES):
        first = (ast.get_docstring(tree(path)) or name(path)).splitlines()[0]
        assert first not in said, f"{name(path)} opens with the same sentence as {said[first]}"
        said[first] = name(path)


def test_each_package_is_one() -> None:
    folders = {path.parent for path in sources(*PACKAGES)}
    assert [name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_each_test_has_its_source(package: str) -> None:
    missing = []
    for test in sources(f"tests/{package}"):
        if not test.name.startswith("test_"):
            continue  # helpers of the tests beside them
        inside = test.relative_to(ROOT / "tests").parent
        stem = test.stem.removeprefix("test_")
        if not any((ROOT / inside / source).exists() for source in (f"{stem}.py", f"{stem}/__init__.py", stem)):
            missing.append(name(test))
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_each_source_has_its_test(package: str) -> None:
    missing = []
    for source in sources(package):
        if any(name(source).startswith(f"{top}/") for top in PROVEN_ELSEWHERE) or not has_code(source):
            continue
        inside = ROOT / "tests" / source.parent.relative_to(ROOT)
        stem = source.parent.name if source.name == "__init__.py" else source.stem
        places = (inside, inside.parent) if source.name == "__init__.py" else (inside,)
        if not any((place / f"test_{stem}.py").exists() for place in places):
            missing.append(name(source))
    assert missing == [], "each file is covered by its own test, tests/…/test_NAME.py"


def test_the_top_level_has_only_what_belongs_there() -> None:
    leftovers = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if not line.startswith("#")}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - leftovers - ROOMS == set()


def test_folders_of_tests_mirror_the_packages() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= {*PACKAGES, *NOT_MIRRORED}


def test_reasons_for_missing_tests_are_still_needed() -> None:
    assert [folder for folder in PROVEN_ELSEWHERE if not (ROOT / folder).is_dir()] == []
