"""``maildiag check`` through a real interceptor in front of real servers, in every position."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run
from tests.real import sslsplit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.peers import Peer, Peers

pytestmark = pytest.mark.real

FORTINET = {"C": "US", "L": "Sunnyvale", "O": "Fortinet", "OU": "Certificate Authority", "CN": "FG100FTK20001234"}
ATTEMPTS = 10
"""Interceptors that are started until one does not give up by itself."""
NOBODY = {"O": "Contoso", "CN": "Gateway CA"}
SIGN_IN = re.compile(rb"(?mi)^(?:\S+ )?(?:AUTH|AUTHENTICATE) (?:XOAUTH2|OAUTHBEARER)")
POSITIONS = [("imap", "imaps", False), ("pop3", "pop3s", False), ("imap", "imap", True), ("pop3", "pop3", True),
             ("smtp", "submission", True)]  # fmt: skip


@pytest.fixture(autouse=True)
def _need_sslsplit() -> None:
    reason = sslsplit.missing()
    if reason:
        pytest.skip(reason)


def check(peers: Peers, name: str, peer: Peer, *options: str) -> tuple[list[str], list[str]]:
    """Return the codes of the causes, and the products that they name."""
    result = run("check", peers.mailbox, f"--{name}", f"{peer.host}:{peer.port}", "--format", "json", *options)
    causes = json.loads(result.stdout)["verdict"]["causes"]
    return [cause["code"] for cause in causes], [cause["values"].get("product", "") for cause in causes]


def through(
    peers: Peers, name: str, place: str, folder: Path, *, starttls: bool
) -> tuple[tuple[list[str], list[str]], tuple[list[str], list[str]], bytes] | None:
    """Check through a new interceptor, without and with trust in its CA; None where it gave up by itself."""
    peer: Peer = getattr(peers, place)
    with sslsplit.sslsplit(folder, peer, starttls=starttls, subject=FORTINET) as tapped:
        token = folder / "token"
        token.write_text(peers.good_token)
        options = ["--connect-to", f"{peer.host}:{peer.port}:{tapped.address}:{tapped.port}",
                   "--token-file", str(token), "--tls", "starttls" if starttls else "implicit"]  # fmt: skip
        plain = check(peers, name, peer, *options)
        trusting = check(peers, name, peer, *options, "--cacert", str(folder / "ca.crt"))
        return None if tapped.gave_up else (plain, trusting, tapped.read())


@pytest.mark.parametrize(("name", "place", "starttls"), POSITIONS)
def test_a_product_is_named_and_reads_no_credential(
    oauth_peers: Peers, tmp_path: Path, name: str, place: str, starttls: bool
) -> None:
    tries = (through(oauth_peers, name, place, tmp_path / str(n), starttls=starttls) for n in range(ATTEMPTS))
    plain, trusting, read = next(found for found in tries if found is not None)
    assert plain == (["starttls/inspected" if starttls else "tls/intercepted"], ["FortiGate"])
    # Where its CA is trusted, the handshake succeeds, and the credential is kept back all the same.
    assert trusting == plain
    assert b"CAPA" in read or b"EHLO" in read
    assert not SIGN_IN.search(read)
    assert oauth_peers.good_token.encode() not in read


def test_an_unknown_ca_in_front_of_a_well_known_name_is_intercepted_too(oauth_peers: Peers, tmp_path: Path) -> None:
    with sslsplit.sslsplit(tmp_path / "sslsplit", oauth_peers.imaps, starttls=False, subject=NOBODY) as tapped:
        result = run(
            "check", oauth_peers.mailbox, "--imap", "outlook.office365.com:993", "--format", "json",
            "--connect-to", f"outlook.office365.com:993:{tapped.address}:{tapped.port}",
        )  # fmt: skip
    causes = json.loads(result.stdout)["verdict"]["causes"]
    # The sign-in host of this service belongs to the check too, and its name does not exist here.
    [found] = [cause for cause in causes if cause["subject"] == "outlook.office365.com:993"]
    assert found["code"] == "tls/intercepted"
    assert found["values"]["product"] == "unknown product"
    assert found["confidence"] == "certain"
