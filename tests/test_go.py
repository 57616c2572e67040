"""The script for a fresh clone: what it says without installing, and when it does not install again."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GO = Path(__file__).parents[1] / "go.py"


def go(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "go.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Make a folder with the script and a project that has no dependencies, so that nothing is fetched."""
    shutil.copy(GO, tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "nothing"\nversion = "0"\n')
    return tmp_path


def test_usage_is_an_error_unless_asked_for(clone: Path) -> None:
    wrong, asked = go(clone, "fly"), go(clone, "--help")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert wrong.stderr == asked.stdout
    assert not (clone / ".venv").exists()


def test_a_failing_installation_says_which_step(clone: Path) -> None:
    (clone / "pyproject.toml").write_text('[project]\nname = "nothing"\n')  # PEP 621 wants a version
    done = go(clone, "install")
    assert done.returncode == 2
    assert "This failed with exit code" in done.stderr
    assert not (clone / ".venv" / "go-stamp.json").exists()


def test_an_installation_that_is_up_to_date_is_left_alone(clone: Path) -> None:
    module = _load(clone)
    python = Path(module["PYTHON"])
    python.parent.mkdir(parents=True)
    python.touch()
    stamp = clone / ".venv" / "go-stamp.json"
    stamp.write_text(json.dumps({"for": module["_fingerprint"](), "extras": ["test"]}))
    before = stamp.stat().st_mtime_ns
    module["install"](["test"])
    module["install"]([])
    assert stamp.stat().st_mtime_ns == before


def test_a_changed_project_is_installed_again(clone: Path) -> None:
    module = _load(clone)
    before = module["_fingerprint"]()
    (clone / "pyproject.toml").write_text('[project]\nname = "nothing"\nversion = "1"\n')
    after = module["_fingerprint"]()
    assert before[0] == after[0], "the environment can stay"
    assert before[1] != after[1]


def test_a_broken_stamp_counts_as_none(clone: Path) -> None:
    module = _load(clone)
    (clone / ".venv").mkdir()
    (clone / ".venv" / "go-stamp.json").write_text("{")
    assert module["_read_stamp"]() == {}


def _load(folder: Path) -> dict[str, Any]:
    """Return the script's names, its folder being ``folder``; nothing is run."""
    return runpy.run_path(str(folder / "go.py"), run_name="go")
