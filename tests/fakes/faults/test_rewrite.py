"""What devices on the way change, and what they leave alone."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from fakes.faults import rewrite
from fakes.server import listen_with

if TYPE_CHECKING:
    from fakes.connection import Connection

EHLO = b"250-mail.example\r\n250-STARTTLS\r\n250-SIZE 1\r\n250 HELP\r\n"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (EHLO, b"250-mail.example\r\n250-SIZE 1\r\n250 HELP\r\n"),
        (b"250-a\r\n250-SIZE 1\r\n250 STARTTLS\r\n", b"250-a\r\n250 SIZE 1\r\n"),
        (b"* CAPABILITY IMAP4rev1 STARTTLS IDLE\r\n", b"* CAPABILITY IMAP4rev1 IDLE\r\n"),
        (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", b"* OK [CAPABILITY IMAP4rev1] hi\r\n"),
        (b"+OK\r\nUIDL\r\nSTLS\r\n.\r\n", b"+OK\r\nUIDL\r\n.\r\n"),
        (b"220 mail.example\r\n", b"220 mail.example\r\n"),
        (b"\x16\x03\x03STARTTLS", b"\x16\x03\x03STARTTLS"),
    ],
)
def test_the_capability_is_deleted_and_nothing_else(said: bytes, left: bytes) -> None:
    assert rewrite.delete_starttls(said) == left


def test_masking_keeps_the_length() -> None:
    assert rewrite.mask_starttls(b"220 mail.example ESMTP\r\n") == b"220 ******************\r\n"
    assert rewrite.mask_starttls(EHLO) == EHLO.replace(b"STARTTLS", b"XXXXXXXA")
    assert rewrite.mask_command(b"STARTTLS\r\n") == b"XXXXXXXX\r\n"
    assert rewrite.mask_command(b"EHLO x\r\n") == b"EHLO x\r\n"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"STARTTLS\r\n", b"454 4.7.0 TLS not available due to temporary reason\r\n"),
        (b"a1 starttls\r\n", b"a1 NO TLS not available due to temporary reason\r\n"),
        (b"STLS\r\n", b"-ERR TLS not available due to temporary reason\r\n"),
    ],
)
def test_starttls_is_refused_in_the_words_of_each_protocol(said: bytes, answer: bytes) -> None:
    refused = rewrite.refuse_starttls(said)
    assert isinstance(refused, rewrite.Reply)
    assert refused == answer


def test_what_is_no_such_command_passes() -> None:
    for said in (b"EHLO me.example\r\n", b"a1 CAPABILITY\r\n", b"\x16\x03\x01STARTTLS\r\n"):
        assert not isinstance(rewrite.refuse_starttls(said), rewrite.Reply)
    assert isinstance(rewrite.refuse_ehlo(b"ehlo me\r\n"), rewrite.Reply)
    assert not isinstance(rewrite.refuse_ehlo(b"HELO me\r\n"), rewrite.Reply)


@pytest.mark.parametrize(
    ("said", "more"),
    [
        (b"220 2.0.0 SMTP server ready\r\n", b"250 injected\r\n"),
        (b"a1 OK Begin TLS negotiation now.\r\n", b"* OK injected\r\n"),
        (b"+OK Begin TLS negotiation.\r\n", b"+OK injected\r\n"),
        (b"220 mail.example ESMTP Postfix\r\n", b""),
        (b"* OK mail.example ready\r\n", b""),
        (b"+OK POP3 server ready\r\n", b""),
        (EHLO, b""),
    ],
)
def test_plaintext_is_written_behind_the_consent_to_starttls_alone(said: bytes, more: bytes) -> None:
    assert rewrite.inject_plaintext(said) == said + more


def test_what_a_device_answers_by_itself_the_server_never_hears() -> None:
    heard = bytearray()

    async def listening(connection: Connection) -> None:
        while data := await connection.read_some():
            heard.extend(data)
            await connection.write(b"250 ok\r\n")

    def client(port: int) -> tuple[bytes, bytes]:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            sock.sendall(b"EHLO me\r\n")
            refused = sock.recv(100)
            sock.sendall(b"HELO me\r\n")
            return refused, sock.recv(100)

    async def main() -> tuple[bytes, bytes]:
        server = await listen_with(listening, ("127.0.0.1", 0))
        device = await rewrite.relay((server.address, server.port), down=rewrite.unchanged, up=rewrite.refuse_ehlo)
        try:
            return await asyncio.to_thread(client, device.port)
        finally:
            await device.close()
            await server.close()

    assert asyncio.run(main()) == (b"500 5.5.1 Command unrecognized\r\n", b"250 ok\r\n")
    assert bytes(heard) == b"HELO me\r\n"


def test_a_device_passes_on_until_it_stops_the_connection() -> None:
    async def echo(connection: Connection) -> None:
        while data := await connection.read_some():
            await connection.write(data.upper())

    def client(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            sock.sendall(b"hello")
            received = sock.recv(100)
            sock.sendall(b"\x16\x03\x01")
            with pytest.raises(ConnectionResetError):
                sock.recv(100)
            return received

    async def main() -> bytes:
        server = await listen_with(echo, ("127.0.0.1", 0))
        device = await rewrite.relay(
            (server.address, server.port), down=rewrite.unchanged, up=rewrite.stop_client_hello
        )
        try:
            return await asyncio.to_thread(client, device.port)
        finally:
            await device.close()
            await server.close()

    assert asyncio.run(main()) == b"HELLO"
