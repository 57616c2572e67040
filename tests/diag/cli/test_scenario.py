"""Worlds at the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


def test_scenarios_are_listed_run_and_described() -> None:
    assert "healthy/gmail\n" in run("scenario", "list", "gmail").output
    result = run("scenario", "run", "healthy/gmail", "tls/self-signed")
    assert result.exit_code == 0
    assert "2 of 2 scenarios hold" in result.output
    assert json.loads(run("scenario", "schema").output)["title"] == "CaseFile"
    assert json.loads(run("analyse", "--schema").output)["title"] == "Measurement"


def test_a_scenario_that_does_not_hold_is_an_error_with_its_line(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text(
        "story: wrong on purpose\nworld: {like: gmail}\nexpect:\n  state: broken\n  causes: [tls/self-signed]\n"
    )
    result = run("scenario", "run", str(case))
    assert result.exit_code == 1
    assert f"{case}:3: wrong on purpose" in result.output
    assert "causes: tls/self-signed is missing" in result.output
    assert "state: expected broken, found works" in result.output


def test_a_folder_of_own_scenarios_is_listed_and_played_by_its_folders(tmp_path: Path) -> None:
    for folder, name in (("proxy", "one"), ("proxy", "two"), ("lines", "three")):
        (tmp_path / folder).mkdir(exist_ok=True)
        file = tmp_path / folder / f"{name}.yaml"
        file.write_text(f"story: Case {name}.\nworld: {{like: dovecot}}\nexpect: {{state: works}}\n")
    assert "Case three." in run("scenario", "list", str(tmp_path)).output
    lines = run("scenario", "run", str(tmp_path)).output.splitlines()
    assert [line.split()[:3] for line in lines[1:3]] == [["lines", "1", "1"], ["proxy", "2", "2"]]
    assert lines[3].startswith("3 of 3 scenarios hold")


def test_what_is_no_scenario_is_told_without_a_line(tmp_path: Path) -> None:
    assert "Error: nix/: there is no scenario of this name" in run("scenario", "run", "nix/").stderr
    assert "no scenario (*.yaml) below this folder" in run("scenario", "run", str(tmp_path)).stderr


def test_an_unknown_finding_is_met_with_the_nearest_ones_and_no_more(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("story: S\nworld: {like: dovecot}\nexpect: {state: broken, causes: [tls/intercepte]}\n")
    told = run("scenario", "run", str(file)).stderr
    assert "unknown finding 'tls/intercepte' (did you mean 'tls/intercepted'" in told
    assert "'maildiag explain' lists them all" in told
    assert len(told) < 500


def test_each_command_is_told_in_a_whole_line() -> None:
    commands = run("scenario", "--help").output.partition("Commands:")[2]
    assert "serve" in commands
    assert "..." not in commands


def test_a_saved_measurement_becomes_a_scenario_that_fails_in_the_same_way(tmp_path: Path) -> None:
    saved, case = tmp_path / "measurement.json", tmp_path / "case.yaml"
    assert run("check", "--in", "smtp/auth-disabled-for-tenant", "--save", str(saved)).exit_code == 1
    result = run("scenario", "record", str(saved), "-o", str(case))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Played: broken, the verdict of the measurement." in result.stderr
    assert run("scenario", "run", str(case)).exit_code == 0
    assert run("scenario", "record", str(saved), "--no-play").stdout == case.read_text()


def test_what_is_no_measurement_cannot_be_recorded(tmp_path: Path) -> None:
    for name, content, words in (
        ("not.json", b"{}", "not.json"),
        ("not.zip", b"PK\x03\x04 and nothing else", "expected a bundle of check --bundle"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        result = run("scenario", "record", str(file))
        assert result.exit_code == 2
        assert words in result.stderr
