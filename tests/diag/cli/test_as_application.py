"""A check that signs in as the application itself, in worlds that know its secret or its certificate."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from fakes.organisation import CLIENT_ID
from scenarios.load import load
from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "helpdesk@contoso.example"
BY_SECRET, BY_CERTIFICATE = "healthy/signed-in-by-client-secret", "healthy/signed-in-by-certificate"
PEM = files("fakes.data").joinpath("client-certificate.pem").read_text("ascii")
GIVEN = ("check", ADDRESS, "--app-client-id", CLIENT_ID)


@pytest.fixture(autouse=True)
def no_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILDIAG_CLIENT_ID", raising=False)


def granted(output: str) -> list[str]:
    """Return how each token of a JSON report was obtained."""
    actions = [item["action"] for item in json.loads(output)["measurement"]["observations"]]
    return [action["method"] for action in actions if action["kind"] == "token-grant"]


@pytest.mark.parametrize("source", ["file", "environment"])
def test_a_check_signs_in_by_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    secret = load(BY_SECRET).declaration.application.secret
    assert secret
    (tmp_path / "secret").write_text(f"{secret}\n")
    monkeypatch.setenv("SECRET_OF_THE_APPLICATION", secret)
    options = {
        "file": ("--client-secret-file", str(tmp_path / "secret")),
        "environment": ("--client-secret-env", "SECRET_OF_THE_APPLICATION"),
    }
    found = run("check", "--in", BY_SECRET, *options[source], "--app-client-id", CLIENT_ID, "--format", "json")
    assert found.exit_code == 0, found.output
    assert granted(found.stdout) == ["client-secret"]
    assert secret not in found.output


def test_a_check_signs_in_by_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    found = run("check", "--in", BY_CERTIFICATE, "--certificate", str(tmp_path / "key.pem"), "--format", "json")
    assert (found.exit_code, granted(found.stdout)) == (0, ["client-certificate"]), found.output
    assert PEM.splitlines()[1] not in found.output


def test_a_wrong_secret_is_told_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("another-secret-than-that\n")
    found = run("check", "--in", BY_SECRET, "--client-secret-file", str(tmp_path / "secret"))
    assert (found.exit_code, "entra/secret-wrong" in found.stdout, "AADSTS7000215" in found.stdout) == (1, True, True)
    assert "another-secret" not in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", ADDRESS, "--client-secret-env", "IT"), "Give --app-client-id, or set MAILDIAG_CLIENT_ID"),
        ((*GIVEN, "--client-secret-env", "NOT_SET"), "there is no such environment variable"),
        ((*GIVEN, "--client-secret-file", "/nowhere"), "--client-secret-file /nowhere: No such file"),
        ((*GIVEN, "--certificate", "/nowhere"), "--certificate /nowhere: No such file"),
        ((*GIVEN, "--client-secret-env", "IT", "--certificate", "x"), "exclude each other: give one credential"),
        ((*GIVEN, "--client-secret-env", "IT", "--token-env", "IT"), "exclude each other: give one credential"),
        ((*GIVEN, "--client-secret-env", "IT", "--authority", "http://x"), "--authority: expected https://host"),
        (GIVEN, "--app-client-id is about an application that signs itself in"),
        (("check", ADDRESS, "--app-tenant", "contoso.example"), "--app-tenant is about an application"),
        (("check", ADDRESS, "--app-client-id", "the-app"), "expected a GUID"),
    ],
)
def test_what_does_not_fit_is_refused(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.setenv("IT", "canary")
    found = run(*arguments)
    assert (found.exit_code, message in " ".join(found.stderr.split())) == (2, True), found.output
    assert "canary" not in found.output


def test_the_application_can_be_named_once_for_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """It alone says nothing of how to sign in; with a proof it is the application whose proof that is."""
    monkeypatch.setenv("MAILDIAG_CLIENT_ID", "no-guid")
    monkeypatch.setenv("IT", "canary")
    found = run("check", ADDRESS, "--client-secret-env", "IT")
    assert (found.exit_code, "expected a GUID" in found.stderr) == (2, True)


def test_a_mailbox_of_a_fleet_signs_in_in_the_same_way(tmp_path: Path) -> None:
    """The name of the file is meant from where the fleet's file is."""
    secret = load(BY_SECRET).declaration.application.secret
    (tmp_path / "secret").write_text(f"{secret}\n")
    (tmp_path / "fleet.yaml").write_text(
        f"defaults: {{in: {BY_SECRET}, client-secret-file: secret}}\nmailboxes: {{{ADDRESS}: {{}}}}\n"
    )
    found = run("fleet", str(tmp_path / "fleet.yaml"))
    assert found.exit_code == 0, found.output


def test_a_watched_mailbox_signs_in_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IT", load(BY_SECRET).declaration.application.secret or "")
    found = run("watch", "--in", BY_SECRET, "--client-secret-env", "IT", "--times", "1", "--no-metrics")
    assert (found.exit_code, found.stdout.rstrip().endswith("UTC  works")) == (0, True), found.output
