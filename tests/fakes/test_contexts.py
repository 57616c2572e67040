"""Contexts speak what they are asked to speak."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from fakes.certificates import Certificates
from fakes.contexts import load, server_context
from fakes.declare import Service
from fakes.server import listen_with

if TYPE_CHECKING:
    from fakes.connection import Connection


@pytest.mark.parametrize(("versions", "lowest"), [(("TLSv1.2", "TLSv1.3"), "TLSv1_2"), (("TLSv1", "TLSv1.1"), "TLSv1")])
def test_versions_are_the_bounds(versions: tuple[str, ...], lowest: str) -> None:
    assert server_context(versions).minimum_version is ssl.TLSVersion[lowest]


def test_a_chain_in_memory_is_loaded() -> None:
    key, chain = Certificates(now=time.time).chain(Service(speaks="imap"), "mail.example")
    assert load(server_context(("TLSv1.3",)), key, chain).maximum_version is ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(
    ("taken", "offered", "chosen"),
    [
        (("imap",), ["imap", "http/1.1"], "imap"),
        (("http/1.1",), ["imap", "http/1.1"], "http/1.1"),
        ((), ["imap"], None),
    ],
)
def test_of_the_application_protocols_offered_one_that_is_known_is_taken(
    taken: tuple[str, ...], offered: list[str], chosen: str | None
) -> None:
    key, chain = Certificates(now=time.time).chain(Service(speaks="imap"), "mail.example")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_alpn_protocols(offered)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(down, up)
    answering = load(server_context(("TLSv1.2",), protocols=taken), key, chain).wrap_bio(up, down, server_side=True)
    for side in (asking, answering, asking):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert answering.selected_alpn_protocol() == chosen


def test_who_speaks_no_common_version_gets_the_alert() -> None:
    """OpenSSL as the client; asyncio by itself would only hang up (RFC 8446 section 6.2)."""
    service = Service(speaks="imap")
    key, chain = Certificates(now=time.time).chain(service, "mail.example")

    async def main() -> None:
        async def nothing(connection: Connection) -> None:
            await connection.start_tls(load(server_context(("TLSv1.3",)), key, chain))

        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        running = await listen_with(nothing, ("127.0.0.1", 0))
        try:
            await asyncio.open_connection(running.address, running.port, ssl=old, server_hostname="mail.example")
        finally:
            await running.close()

    with pytest.raises(ssl.SSLError) as refused:
        asyncio.run(main())
    assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"
