"""A fake service for a blocking client: an event loop in a thread, certificates, a token."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

from fakes.declare import Declaration, Mailbox, Service, Tenant, Token
from fakes.directory import Directory
from fakes.server import make_context, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.mail import Store

ADDRESS = "helpdesk@contoso.example"
PASSWORD = "correct horse"
HOST = "mail.example"
CA = trustme.CA()
LEAF = CA.issue_cert(HOST, "127.0.0.1")


@dataclass(frozen=True)
class Served:
    """Where to connect, and with what."""

    port: int
    context: ssl.SSLContext
    token: str
    directory: Directory
    stores: dict[str, Store]
    """The mail, by address; cleared, every mailbox is as new."""
    host: str = "127.0.0.1"

    def xoauth2(self, user: str = ADDRESS, token: str | None = None) -> bytes:
        """Return the SASL response before its base64."""
        return f"user={user}\x01auth=Bearer {token or self.token}\x01\x01".encode()


def server_context() -> ssl.SSLContext:
    """Return a context with a certificate for HOST and 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    LEAF.configure_cert(context)
    return context


def client_context() -> ssl.SSLContext:
    """Return a context that trusts the CA of these tests."""
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


@contextlib.contextmanager
def serving(service: Service, declaration: Declaration | None = None) -> Iterator[Served]:
    """Run ``service`` for the time of the block; passwords are accepted unless the declaration says otherwise."""
    declaration = declaration or Declaration(mailbox=Mailbox(address=ADDRESS), tenant=Tenant(basic_auth=True))
    directory = Directory(declaration, now=time.time)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        tls = None if service.tls == "none" else server_context()
        stores: dict[str, Store] = {}
        context = make_context(service, HOST, directory, tls, now=time.time, stores=stores)
        running = asyncio.run_coroutine_threadsafe(start(context), loop).result(10)
        try:
            yield Served(running.port, client_context(), directory.issue(Token()), directory, stores)
        finally:
            asyncio.run_coroutine_threadsafe(running.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
