"""The real servers, seen by curl: an independent client of all three protocols that knows both token mechanisms."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.peers import Peer, Peers

pytestmark = [
    pytest.mark.real,
    pytest.mark.xdist_group("real"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]
LOGIN_DENIED = 67
"""curl's exit code for a refused sign-in."""
both = pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])


@both
def test_imap_takes_the_good_token(oauth_peers: Peers, mechanism: str) -> None:
    done = curl(oauth_peers, "imaps", oauth_peers.imaps, mechanism, oauth_peers.good_token, "/INBOX;MAILINDEX=1")
    assert done.returncode == 0, done.stderr
    assert "My printer does not answer" in done.stdout


@both
def test_imap_refuses_the_bad_token(oauth_peers: Peers, mechanism: str) -> None:
    done = curl(oauth_peers, "imaps", oauth_peers.imaps, mechanism, oauth_peers.bad_token, "/INBOX")
    assert done.returncode == LOGIN_DENIED, done.stderr


@both
def test_pop3_takes_the_good_token(oauth_peers: Peers, mechanism: str) -> None:
    done = curl(oauth_peers, "pop3s", oauth_peers.pop3s, mechanism, oauth_peers.good_token, "/1")
    assert done.returncode == 0, done.stderr
    assert "My printer does not answer" in done.stdout


@both
def test_submission_takes_the_good_token(oauth_peers: Peers, mechanism: str, tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.write_text("Subject: Re: My printer\r\n\r\nSwitch it off and on.\r\n")
    options = ["--mail-from", oauth_peers.mailbox, "--mail-rcpt", "customer@fabrikam.example"]
    options += ["--upload-file", str(mail), "--ssl-reqd"]
    done = curl(oauth_peers, "smtp", oauth_peers.submission, mechanism, oauth_peers.good_token, "", *options)
    assert done.returncode == 0, done.stderr


def curl(
    peers: Peers, scheme: str, peer: Peer, mechanism: str, token: str, path: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run curl; its exit code and what it wrote are the result."""
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--cacert", str(peers.ca_file)]
    command += ["--resolve", f"{peer.host}:{peer.port}:{peer.address}", "--user", f"{peers.mailbox}:"]
    command += ["--login-options", f"AUTH={mechanism}", "--oauth2-bearer", token, *options]
    return subprocess.run(
        [*command, f"{scheme}://{peer.host}:{peer.port}{path}"], capture_output=True, text=True, check=False
    )
