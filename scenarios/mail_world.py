"""A running world as a test of any mail client needs it: places, a way to dial them, an account and a CA file.

``with`` runs it in a thread of its own, beside a client that blocks or another program; ``async with`` runs it in the
event loop of the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scenarios.build import emulate

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from fakes.stages.loopback import LoopbackStage
    from fakes.stages.netns.stage import NetnsStage
    from scenarios.build import Emulated
    from scenarios.model import Case

START, STOP = 30, 30
"""Seconds that a world in a thread may take to begin and to end; it takes a tenth of a second."""


class MailWorld:
    """The world of one case. Nothing in it is shared with any other, so tests may run at the same time."""

    def __init__(self, case: Case) -> None:
        """Prepare; nothing runs yet."""
        self.case = case
        self._stack = contextlib.AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.emulated: Emulated
        """The world with the check that its case describes."""
        self.ca_file: Path
        """PEM of what a client out of the box trusts; the world's certificates are right by it, where they are."""

    @property
    def stage(self) -> LoopbackStage | NetnsStage:
        """The stage that it is played on."""
        return self.emulated.stage

    @property
    def user(self) -> str:
        """The address of the mailbox."""
        return self.case.declaration.mailbox.address

    @property
    def password(self) -> str:
        """The password of the mailbox."""
        return self.case.declaration.mailbox.password

    @property
    def token(self) -> str | None:
        """The access token that the client holds, if any."""
        return self.emulated.held.token

    @property
    def places(self) -> dict[str, tuple[str, int]]:
        """Where each service of the world really is, by ``host:port``; without those that nobody can reach."""
        found = {}
        for place in self.case.declaration.services:
            host, _, port = place.rpartition(":")
            with contextlib.suppress(OSError):
                found[place] = self.where(host, int(port))
        return found

    def where(self, host: str, port: int) -> tuple[str, int]:
        """Say where a host of the world is really to be dialled.

        :raises OSError: what dialling it would end with.
        """
        refusal: OSError = socket.gaierror(socket.EAI_NONAME, f"no such name in this world: {host}")
        for address in self.stage.world.addresses(host):
            try:
                return self.emulated.settings.dial(address, port)
            except OSError as error:
                refusal = error
        raise refusal

    def dial(self, host: str, port: int, timeout: float | None = 10.0) -> socket.socket:
        """Return a socket connected as a client in this world would have it.

        :raises OSError: as the client would get it, also where a firewall drops the packets.
        """
        return socket.create_connection(self.where(host, port), timeout)

    def tls(self) -> ssl.SSLContext:
        """Return a client's context that trusts what a computer in this world trusts out of the box."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    async def __aenter__(self) -> Self:
        """Bring it up in this event loop."""
        try:
            self.emulated = await self._stack.enter_async_context(emulate(self.case))
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="maildiag-"))
            self.ca_file = Path(folder, "ca.pem")
            self.ca_file.write_text(self.emulated.held.public, encoding="ascii")
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take it down."""
        await self._stack.aclose()

    def __enter__(self) -> Self:
        """Bring it up in a thread of its own."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail world", daemon=True)
        self._thread.start()
        try:
            self._wait_for(self.__aenter__(), START)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Take it down, and the thread with it."""
        try:
            self._wait_for(self._stack.aclose(), STOP)
        finally:
            self._end()

    def _wait_for(self, what: Coroutine[None, None, object], seconds: float) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(what, self._loop).result(seconds)

    def _end(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP)
        self._loop.close()
