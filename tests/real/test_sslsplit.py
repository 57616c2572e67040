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


@pytest.mark.parametrize(("name", "place", "starttls"), POSITIONS)
def test_a_product_is_named_and_reads_no_credential(
    oauth_peers: Peers, tmp_path: Path, name: str, place: str, starttls: bool
) -> None:
    peer: Peer = getattr(oauth_peers, place)
    token = tmp_path / "token"
    token.write_text(oauth_peers.good_token)
    with sslsplit.sslsplit(tmp_path, peer, starttls=starttls, subject=FORTINET) as tapped:
        options = ["--connect-to", f"{peer.host}:{peer.port}:{tapped.address}:{tapped.port}", "--token-file", str(token),
                   "--tls", "starttls" if starttls else "implicit"]  # fmt: skip
        assert check(oauth_peers, name, peer, *options) == (["tls/intercepted"], ["FortiGate"])
        # Not even where its CA is trusted: then the handshake succeeds, and the credential is kept back.
        trusting = ["--cacert", str(tmp_path / "ca.crt")]
        assert check(oauth_peers, name, peer, *options, *trusting) == (["tls/intercepted"], ["FortiGate"])
        assert not SIGN_IN.search(tapped.read())
        assert oauth_peers.good_token.encode() not in tapped.read()


def test_an_unknown_ca_in_front_of_a_well_known_name_is_intercepted_too(oauth_peers: Peers, tmp_path: Path) -> None:
    with sslsplit.sslsplit(tmp_path, oauth_peers.imaps, starttls=False, subject=NOBODY) as tapped:
        result = run(
            "check", oauth_peers.mailbox, "--imap", "outlook.office365.com:993", "--format", "json",
            "--connect-to", f"outlook.office365.com:993:{tapped.address}:{tapped.port}",
        )  # fmt: skip
    verdict = json.loads(result.stdout)["verdict"]
    assert [cause["code"] for cause in verdict["causes"]] == ["tls/intercepted"]
    assert verdict["causes"][0]["values"]["product"] == "unknown product"
    assert verdict["causes"][0]["confidence"] == "certain"
