"""The example of another project, installed and run as that project would, on several processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "example"
TESTS = 6


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the example, and put what it installs beside it."""
    folder = tmp_path_factory.mktemp("acme") / "project"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.parent)]
    subprocess.run(build, cwd=folder, capture_output=True, check=True)
    (wheel,) = folder.parent.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder.parent / "installed")
    shutil.rmtree(folder / "acme_mail")
    return folder


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(project.parent / "installed"), str(Path(__file__).parents[2])])
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    return subprocess.run(
        [sys.executable, *command], cwd=project, env={**environment, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_its_cases_and_tests_pass_on_several_processes_and_report_their_verdicts(project: Path) -> None:
    done = run(project, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", "--junitxml=report.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{TESTS} passed" in done.stdout
    cases = ET.parse(project / "report.xml").findall(".//testcase")  # noqa: S314  pytest wrote it
    assert len(cases) == TESTS
    told = {
        str(case.get("name")): {str(item.get("name")): item.get("value") for item in case.iter("property")}
        for case in cases
    }
    assert told["healthy"] == {"state": "works", "causes": ""}
    assert told["maintenance"] == {"state": "broken", "causes": "acme/maintenance"}


def test_its_finding_has_a_page_and_reaches_the_report(project: Path) -> None:
    code = "import sys; sys.argv = ['maildiag', *sys.argv[1:]]; from diag.cli import main; main()"
    shown = run(project, "-c", code, "check", "--in", "cases/acme/maintenance.yaml")
    assert shown.returncode == 1
    assert "BROKEN: mail.acme.example is under maintenance." in shown.stdout
    assert "The operator announces" in run(project, "-c", code, "explain", "acme/maintenance").stdout


def test_without_its_rule_the_case_fails_and_says_why(project: Path) -> None:
    """The entry points are what makes the difference."""
    bare = project.parent / "bare"
    shutil.copytree(project, bare / "project")
    done = run(bare / "project", "-m", "pytest", "-q", "-p", "no:cacheprovider", "cases/acme")
    assert done.returncode == 1
    assert "maintenance.yaml:10:12: " in done.stdout
    assert "acme/maintenance" in done.stdout


def test_the_readme_names_what_is_there() -> None:
    text = (EXAMPLE / "README.md").read_text()
    assert all((EXAMPLE / name).exists() for name in ("worlds/acme.yaml", "test_client.py", "acme_mail/probe.py"))
    assert text.count("`maildiag.") >= 3
