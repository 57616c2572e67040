"""DSN, BINARYMIME and CHUNKING, by the standard library's client."""

from __future__ import annotations

import base64
import smtplib
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Service
from fakes.smtp_extensions import MOST_BYTES
from tests.fakes.serving import ADDRESS, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTER = f"From: {ADDRESS}\r\nTo: {ADDRESS}\r\n\r\nhello\r\n".encode()


@pytest.fixture
def client() -> Iterator[smtplib.SMTP]:
    with serving(Service(speaks="smtp", tls="starttls")) as served, smtplib.SMTP(served.host, served.port) as client:
        client.starttls(context=served.context)
        client.ehlo()
        response = base64.b64encode(served.xoauth2()).decode()
        assert client.docmd("AUTH", f"XOAUTH2 {response}")[0] == 235
        yield client


def bdat(client: smtplib.SMTP, data: bytes, last: str = "") -> tuple[int, bytes]:
    client.send(b"BDAT %d%b\r\n" % (len(data), last.encode()) + data)
    return client.getreply()


def begin(client: smtplib.SMTP) -> None:
    client.mail(ADDRESS, ["BODY=BINARYMIME"])
    client.rcpt(ADDRESS)


def test_a_message_comes_in_chunks(client: smtplib.SMTP) -> None:
    begin(client)
    assert bdat(client, LETTER[:10]) == (250, b"2.6.0 Chunk received OK, 10 octets")
    assert client.docmd("DATA")[0] == 503
    code, text = bdat(client, LETTER[10:], " LAST")
    assert (code, text[:10]) == (250, b"2.0.0 OK <")
    assert client.mail(ADDRESS)[0] == 250


def test_a_last_chunk_may_be_empty_and_a_reset_forgets_the_others(client: smtplib.SMTP) -> None:
    begin(client)
    bdat(client, b"rubbish")
    client.rset()
    begin(client)
    bdat(client, LETTER)
    assert bdat(client, b"", " LAST")[0] == 250


def test_a_chunk_out_of_turn_is_read_and_refused(client: smtplib.SMTP) -> None:
    assert bdat(client, b"QUIT\r\n")[0] == 503
    assert client.noop()[0] == 250
    assert client.docmd("BDAT", "x")[0] == 501


def test_a_chunk_that_is_too_large_ends_the_session(client: smtplib.SMTP) -> None:
    begin(client)
    client.send(b"BDAT %d\r\n" % (MOST_BYTES + 1))
    assert client.getreply()[0] == 552
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_delivery_reports_may_be_asked_for(client: smtplib.SMTP) -> None:
    assert client.mail(ADDRESS, ["RET=HDRS", "ENVID=abc", "AUTH=<>", "SIZE=100"])[0] == 250
    assert client.rcpt(ADDRESS, ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;{ADDRESS}"])[0] == 250
    client.rset()
    assert client.mail(ADDRESS, ["COLOUR=RED"])[0] == 555
