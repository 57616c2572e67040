"""The client under test, in worlds that are healthy and in worlds that are not."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.mail_world import MailWorld

HOST = "mail.acme.example"


class Client(imaplib.IMAP4_SSL):
    """Stands for the client that the company develops; all that it must offer is where to connect."""

    def __init__(self, world: MailWorld) -> None:
        """Connect to the server of ``world``."""
        self._world = world
        super().__init__(HOST, 993, ssl_context=world.tls())

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        return self._world.tls().wrap_socket(self._world.dial(HOST, 993, timeout), server_hostname=HOST)


def test_it_reads_mail(mail_world: Callable[[str], MailWorld]) -> None:
    with mail_world("cases/acme/healthy.yaml") as world, Client(world) as client:
        client.login(world.user, world.password)
        assert client.select() == ("OK", [b"3"])


def test_it_reports_a_server_that_is_down(mail_world: Callable[[str], MailWorld]) -> None:
    with mail_world("cases/acme/maintenance.yaml") as world, pytest.raises(ConnectionRefusedError):
        Client(world)


def test_it_trusts_nobody_without_a_reason(mail_world: Callable[[str], MailWorld]) -> None:
    """The cases that come with maildiag are worlds, too."""
    with mail_world("tls/self-signed") as world:
        place = next(place for place in world.places if place.endswith(":993"))
        host, _, port = place.rpartition(":")
        with world.dial(host, int(port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
            world.tls().wrap_socket(plain, server_hostname=host)


def test_a_client_of_asyncio_shares_its_loop_with_the_world(mail_world: Callable[[str], MailWorld]) -> None:
    async def main() -> bytes:
        async with mail_world("cases/acme/healthy.yaml") as world:
            address, port = world.where(HOST, 993)
            reader, writer = await asyncio.open_connection(address, port, ssl=world.tls(), server_hostname=HOST)
            greeting = await reader.readline()
            writer.transport.abort()
            return greeting

    assert asyncio.run(main()).startswith(b"* OK")
