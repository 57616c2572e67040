"""The submission server, proven by the standard library's client."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import smtplib
import time
from typing import TYPE_CHECKING

import pytest

from fakes import smtp
from fakes.connection import Gone
from fakes.declare import Declaration, Mailbox, Service, Tenant
from fakes.directory import Directory
from fakes.server import listen_with, make_context
from tests.fakes.serving import ADDRESS, PASSWORD, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.connection import Connection
    from fakes.server import Context

OFFICE = Service(speaks="smtp", tls="starttls")
DOVECOT = Service(speaks="smtp", like="dovecot", tls="starttls")
LETTER = "From: {}\r\nTo: {}\r\nSubject: test\r\n\r\nhello\r\n"


@contextlib.contextmanager
def connected(served: Served, *, tls: bool = True) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(served.host, served.port) as client:
        if tls:
            client.starttls(context=served.context)
            client.ehlo()
        yield client


def without_tls() -> Context:
    declared = Declaration(mailbox=Mailbox(address=ADDRESS))
    service = Service(speaks="smtp")
    return make_context(service, "mail.example", Directory(declared, now=time.time), None, now=time.time)


def by_token(client: smtplib.SMTP, response: bytes) -> tuple[int, bytes]:
    return client.docmd("AUTH", "XOAUTH2 " + base64.b64encode(response).decode())


def test_the_list_of_extensions_is_that_of_exchange() -> None:
    with serving(OFFICE) as served, connected(served, tls=False) as client:
        code, banner = client.ehlo()
        assert code == 250
        assert b"Hello [127.0.0.1]" in banner
        assert not client.has_extn("AUTH")
        client.starttls(context=served.context)
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["LOGIN", "XOAUTH2"]
        assert client.esmtp_features["size"] == "157286400"
        assert not client.has_extn("STARTTLS")


def test_a_token_signs_in_with_and_without_an_initial_response() -> None:
    with serving(OFFICE) as served:
        with connected(served) as client:
            assert by_token(client, served.xoauth2()) == (235, b"2.7.0 Authentication successful")
            assert client.sendmail(ADDRESS, ["x@contoso.example"], LETTER.format(ADDRESS, "x@contoso.example")) == {}
        with connected(served) as client:
            assert client.docmd("AUTH", "xoauth2") == (334, b"")
            assert client.docmd(base64.b64encode(served.xoauth2()).decode())[0] == 235


def test_a_bad_token_is_refused_with_a_session_stamp() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        code, text = by_token(client, served.xoauth2(token="bad"))
        assert code == 535
        assert text.startswith(b"5.7.3 Authentication unsuccessful [mail.example 20")


def test_sending_as_somebody_else_is_denied_after_data() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        by_token(client, served.xoauth2())
        with pytest.raises(smtplib.SMTPDataError, match=r"5\.2\.252 SendAsDenied"):
            client.sendmail(ADDRESS, ["x@contoso.example"], LETTER.format("boss@contoso.example", "x"))


def test_without_a_sign_in_there_is_no_sending() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        assert client.mail(ADDRESS) == (530, b"5.7.57 Client not authenticated to send mail. [mail.example]")


@pytest.mark.parametrize(
    ("tenant", "mailbox", "text"),
    [
        (Tenant(smtp_auth=False), Mailbox(address=ADDRESS), b"disabled for the Tenant"),
        (Tenant(), Mailbox(address=ADDRESS, smtp_auth=False), b"disabled for the Mailbox"),
    ],
)
def test_the_switches_hold_for_tokens_too(tenant: Tenant, mailbox: Mailbox, text: bytes) -> None:
    with serving(OFFICE, Declaration(mailbox=mailbox, tenant=tenant)) as served, connected(served) as client:
        assert text in by_token(client, served.xoauth2())[1]
        served.directory.find(ADDRESS).smtp_auth = True  # type: ignore[union-attr]
        assert by_token(client, served.xoauth2())[0] == 235


def test_passwords_by_plain_and_login() -> None:
    with serving(DOVECOT) as served:
        for mechanism in ("auth_plain", "auth_login"):
            with connected(served) as client:
                client.user, client.password = ADDRESS, PASSWORD
                code, _ = client.auth(mechanism.removeprefix("auth_").upper(), getattr(client, mechanism))
                assert code == 235
        with connected(served) as client, pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(ADDRESS, "wrong")


def test_a_mechanism_that_is_not_offered_is_named() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        assert client.docmd("AUTH", "CRAM-MD5")[0] == 504
        by_token(client, served.xoauth2())
        assert client.docmd("AUTH", "LOGIN")[0] == 503


def test_what_is_sent_arrives_in_the_inbox_of_a_mailbox_here() -> None:
    with serving(DOVECOT) as served, connected(served) as client:
        client.login(ADDRESS, PASSWORD)
        assert client.sendmail(ADDRESS, [ADDRESS], LETTER.format(ADDRESS, ADDRESS)) == {}


def test_a_sign_in_can_be_given_up() -> None:
    with serving(OFFICE) as served, connected(served) as client:
        assert client.docmd("AUTH", "XOAUTH2")[0] == 334
        assert client.docmd("*")[0] == 501
        assert by_token(client, served.xoauth2())[0] == 235


def test_a_client_that_left_before_the_greeting_leaves_no_session_behind() -> None:
    context = without_tls()
    ends: list[type[Exception]] = []

    async def left(connection: Connection) -> None:
        connection.reset()
        try:
            await smtp.serve(connection, context)
        except Gone as end:
            ends.append(type(end))

    async def main() -> set[asyncio.Task[object]]:
        running = await listen_with(left, ("127.0.0.1", 0))
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        await running.close()
        return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert asyncio.run(main()) == set()
    assert ends == [Gone]


def test_a_session_that_is_given_up_takes_its_timer_and_its_task_along() -> None:
    context = without_tls()
    kept: list[asyncio.Task[None]] = []

    async def given_up(connection: Connection) -> None:
        before = asyncio.all_tasks()
        task = asyncio.ensure_future(smtp.serve(connection, context))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        kept.extend(one for one in asyncio.all_tasks() - before if not one.cancelling())

    async def main() -> None:
        running = await listen_with(given_up, ("127.0.0.1", 0))
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        await reader.read()
        writer.close()
        await running.close()

    asyncio.run(main())
    assert kept == []
