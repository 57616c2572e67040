"""Signing in from the command line, in emulated worlds and with what a person may get wrong."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from diag.cli.token_store import VARIABLE, Kept, TokenStore
from fakes.organisation import CLIENT_ID
from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "helpdesk@contoso.example"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "tokens"))
    monkeypatch.delenv("MAILDIAG_CLIENT_ID", raising=False)
    return tmp_path / "tokens"


def test_a_sign_in_ends_with_a_token_that_is_nowhere_to_be_seen(folder: Path) -> None:
    result = run("authorize", "--in", "healthy/exchange-online", "--format", "json")
    assert result.exit_code == 0, result.output
    assert "Signed in as helpdesk@contoso.example: IMAP.AccessAsUser.All" in result.stderr
    assert json.loads(result.stdout)["verdict"]["state"] == "works"
    assert "eyJ" not in result.output
    assert not folder.exists()


@pytest.mark.parametrize("how", [["--device-code"], ["--protocols", "imap"], []])
def test_each_way_of_a_person_works(how: list[str]) -> None:
    result = run("authorize", "--in", "healthy/exchange-online", *how)
    assert result.exit_code == 0, result.output


def test_a_refusal_is_told_by_its_number() -> None:
    result = run("authorize", "--in", "entra/policy-blocks")
    assert result.exit_code == 1
    assert "entra/policy-blocks" in result.stdout
    assert "AADSTS53003" in result.stdout
    assert "Signed in" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give the mailbox's ADDRESS"),
        (["no address"], "is no mail address"),
        ([ADDRESS], "Application (client) ID"),
        ([ADDRESS, "--client-id", CLIENT_ID, "--device-code", "--certificate", "f"], "exclude each other"),
        (
            [ADDRESS, "--client-id", CLIENT_ID, "--authority", "http://login.example"],
            "--authority: expected https://host",
        ),
        ([ADDRESS, "--client-id", CLIENT_ID, "--certificate", "/nowhere"], "--certificate /nowhere"),
        ([ADDRESS, "--client-id", CLIENT_ID, "--client-secret-env", "NOT_SET"], "no such environment variable"),
        ([ADDRESS, "--client-id", "the-app"], "expected a GUID"),
        ([ADDRESS, "--client-id", CLIENT_ID, "--save", "-"], "cannot share standard output"),
        (["--forget"], "Give the mailbox's ADDRESS"),
        (["--forget", "--in", "healthy/exchange-online"], "--forget needs the ADDRESS"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_done(arguments: list[str], message: str) -> None:
    result = run("authorize", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_that_nothing_can_be_kept_is_said_before_anybody_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nobody does, since the sign-in service is not there."""
    monkeypatch.setitem(sys.modules, "msal_extensions", None)
    nowhere = (
        "--connect-to",
        "login.microsoftonline.com:443:127.0.0.1:1",
        "--name-server",
        "127.0.0.1:1",
        "--no-browser",
    )
    warning = "Warning: the token will not be kept: tokens are kept by an extra of this tool"
    signs_in = run("authorize", ADDRESS, "--client-id", CLIENT_ID, *nowhere)
    assert signs_in.stderr.startswith(warning), signs_in.output
    assert "Open this page" not in signs_in.stderr
    emulated = run("authorize", "--in", "healthy/exchange-online")
    assert warning not in emulated.stderr


def test_an_application_is_told_how_a_check_signs_in_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("8f2~canary-of-the-application\n")
    result = run("authorize", "--in", "healthy/signed-in-by-client-secret",
                 "--client-secret-file", str(tmp_path / "secret"))  # fmt: skip
    assert result.exit_code == 1, result.output
    assert "entra/secret-wrong" in result.stdout
    assert "canary" not in result.output


def test_tokens_are_forgotten(folder: Path) -> None:
    assert "No tokens are kept" in run("authorize", ADDRESS, "--forget").output
    TokenStore(ADDRESS).save(Kept(client_id="a", authority="b", scopes=(), cache="c"))
    assert "are removed" in run("authorize", ADDRESS, "--forget").output
    assert not TokenStore(ADDRESS).exists
    assert folder.exists()


def test_whose_token_it_is_is_told_where_somebody_else_signed_in() -> None:
    result = run("authorize", "--in", "token/signed-in-as-another")
    assert result.exit_code == 0, result.output
    assert "belongs to anna@contoso.example, not to helpdesk@contoso.example" in " ".join(result.stdout.split())
    own = run("authorize", "--in", "healthy/exchange-online")
    assert "belongs to" not in own.stdout


ONLY_IMAP = """\
story: The directory has consent for IMAP alone.
world:
  like: exchange-online
  but: {application: {user_consent: [], admin_consent: [IMAP.AccessAsUser.All, offline_access]}}
check: {authorize: code}
expect: {state: works}
"""


@pytest.mark.parametrize(
    ("scopes", "protocols", "codes"),
    [
        ("https://graph.microsoft.com/User.Read", [], ["token/wrong-resource"]),
        ("https://graph.microsoft.com/IMAP.AccessAsUser.All", [], ["token/wrong-resource"]),
        ("https://outlook.office.com/IMAP.AccessAsUser.All", [], []),
        (
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            ["--protocols", "imap,smtp"],
            ["token/permission-missing"],
        ),
    ],
)
def test_a_token_that_fetches_no_mail_is_no_success(
    scopes: str, protocols: list[str], codes: list[str], tmp_path: Path
) -> None:
    case = tmp_path / "case.yaml"
    case.write_text(ONLY_IMAP if protocols else ONLY_IMAP.replace("[IMAP", "[User.Read, IMAP"))
    found = run("authorize", "--in", str(case), "--scopes", scopes, *protocols, "--format", "json")
    assert [cause["code"] for cause in json.loads(found.stdout)["verdict"]["causes"]] == codes, found.output
    assert found.exit_code == bool(codes)


def test_a_national_cloud_is_asked_for_its_own_scopes(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text(
        "story: The cloud of the US government.\n"
        "world:\n  like: exchange-online\n  but:\n    tenant: {cloud: microsoftonline.us}\n"
        "    names: {login.microsoftonline.us: {a: [20.140.232.5]}}\n"
        "    services: {'login.microsoftonline.us:443': {speaks: http, serves: entra}}\n"
        "check: {authorize: code}\nexpect: {state: works}\n"
    )
    saved = tmp_path / "saved.json"
    run("authorize", "--in", str(case), "--authority", "https://login.microsoftonline.us", "--save", str(saved))
    actions = [item["action"] for item in json.loads(saved.read_text())["observations"]]
    scopes = next(action["scopes"] for action in actions if action["kind"] == "token-grant")
    assert scopes[0] == "https://outlook.office365.us/IMAP.AccessAsUser.All"
    worldwide = run("authorize", "--in", str(case))
    assert "entra/another-cloud" in worldwide.stdout, worldwide.output
