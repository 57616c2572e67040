"""The IMAP server, proven by the standard library's client."""

from __future__ import annotations

import contextlib
import imaplib
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Declaration, Mailbox, Service, Tenant
from tests.fakes.serving import ADDRESS, PASSWORD, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFICE = Service(speaks="imap")
LEGACY = Service(speaks="imap", like="exchange_online_legacy")
DOVECOT = Service(speaks="imap", like="dovecot")


@contextlib.contextmanager
def connected(served: Served) -> Iterator[imaplib.IMAP4_SSL]:
    client = imaplib.IMAP4_SSL(served.host, served.port, ssl_context=served.context)
    try:
        yield client
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            client.logout()
        with contextlib.suppress(OSError):
            client.shutdown()


@pytest.fixture(scope="module")
def office() -> Iterator[Served]:
    with serving(OFFICE) as served:
        yield served


def test_before_the_sign_in_only_oauth2_is_offered(office: Served) -> None:
    with connected(office) as client:
        assert client.welcome.startswith(b"* OK Microsoft Exchange IMAP4 service is ready. [")
        assert {"AUTH=XOAUTH2", "LOGINDISABLED", "SASL-IR"} <= set(client.capabilities)
        assert "AUTH=PLAIN" not in client.capabilities


def test_a_good_token_opens_the_mailbox(office: Served) -> None:
    with connected(office) as client:
        assert "AUTHENTICATE completed." in repr(client.authenticate("XOAUTH2", lambda _: office.xoauth2()))
        assert client.capability()[1][0].split().count(b"LOGINDISABLED") == 0
        assert client.select("INBOX")[1] == [b"3"]


@pytest.mark.parametrize(
    "response", [b"rubbish", b"user=a\x01auth=Bearer x\x01\x01", b"user=a\x01auth=Basic x\x01\x01"]
)
def test_a_bad_token_is_refused_without_a_challenge(office: Served, response: bytes) -> None:
    with connected(office) as client, pytest.raises(imaplib.IMAP4.error, match=r"AUTHENTICATE failed\."):
        client.authenticate("XOAUTH2", lambda _: response)


def test_a_password_is_refused_before_the_account_is_looked_at(office: Served) -> None:
    with connected(office) as client, pytest.raises(imaplib.IMAP4.error, match=r"Basic authentication is disabled\."):
        client.login("nobody@nowhere.example", "x")


def test_imap_off_is_said_at_once_by_the_newer_front_end() -> None:
    declaration = Declaration(mailbox=Mailbox(address=ADDRESS, imap=False))
    with serving(OFFICE, declaration) as served, connected(served) as client:
        with pytest.raises(imaplib.IMAP4.error, match="authenticated but not connected"):
            client.authenticate("XOAUTH2", lambda _: served.xoauth2())
        served.directory.find(ADDRESS).imap = True  # type: ignore[union-attr]
        assert client.authenticate("XOAUTH2", lambda _: served.xoauth2())[0] == "OK"


def test_imap_off_is_said_late_by_the_older_front_end() -> None:
    declaration = Declaration(mailbox=Mailbox(address=ADDRESS, imap=False))
    with serving(LEGACY, declaration) as served, connected(served) as client:
        assert client.authenticate("XOAUTH2", lambda _: served.xoauth2())[0] == "OK"
        with pytest.raises(imaplib.IMAP4.error, match=r"BAD.*authenticated but not connected"):
            client.select()


def test_after_too_many_bad_commands_it_hangs_up(office: Served) -> None:
    with connected(office) as client:
        for _ in range(4):
            client.send(b"x1 XNONSENSE\r\n")
        answers = [client.readline() for _ in range(6)]
    assert answers[:4] == [b"x1 BAD Command Error. 12\r\n"] * 4
    assert answers[4:] == [b"* BYE Connection closed. 14\r\n", b""]


def test_a_password_signs_in_at_dovecot_and_gets_the_right_refusal() -> None:
    with serving(DOVECOT) as served:
        with connected(served) as client:
            assert client.login(ADDRESS, PASSWORD) == ("OK", [b"LOGIN completed."])
        with connected(served) as client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(ADDRESS, "wrong")


def test_a_refused_token_is_challenged_where_the_server_is_known_for_it() -> None:
    with serving(Service(speaks="imap", like="gmail")) as served, connected(served) as client:
        seen: list[bytes] = []

        def answer(challenge: bytes) -> bytes:
            seen.append(challenge)
            return b"" if challenge else served.xoauth2(token="bad")

        with pytest.raises(imaplib.IMAP4.error, match="Invalid credentials"):
            client.authenticate("XOAUTH2", answer)
        assert b'"status": "400"' in seen[1]


def test_starttls_and_no_sign_in_before_it() -> None:
    service = Service(speaks="imap", like="dovecot", tls="starttls")
    with serving(service) as served:
        client = imaplib.IMAP4(served.host, served.port)
        assert {"STARTTLS", "LOGINDISABLED"} <= set(client.capabilities)
        client.starttls(served.context)
        assert "STARTTLS" not in client.capabilities
        assert client.login(ADDRESS, PASSWORD)[0] == "OK"
        client.logout()


def test_blocked_accounts_are_refused() -> None:
    declaration = Declaration(mailbox=Mailbox(address=ADDRESS, enabled=False), tenant=Tenant(basic_auth=True))
    with serving(DOVECOT, declaration) as served, connected(served) as client, pytest.raises(imaplib.IMAP4.error):
        client.login(ADDRESS, PASSWORD)


def test_verbs_that_are_not_announced_are_not_known() -> None:
    with serving(LEGACY) as served, connected(served) as client:
        client.authenticate("XOAUTH2", lambda _: served.xoauth2())
        with pytest.raises(imaplib.IMAP4.error, match=r"BAD.*Command Error\. 12"):
            client.xatom("ENABLE", "UTF8=ACCEPT")
        client.select()
        # The older front end announces MOVE after the sign-in only.
        assert client.uid("MOVE", "1", "Archive")[0] == "OK"


def test_a_password_by_the_mechanism_login() -> None:
    with serving(DOVECOT) as served, connected(served) as client:
        asked: list[bytes] = []

        def answer(challenge: bytes) -> bytes:
            asked.append(challenge)
            return (ADDRESS if len(asked) == 1 else PASSWORD).encode()

        assert client.authenticate("LOGIN", answer)[0] == "OK"
        assert asked == [b"Username:", b"Password:"]
