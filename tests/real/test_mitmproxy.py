"""``maildiag check`` through mitmproxy in front of real servers, in every position that it can hold."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.diag.cli.running import run
from tests.real import mitmproxy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.peers import Peer, Peers

pytestmark = pytest.mark.real

SIGN_IN = re.compile(rb"(?i)(AUTH|AUTHENTICATE) (XOAUTH2|OAUTHBEARER)")
POSITIONS = [("imap", "imaps", True), ("pop3", "pop3s", True)]
"""Where TLS begins at once: of STARTTLS mitmproxy understands nothing (its issue 4215)."""


@pytest.fixture(autouse=True)
def _need_mitmproxy() -> None:
    reason = mitmproxy.missing()
    if reason:
        pytest.skip(reason)


def check(peers: Peers, name: str, peer: Peer, tapped: mitmproxy.Tapped, token: Path, *options: str) -> dict[str, Any]:
    token.write_text(peers.good_token)
    result = run(
        "check", peers.mailbox, f"--{name}", f"{peer.host}:{peer.port}", "--format", "json", "--token-file", str(token),
        "--connect-to", f"{peer.host}:{peer.port}:{tapped.address}:{tapped.port}", *options,
    )  # fmt: skip
    assert result.stdout, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def causes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(cause["code"], cause["values"].get("product", "")) for cause in found["verdict"]["causes"]]


@pytest.mark.parametrize(("name", "place", "tls"), POSITIONS)
def test_it_is_named_and_reads_no_credential(
    oauth_peers: Peers, tmp_path: Path, name: str, place: str, tls: bool
) -> None:
    peer: Peer = getattr(oauth_peers, place)
    with mitmproxy.mitmproxy(tmp_path / "mitmproxy", peer, tls=tls) as tapped:
        token = tmp_path / "token"
        plain = check(oauth_peers, name, peer, tapped, token)
        trusting = check(oauth_peers, name, peer, tapped, token, "--cacert", str(tapped.authority))
    assert causes(plain) == [("tls/intercepted", "mitmproxy")]
    # Where its CA is trusted, the handshake succeeds, and the credential is kept back all the same.
    assert causes(trusting) == causes(plain)
    assert "made to order" in plain["verdict"]["causes"][0]["values"]["signs"]
    assert not SIGN_IN.search(tapped.read())
    assert oauth_peers.good_token.encode() not in tapped.read()


def test_who_insists_is_read(oauth_peers: Peers, tmp_path: Path) -> None:
    with mitmproxy.mitmproxy(tmp_path / "mitmproxy", oauth_peers.imaps) as tapped:
        found = check(oauth_peers, "imap", oauth_peers.imaps, tapped, tmp_path / "token", "--sign-in-anyway")
    assert ("tls/intercepted", "mitmproxy") in causes(found)
    assert SIGN_IN.search(tapped.read())


def test_where_it_only_passes_bytes_on_nobody_is_blamed(oauth_peers: Peers, tmp_path: Path) -> None:
    with mitmproxy.mitmproxy(tmp_path / "mitmproxy", oauth_peers.submission, tls=False) as tapped:
        found = check(
            oauth_peers, "smtp", oauth_peers.submission, tapped, tmp_path / "token", "--tls", "starttls",
            "--cacert", str(oauth_peers.ca_file),
        )  # fmt: skip
    assert causes(found) == []
    assert found["verdict"]["state"] == "works"
