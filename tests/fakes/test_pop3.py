"""The POP3 server, proven by the standard library's client."""

from __future__ import annotations

import base64
import contextlib
import poplib
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Declaration, Mailbox, Service
from tests.fakes.serving import ADDRESS, PASSWORD, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFICE = Service(speaks="pop3")


@contextlib.contextmanager
def connected(served: Served) -> Iterator[poplib.POP3_SSL]:
    client = poplib.POP3_SSL(served.host, served.port, context=served.context)
    try:
        yield client
    finally:
        client.close()


def two_lines(client: poplib.POP3, response: bytes) -> bytes:
    """AUTH XOAUTH2 as Exchange wants it; the standard library has no such method."""
    client._putcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]
    assert client._getline()[0] == b"+ "  # type: ignore[attr-defined]
    client._putcmd(base64.b64encode(response).decode())  # type: ignore[attr-defined]
    answer: bytes = client._getresp()  # type: ignore[attr-defined]
    return answer


def test_the_newer_front_end_offers_oauth2_alone() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        assert client.welcome.startswith(b"+OK Microsoft Exchange POP3 server ready (tcpproxy/")
        assert client.capa() == {"TOP": [], "UIDL": [], "SASL": ["XOAUTH2"]}
        with pytest.raises(poplib.error_proto, match="Basic authentication is disabled"):
            client.user(ADDRESS)


def test_a_token_in_two_lines_signs_in_and_messages_can_be_read_and_deleted() -> None:
    with serving(OFFICE) as served:
        with connected(served) as client:
            assert two_lines(client, served.xoauth2()) == b"+OK User successfully authenticated."
            count, size = client.stat()
            assert count == 3
            assert size == sum(int(line.split()[1]) for line in client.list()[1])
            lines = client.retr(1)[1]
            assert b"." in lines
            assert b".." not in lines
            assert client.top(1, 0)[1][-1] == b""
            assert len({line.split()[1] for line in client.uidl()[1]}) == 3
            client.dele(1)
            client.rset()
            client.dele(2)
            client.quit()
        with connected(served) as client:
            two_lines(client, served.xoauth2())
            assert client.stat()[0] == 2


def test_a_token_in_one_line_is_a_protocol_error_and_the_end() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        with pytest.raises(poplib.error_proto, match=r"Protocol error\. Connection is closed\. 10"):
            client._shortcmd("AUTH XOAUTH2 " + base64.b64encode(served.xoauth2()).decode())  # type: ignore[attr-defined]
        with pytest.raises((poplib.error_proto, OSError)):
            client.noop()


def test_an_overlong_response_is_a_protocol_error() -> None:
    with (
        serving(OFFICE) as served,
        connected(served) as client,
        pytest.raises(poplib.error_proto, match="Protocol error"),
    ):
        two_lines(client, b"x" * 4000)


def test_a_bad_token_and_pop_switched_off_are_answered_alike() -> None:
    off = Declaration(mailbox=Mailbox(address=ADDRESS, pop=False))
    answers = []
    for declaration, token in ((None, "bad"), (off, None)):
        with serving(OFFICE, declaration) as served, connected(served) as client:
            with pytest.raises(poplib.error_proto) as refused:
                two_lines(client, served.xoauth2(token=token))
            answers.append(str(refused.value))
    assert answers[0] == answers[1]
    assert "Authentication failure: unknown user name or bad password." in answers[0]


def test_a_password_signs_in_where_it_may_and_only_then_mail_is_served() -> None:
    with serving(Service(speaks="pop3", like="dovecot", tls="starttls")) as served:
        client = poplib.POP3(served.host, served.port)
        assert "STLS" in client.capa()
        assert "USER" not in client.capa()
        with pytest.raises(poplib.error_proto):
            client.stat()
        client.stls(served.context)
        client.user(ADDRESS)
        assert client.pass_(PASSWORD) == b"+OK Logged in."
        with pytest.raises(poplib.error_proto, match="out of range"):
            client.retr(99)
        client.quit()


def test_a_password_by_the_mechanism_login() -> None:
    with serving(Service(speaks="pop3", like="dovecot")) as served, connected(served) as client:
        client._putcmd("AUTH LOGIN")  # type: ignore[attr-defined]
        for asked, answer in ((b"Username:", ADDRESS), (b"Password:", PASSWORD)):
            challenge = client._getline()[0]  # type: ignore[attr-defined]
            assert base64.b64decode(challenge.removeprefix(b"+ ")) == asked
            client._putcmd(base64.b64encode(answer.encode()).decode())  # type: ignore[attr-defined]
        assert client._getresp() == b"+OK Logged in."  # type: ignore[attr-defined]


def test_what_another_session_removes_can_still_be_read_here() -> None:
    with serving(Service(speaks="pop3", like="dovecot")) as served, connected(served) as one:
        one.user(ADDRESS)
        one.pass_(PASSWORD)
        with connected(served) as other:
            other.user(ADDRESS)
            other.pass_(PASSWORD)
            other.dele(1)
            other.quit()
        assert one.stat()[0] == 3
        assert one.retr(1)[0].startswith(b"+OK")
