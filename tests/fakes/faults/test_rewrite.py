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
