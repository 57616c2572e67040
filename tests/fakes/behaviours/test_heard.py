"""What was heard is said again, in each protocol, and the session goes on or ends as it did."""

from __future__ import annotations

import contextlib
import imaplib
import smtplib
import socket
from typing import TYPE_CHECKING, Literal

import pytest

from fakes.declare import Says, Service
from tests.fakes.serving import ADDRESS, PASSWORD, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def imap(says: Says) -> Iterator[imaplib.IMAP4_SSL]:
    """Bring a client to an IMAP server that says so."""
    with serving(Service(speaks="imap", like="dovecot", says=says)) as at:
        client = imaplib.IMAP4_SSL(at.host, at.port, ssl_context=at.context)
        try:
            yield client
        finally:
            client.shutdown()


def test_a_greeting_and_capabilities_of_somebody_else_are_those_of_a_working_server() -> None:
    with imap(Says(greeting="* OK {curly} Cyrus ready", capabilities=("IMAP4REV1", "X-ODD"))) as client:
        assert client.welcome == b"* OK {curly} Cyrus ready"
        assert {"X-ODD", "AUTH=PLAIN"} <= set(client.capabilities)
        assert client.login(ADDRESS, PASSWORD)[0] == "OK"


def test_a_refusal_is_given_in_its_own_words() -> None:
    with imap(Says(sign_in="NO not {today}")) as client, pytest.raises(imaplib.IMAP4.error, match=r"not \{today\}"):
        client.login(ADDRESS, PASSWORD)
    with imap(Says(mailbox="NO [NOPERM] closed")) as client:
        client.login(ADDRESS, PASSWORD)
        assert client.select() == ("NO", [b"[NOPERM] closed"])


@pytest.mark.parametrize(("speaks", "greeting"), [("pop3", "-ERR go away"), ("smtp", "554 5.7.1 not for you")])
def test_a_greeting_that_turns_away_ends_the_session(speaks: Literal["pop3", "smtp"], greeting: str) -> None:
    with serving(Service(speaks=speaks, like="dovecot", says=Says(greeting=greeting))) as at:
        assert all_of(at) == f"{greeting}\r\n".encode()


def all_of(at: Served) -> bytes:
    """Read all that a server says without being asked."""
    with (
        socket.create_connection((at.host, at.port), timeout=10) as raw,
        at.context.wrap_socket(raw, server_hostname=at.host) as client,
    ):
        return b"".join(iter(lambda: client.recv(4096), b""))


def test_a_challenge_comes_before_the_refusal() -> None:
    says = Says(sign_in="535 5.7.8 no", challenge='{"status":"401"}')
    with (
        serving(Service(speaks="smtp", like="gmail", says=says)) as at,
        smtplib.SMTP_SSL(at.host, at.port, context=at.context) as client,
    ):
        client.ehlo()
        code, text = client.docmd("AUTH", "XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIGIBAQ==")
        assert (code, text) == (334, b"eyJzdGF0dXMiOiI0MDEifQ==")
        assert client.docmd("") == (535, b"5.7.8 no")


@pytest.mark.parametrize("way", ["closing", "resetting"])
def test_a_session_can_stop_in_the_middle(way: Literal["closing", "resetting"]) -> None:
    with imap(Says(stops_at="mailbox", stops_by=way)) as client:
        client.login(ADDRESS, PASSWORD)
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            client.select()
