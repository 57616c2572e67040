"""``maildiag check`` against real servers: what it calls working works, and what is refused is refused for the reason given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.peers import Peer, Peers

pytestmark = pytest.mark.real


def check(
    peers: Peers, *options: str, starttls: bool = False, trust: bool = True
) -> tuple[int, dict[str, set[str]], str]:
    """Return the exit code, the causes by port's service, and the text of the verdict's state."""
    chosen = {"imap": peers.imap if starttls else peers.imaps, "pop3": peers.pop3 if starttls else peers.pop3s,
              "smtp": peers.submission}  # fmt: skip
    places = [part for name, peer in chosen.items() for part in _place(name, peer)]
    trusting = ["--cacert", str(peers.ca_file)] if trust else []
    tls = ["--tls", "starttls"] if starttls else []
    result = run("check", peers.mailbox, *places, *tls, *trusting, "--format", "json", *options)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    verdict = json.loads(result.stdout)["verdict"]
    causes: dict[str, set[str]] = {}
    for cause in verdict["causes"]:
        causes.setdefault(cause["subject"].partition(":")[0], set()).add(cause["code"])
    return result.exit_code, causes, verdict["state"]


def _place(name: str, peer: Peer) -> list[str]:
    return [f"--{name}", f"{peer.host}:{peer.port}", "--resolve", f"{peer.host}:{peer.port}:{peer.address}"]


def _file(folder: Path, text: str) -> str:
    path = folder / "secret"
    path.write_text(text + "\n")
    return str(path)


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("starttls", [True, False])
def test_a_good_token_works(oauth_peers: Peers, tmp_path: Path, mechanism: str, starttls: bool) -> None:
    token = _file(tmp_path, oauth_peers.good_token)
    outcome = check(oauth_peers, "--token-file", token, "--mechanism", mechanism, starttls=starttls)
    assert outcome == (0, {}, "works")


def test_a_refused_token_is_refused_everywhere(oauth_peers: Peers, tmp_path: Path) -> None:
    code, causes, state = check(oauth_peers, "--token-file", _file(tmp_path, oauth_peers.bad_token))
    assert (code, state) == (1, "broken")
    assert [*causes.values()] == [{"sign-in/refused-everywhere"}]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_password_works_where_it_is_taken(password_peers: Peers, tmp_path: Path, mechanism: str) -> None:
    password = _file(tmp_path, password_peers.password)
    names = ("imap", "smtp") if mechanism == "LOGIN" else ("imap", "pop3", "smtp")
    outcome = check(
        password_peers, "--password-file", password, "--mechanism", mechanism, "--protocols", ",".join(names)
    )
    assert outcome == (0, {}, "works")


def test_a_wrong_password_is_refused(password_peers: Peers, tmp_path: Path) -> None:
    code, causes, _ = check(password_peers, "--password-file", _file(tmp_path, "last years password"))
    assert code == 1
    assert [*causes.values()] == [{"sign-in/refused-everywhere"}]


def test_a_password_is_refused_where_no_mechanism_takes_it(oauth_peers: Peers, tmp_path: Path) -> None:
    code, causes, _ = check(oauth_peers, "--password-file", _file(tmp_path, oauth_peers.password))
    assert code == 1
    assert causes == {
        "imap.contoso.example": {"imap/basic-auth-disabled"},
        "pop.contoso.example": {"pop3/sign-in-refused"},  # this Dovecot announces USER all the same
        "smtp.contoso.example": {"smtp/basic-auth-disabled"},
    }


def test_without_the_ca_nobody_is_trusted_and_nothing_is_sent(oauth_peers: Peers, tmp_path: Path) -> None:
    token = _file(tmp_path, oauth_peers.good_token)
    code, causes, _ = check(oauth_peers, "--token-file", token, trust=False)
    assert code == 1
    assert {found for codes in causes.values() for found in codes} == {"tls/untrusted-root"}
    assert oauth_peers.good_token not in oauth_peers.log()


def test_without_a_credential_everything_up_to_the_sign_in_works(oauth_peers: Peers) -> None:
    assert check(oauth_peers) == (0, {}, "works")


def test_plaintext_and_tls_are_told_apart_on_real_ports(oauth_peers: Peers) -> None:
    plain = oauth_peers.imap
    options = [*_place("imap", plain), "--cacert", str(oauth_peers.ca_file), "--tls", "implicit", "--format", "json"]
    verdict = json.loads(run("check", oauth_peers.mailbox, *options).stdout)["verdict"]
    assert [cause["code"] for cause in verdict["causes"]] == ["tls/not-tls"]
