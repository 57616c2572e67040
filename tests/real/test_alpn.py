"""What real servers do with an application protocol that is offered to them (ALPN, RFC 7301), as the tool reads it."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING

import pytest
import trustme

from diag.wire.hello import Alert, Answer, ServerHello, client_hello, read_answer
from tests.diag.cli.running import run
from tests.real.process import ENVIRONMENT, free_port, running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.peers import Peers

pytestmark = pytest.mark.real
HERE = "127.0.0.1"


def offer(port: int) -> Answer | None:
    sent = client_hello("TLSv1.2", "mail.example", random=bytes(range(32)), protocols=("imap", "http/1.1"))
    with socket.create_connection((HERE, port), timeout=10) as sock:
        sock.sendall(sent)
        data, answer = b"", None
        while answer is None and (more := sock.recv(4096)):
            data += more
            answer = read_answer(data)
        return answer


@pytest.mark.parametrize(
    ("knows", "chosen"),
    [(("-alpn", "imap"), "imap"), (("-alpn", "h2,http/1.1"), "http/1.1"), ((), None), (("-alpn", "smtp"), "alert")],
    ids=["IMAP", "HTTP", "nothing", "SMTP alone"],
)
def test_openssl_takes_ignores_or_refuses(tmp_path: Path, knows: tuple[str, ...], chosen: str | None) -> None:
    if shutil.which("openssl", path=ENVIRONMENT["PATH"]) is None:
        pytest.skip("openssl is not installed (Debian: openssl)")
    port = free_port(HERE)
    key = tmp_path / "key.pem"
    trustme.CA().issue_cert("mail.example").private_key_and_cert_chain_pem.write_to_path(str(key))
    command = ["openssl", "s_server", "-accept", f"{HERE}:{port}", "-cert", str(key), "-www", *knows]
    with running(command, ready="ACCEPT"):
        answer = offer(port)
    if chosen == "alert":
        assert answer == Alert(120, "no_application_protocol")
    else:
        assert isinstance(answer, ServerHello)
        assert (answer.version, answer.protocol) == ("TLSv1.2", chosen)


@pytest.mark.parametrize(("name", "place", "own"), [("imap", "imaps", "imap"), ("pop3", "pop3s", "pop3")])
def test_dovecot_is_asked_beside_a_sign_in_that_succeeds(
    oauth_peers: Peers, tmp_path: Path, name: str, place: str, own: str
) -> None:
    """Dovecot 2.3 ignores what 2.4 takes; either is as it should be."""
    peer = getattr(oauth_peers, place)
    token = tmp_path / "token"
    token.write_text(oauth_peers.good_token)
    result = run(
        "check", oauth_peers.mailbox, f"--{name}", f"{peer.host}:{peer.port}", "--format", "json", "--tls", "implicit",
        "--connect-to", f"{peer.host}:{peer.port}:{peer.address}:{peer.port}", "--token-file", str(token),
        "--cacert", str(oauth_peers.ca_file),
    )  # fmt: skip
    found = json.loads(result.stdout)
    assert found["verdict"]["state"] == "works"
    offers = [item["action"] for item in found["measurement"]["observations"] if item["action"]["kind"] == "tls-offer"]
    [asked] = [item for item in offers if item["protocols"]]
    assert (asked["protocols"], asked["accepted"]) == ([own, "http/1.1"], True)
    assert asked.get("alpn") in {None, own}
