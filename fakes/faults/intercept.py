"""A device that ends TLS and begins it again: it reads everything, and shows the client a certificate of its own.

It knows as much of the mail protocols as it must: when STARTTLS has been accepted, both sides change to TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakes.connection import Distrusted, Gone
from fakes.ground import LOOPBACK, Ground
from fakes.server import listen_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.connection import Connection
    from fakes.server import Running

_ASKED = re.compile(rb"(?i)^(?:\S+ )?(?:STARTTLS|STLS)\r?$")
_ACCEPTED = re.compile(rb"(?i)^(?:220[ -]|\+OK|\S+ OK)")


@dataclass(slots=True)
class Device:
    """One interceptor in front of one server. ``at_once`` is whether TLS begins with the connection."""

    to: tuple[str, int]
    server_name: str
    speaks: str
    at_once: bool
    forged: ssl.SSLContext
    in_doubt: Callable[[], ssl.SSLContext]
    """What clients are shown in place of ``forged`` where the server's own certificate does not verify."""
    roots: str
    ground: Ground = LOOPBACK
    verifies: bool = True
    """False: it goes on to any server, and vouches for it. True: it ends what leads to one that does not verify.

    That, and the failure of its own handshake, is told once the client's handshake is complete, as devices do that
    would show a page in the server's place.
    """
    slow_start: float = 0.0
    """Seconds that pass after a ClientHello before anything is answered."""
    answers_first: bool = False
    """Whether the client is answered before the server is asked for its certificate."""
    read: bytearray = field(default_factory=bytearray)
    """What clients have sent inside TLS, in plaintext: what the device could misuse."""

    async def start(self) -> Running:
        """Listen."""
        return await listen_with(self._serve, self.ground.listen())

    async def _serve(self, client: Connection) -> None:
        if self.at_once:
            client.pause()
        try:
            server = await self.ground.dial(self.to)
        except OSError:
            client.reset()
            return
        try:
            if self.at_once or await self._until_tls(client, server):
                await self._both_sides(client, server)
        finally:
            server.close()

    async def _both_sides(self, client: Connection, server: Connection) -> None:
        """Change to TLS towards the server and towards the client, and pass on what is said."""
        context = ssl.create_default_context(cadata=self.roots)
        if not self.verifies:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        shown, goes_on = self.forged, True
        if self.answers_first:
            await client.start_tls(shown)
        try:
            await server.start_tls_as_client(context, self.server_name)
        except Distrusted:
            shown, goes_on = self.in_doubt(), False
        except Gone:
            goes_on = False
        await asyncio.sleep(self.slow_start)
        if not self.answers_first:
            await client.start_tls(shown)
        if not goes_on:
            return
        ways = [
            asyncio.ensure_future(self._pass(client, server, keep=True)),
            asyncio.ensure_future(self._pass(server, client, keep=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ways:
                task.cancel()
            server.close()  # before anything is awaited: this task may be cancelled too
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, source: Connection, target: Connection, *, keep: bool) -> None:
        with contextlib.suppress(Gone):
            while data := await source.read_some():
                if keep:
                    self.read += data
                await target.write(data)

    async def _until_tls(self, client: Connection, server: Connection) -> bool:
        """Pass lines on in plaintext until STARTTLS has been accepted; tell whether it was."""
        asked = asyncio.Event()

        async def up() -> None:
            with contextlib.suppress(Gone):
                while not asked.is_set():
                    line = await client.read_line()
                    if _ASKED.match(line):
                        client.pause()
                        asked.set()
                    await server.write(line + b"\r\n")

        upwards = asyncio.ensure_future(up())
        try:
            while True:
                line = await server.read_line()
                await client.write(line + b"\r\n")
                if asked.is_set() and _ACCEPTED.match(line):
                    return True
        finally:
            upwards.cancel()
            await asyncio.gather(upwards, return_exceptions=True)
