"""The real servers themselves, seen by the standard library's clients: a fault here is none of the tool's."""

from __future__ import annotations

import base64
import imaplib
import json
import poplib
import smtplib
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.real.sasl import FINISH, MECHANISMS

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.real.peers import Peer, Peers

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]
TIMEOUT = 10
"""Seconds for each answer."""
both = pytest.mark.parametrize("mechanism", MECHANISMS)


class TestImap:
    @both
    def test_a_good_token_opens_the_inbox(self, oauth_peers: Peers, mechanism: str) -> None:
        with imap(oauth_peers) as client:
            client.authenticate(mechanism, lambda _: MECHANISMS[mechanism](oauth_peers.mailbox, oauth_peers.good_token))
            assert client.select("INBOX", readonly=True) == ("OK", [b"1"])

    @both
    def test_a_refused_token_is_told_why_first(self, oauth_peers: Peers, mechanism: str) -> None:
        challenges: list[bytes] = []

        def answer(challenge: bytes) -> bytes:
            challenges.append(challenge)
            if len(challenges) == 1:
                return MECHANISMS[mechanism](oauth_peers.mailbox, oauth_peers.bad_token)
            return FINISH[mechanism]

        with imap(oauth_peers) as client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.authenticate(mechanism, answer)
        assert json.loads(challenges[1])["status"] == {"XOAUTH2": "401", "OAUTHBEARER": "invalid_token"}[mechanism]

    def test_starttls_comes_before_sign_in(self, oauth_peers: Peers) -> None:
        with imaplib.IMAP4(oauth_peers.imap.address, oauth_peers.imap.port, timeout=TIMEOUT) as client:
            assert "LOGINDISABLED" in client.capabilities
            client.starttls(trusting(oauth_peers, oauth_peers.imap))
            assert "AUTH=XOAUTH2" in client.capabilities
            assert "LOGINDISABLED" in client.capabilities

    def test_passwords_are_off(self, oauth_peers: Peers) -> None:
        with imap(oauth_peers) as client:
            assert "AUTH=PLAIN" not in client.capabilities
            with pytest.raises(imaplib.IMAP4.error):
                client.login(oauth_peers.mailbox, oauth_peers.password)

    def test_passwords_are_on(self, password_peers: Peers) -> None:
        with imap(password_peers) as client:
            assert "AUTH=PLAIN" in client.capabilities
            client.login(password_peers.mailbox, password_peers.password)
            assert client.select("INBOX", readonly=True) == ("OK", [b"1"])

    def test_a_wrong_password_is_refused(self, password_peers: Peers) -> None:
        with imap(password_peers) as client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(password_peers.mailbox, "guess")


class TestPop3:
    @both
    def test_a_good_token_counts_the_mail(self, oauth_peers: Peers, mechanism: str) -> None:
        with pop3(oauth_peers) as client:
            message = MECHANISMS[mechanism](oauth_peers.mailbox, oauth_peers.good_token)
            assert say(client, f"AUTH {mechanism} {base64.b64encode(message).decode()}").startswith(b"+OK")
            assert client.stat()[0] == 1

    def test_a_refused_token_is_an_error(self, oauth_peers: Peers) -> None:
        with pop3(oauth_peers) as client:
            message = MECHANISMS["XOAUTH2"](oauth_peers.mailbox, oauth_peers.bad_token)
            assert say(client, f"AUTH XOAUTH2 {base64.b64encode(message).decode()}").startswith(b"+ ")
            assert say(client, "").startswith(b"-ERR [AUTH]")

    def test_stls_comes_before_sign_in(self, password_peers: Peers) -> None:
        peer = password_peers.pop3
        client = poplib.POP3(peer.address, peer.port, timeout=TIMEOUT)
        try:
            with pytest.raises(poplib.error_proto):
                client.user(password_peers.mailbox)
            client.stls(trusting(password_peers, peer))
            client.user(password_peers.mailbox)
            client.pass_(password_peers.password)
            assert client.stat()[0] == 1
        finally:
            client.close()


class TestSubmission:
    @both
    def test_a_good_token_may_send(self, oauth_peers: Peers, mechanism: str) -> None:
        with smtp(oauth_peers) as client:
            sign_in(client, mechanism, oauth_peers, oauth_peers.good_token)
            assert client.mail(oauth_peers.mailbox)[0] == 250
            assert client.rset()[0] == 250

    @both
    def test_a_refused_token_may_not(self, oauth_peers: Peers, mechanism: str) -> None:
        with smtp(oauth_peers) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
                sign_in(client, mechanism, oauth_peers, oauth_peers.bad_token)
            assert caught.value.smtp_code == 535

    def test_a_password_may_send(self, password_peers: Peers) -> None:
        with smtp(password_peers) as client:
            client.login(password_peers.mailbox, password_peers.password)
            refused = client.sendmail(password_peers.mailbox, ["customer@fabrikam.example"], "Subject: Re\n\nThanks")
            assert refused == {}

    def test_nobody_may_send_without_sign_in(self, oauth_peers: Peers) -> None:
        with smtp(oauth_peers) as client:
            assert client.mail(oauth_peers.mailbox)[0] == 554

    def test_sign_in_needs_starttls(self, oauth_peers: Peers) -> None:
        peer = oauth_peers.submission
        with smtplib.SMTP(peer.address, peer.port, timeout=TIMEOUT) as client:
            client.ehlo()
            assert client.has_extn("starttls")
            assert not client.has_extn("auth")


def trusting(peers: Peers, peer: Peer) -> ssl.SSLContext:
    """Return a context that trusts the test authority alone; it checks the name of ``peer``, not where it really is."""

    class Named(ssl.SSLContext):
        def wrap_socket(self, sock: socket.socket, **_: object) -> ssl.SSLSocket:  # type: ignore[override]
            return super().wrap_socket(sock, server_hostname=peer.host)

    context = Named(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(peers.ca_file)
    return context


@contextmanager
def imap(peers: Peers) -> Iterator[imaplib.IMAP4_SSL]:
    """Connect to IMAP inside TLS."""
    context = trusting(peers, peers.imaps)
    with imaplib.IMAP4_SSL(peers.imaps.address, peers.imaps.port, ssl_context=context, timeout=TIMEOUT) as client:
        yield client


@contextmanager
def pop3(peers: Peers) -> Iterator[poplib.POP3_SSL]:
    """Connect to POP3 inside TLS."""
    context = trusting(peers, peers.pop3s)
    client = poplib.POP3_SSL(peers.pop3s.address, peers.pop3s.port, context=context, timeout=TIMEOUT)
    try:
        yield client
    finally:
        client.close()


def say(client: poplib.POP3, line: str) -> bytes:
    """Send ``line`` and return the answer: the library has no way to say AUTH."""
    client.sock.sendall(f"{line}\r\n".encode())
    answer: bytes = client.file.readline()
    return answer


@contextmanager
def smtp(peers: Peers) -> Iterator[smtplib.SMTP]:
    """Connect to submission and encrypt."""
    with smtplib.SMTP(peers.submission.address, peers.submission.port, timeout=TIMEOUT) as client:
        client.starttls(context=trusting(peers, peers.submission))
        client.ehlo()
        yield client


def sign_in(client: smtplib.SMTP, mechanism: str, peers: Peers, token: str) -> None:
    """Sign in with ``token``.

    :raises smtplib.SMTPAuthenticationError: refused.
    """
    messages = iter([MECHANISMS[mechanism](peers.mailbox, token), FINISH[mechanism]])

    def answer(_challenge: bytes | None = None, /) -> str:
        return next(messages).decode()

    client.auth(mechanism, answer)
