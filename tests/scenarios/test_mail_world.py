"""A world beside a client that blocks, and in the event loop of a test."""

from __future__ import annotations

import asyncio
import poplib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from scenarios.load import load
from scenarios.mail_world import MailWorld

if TYPE_CHECKING:
    from pathlib import Path

FILTERED = """story: The firewall refuses POP3, and forbids submission.
world:
  like: dovecot
  but:
    path: [{firewall: {refuse: [995], prohibit: [587]}}]
expect: {state: broken}
"""


def test_a_client_that_blocks_reads_its_mail() -> None:
    with MailWorld(load("healthy/dovecot")) as world:
        address, port = world.where("mail.example.org", 995)
        assert world.places["mail.example.org:995"] == (address, port)
        with world.dial("mail.example.org", 995) as plain:
            encrypted = world.tls().wrap_socket(plain, server_hostname="mail.example.org")
            assert encrypted.recv(100).startswith(b"+OK")
            encrypted.close()
        context = world.tls()
        context.check_hostname = False  # it is dialled where it really is
        client = poplib.POP3_SSL(address, port, context=context)
        client.user(world.user)
        client.pass_(world.password)
        assert client.stat()[0] == 3
        client.quit()
        ca_file, threads = world.ca_file, threading.active_count()
    assert not ca_file.exists()
    assert threading.active_count() == threads - 1


def test_it_runs_in_the_loop_of_the_test() -> None:
    async def main() -> bytes:
        async with MailWorld(load("healthy/exchange-online")) as world:
            assert world.token is not None
            host = "outlook.office365.com"
            reader, writer = await asyncio.open_connection(
                *world.where(host, 993), ssl=world.tls(), server_hostname=host
            )
            line = await reader.readline()
            writer.transport.abort()
            return line

    assert asyncio.run(main()).startswith(b"* OK Microsoft Exchange")


def test_dialling_ends_as_the_world_has_it(tmp_path: Path) -> None:
    file = tmp_path / "filtered.yaml"
    file.write_text(FILTERED)
    with MailWorld(load(str(file))) as world:
        with pytest.raises(ConnectionRefusedError):
            world.dial("mail.example.org", 995)
        with pytest.raises(OSError, match="EHOSTUNREACH"):
            world.dial("mail.example.org", 587)
        with pytest.raises(socket.gaierror):
            world.dial("nowhere.example", 993)
        assert "mail.example.org:587" not in world.places
        assert "mail.example.org:993" in world.places


def test_a_world_that_cannot_begin_leaves_no_thread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = threading.active_count()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError), MailWorld(load("healthy/dovecot")):
        pass
    assert threading.active_count() == before
