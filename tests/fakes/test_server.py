"""Listening and closing; and curl, an independent client, at all three protocols with both OAuth2 mechanisms."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Declaration, Mailbox, Service
from fakes.directory import Directory
from fakes.server import make_context, start
from tests.fakes.serving import ADDRESS, CA, HOST, PASSWORD, Served, serving

if TYPE_CHECKING:
    from pathlib import Path

DECLARATION = Declaration(mailbox=Mailbox(address=ADDRESS))
CURL = shutil.which("curl")


def test_unknown_names_are_refused_with_what_is_known() -> None:
    directory = Directory(DECLARATION, now=time.time)
    for service, words in (
        (Service(speaks="imap", like="exchange"), "exchange_online_2026"),
        (Service(speaks="imap", behaves=("sleepy",)), "silent"),
    ):
        with pytest.raises(ValueError, match=words):
            make_context(service, HOST, directory, None, now=time.time)


def test_closing_ends_sessions_that_are_open() -> None:
    async def main() -> bytes:
        service = Service(speaks="imap", tls="none")
        context = make_context(service, HOST, Directory(DECLARATION, now=time.time), None, now=time.time)
        running = await start(context)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        await reader.readline()
        await running.close()
        rest = await reader.read()
        writer.close()
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", running.port)):
            pass
        return rest

    assert asyncio.run(main()) == b""


def curl(served: Served, tmp_path: Path, scheme: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    ca_file = tmp_path / "ca.pem"
    CA.cert_pem.write_to_path(ca_file)
    url = f"{scheme}://{HOST}:{served.port}"
    command = ["curl", "-sS", "--cacert", ca_file, "--resolve", f"{HOST}:{served.port}:127.0.0.1", *options, url]
    return subprocess.run(command, capture_output=True, timeout=30, check=False)  # type: ignore[arg-type]


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize(
    ("speaks", "scheme", "tls"),
    [("imap", "imaps", "implicit"), ("pop3", "pop3s", "implicit"), ("smtp", "smtp", "starttls")],
)
def test_curl_signs_in_by_token(tmp_path: Path, mechanism: str, speaks: str, scheme: str, tls: str) -> None:
    service = Service(speaks=speaks, like="dovecot", tls=tls, mechanisms=(mechanism,))  # type: ignore[arg-type]
    letter = tmp_path / "letter"
    letter.write_text(f"From: {ADDRESS}\r\nTo: {ADDRESS}\r\nSubject: x\r\n\r\nhello\r\n")
    sending = (
        ("--ssl-reqd", "--mail-from", ADDRESS, "--mail-rcpt", ADDRESS, "-T", str(letter)) if speaks == "smtp" else ()
    )
    with serving(service) as served:
        good = curl(served, tmp_path, scheme, "--user", ADDRESS, "--oauth2-bearer", served.token, *sending)
        bad = curl(served, tmp_path, scheme, "--user", ADDRESS, "--oauth2-bearer", "bad", *sending)
    assert (good.returncode, good.stderr) == (0, b"")
    assert bad.returncode == 67, "curl's own code for a refused sign-in"


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_curl_fetches_and_deletes_over_imap(tmp_path: Path) -> None:
    with serving(Service(speaks="imap", like="dovecot")) as served:
        user = ("--user", f"{ADDRESS}:{PASSWORD}")
        listed = curl(served, tmp_path, "imaps", *user)
        assert b'"INBOX"' in listed.stdout
        examined = curl(served, tmp_path, "imaps", *user, "-X", "EXAMINE INBOX")
        assert b"3 EXISTS" in examined.stdout
