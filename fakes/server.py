"""Listening: one declared service becomes a real server on a real port."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakes.behaviours import Behaviours, heard
from fakes.connection import LONGEST_LINE, Connection, Gone
from fakes.ground import BACKLOG, LOOPBACK, Ground
from fakes.mail import Store, utc
from fakes.personalities import Personality, load

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Awaitable, Callable

    from fakes.declare import Service
    from fakes.directory import Directory


@dataclass(slots=True)
class Context:
    """What the sessions of one service share."""

    service: Service
    host: str
    directory: Directory
    personality: Personality
    behaviours: Behaviours
    tls: ssl.SSLContext | None
    now: Callable[[], float]
    stores: dict[str, Store] = field(default_factory=dict)
    reach: Callable[[str, int], tuple[str, int]] = lambda host, port: (host, port)
    """Where a proxy has to dial for a host, by name or address, and a port; raises OSError where there is no way."""
    ground: Ground = LOOPBACK
    """Where a proxy dials from."""
    passed: list[tuple[str, int]] = field(default_factory=list)
    """What a proxy has passed on, for tests."""

    def store(self, address: str) -> Store:
        """Return the mail of a mailbox, filled when it is first opened."""
        key = address.lower()
        if key not in self.stores:
            box = self.directory.find(key)
            self.stores[key] = Store(address, box.messages if box else 0, utc(self.now()))
        return self.stores[key]


TURNS = 3
"""Turns of the event loop after which a connection that was being accepted while a server closed has its session."""


class Running:
    """A listening service."""

    def __init__(self, server: asyncio.Server, tasks: set[asyncio.Task[None]]) -> None:
        """Hold the listener and the sessions."""
        self._server = server
        self._tasks = tasks
        self.address: str
        self.address, self.port = server.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Stop listening and end every session."""
        self._server.close()
        for _ in range(TURNS):
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)  # lets aborted transports go


async def start(context: Context, *, listen: tuple[str, int] | socket.socket = ("127.0.0.1", 0)) -> Running:
    """Listen for the service of ``context`` at ``listen``, port 0 for any, or on a listening socket.

    :raises OSError: the port is taken.
    """
    sessions: dict[str, Callable[[Connection, Context], Awaitable[None]]] = {
        "imap": _imap,
        "pop3": _pop3,
        "smtp": _smtp,
        "http": _http,
        "http-proxy": _http_proxy,
        "socks5-proxy": _socks_proxy,
    }
    return await listen_with(lambda connection: _serve(connection, context, sessions[context.service.speaks]), listen)


async def listen_with(
    serve: Callable[[Connection], Awaitable[None]], listen: tuple[str, int] | socket.socket
) -> Running:
    """Accept connections and give each to ``serve``, in a task of its own that ends with the server."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(connection: Connection) -> None:
        with contextlib.suppress(Gone, asyncio.CancelledError, ConnectionError):
            await serve(connection)
        with contextlib.suppress(asyncio.CancelledError):
            await connection.hang_up()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(handle(Connection(reader, writer)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        # Also where the task is cancelled before it has begun.
        task.add_done_callback(lambda _: writer.transport.abort())

    sock = LOOPBACK.listen(*listen) if isinstance(listen, tuple) else listen
    server = await asyncio.start_server(accept, sock=sock, limit=LONGEST_LINE, backlog=BACKLOG, start_serving=False)
    try:
        await server.start_serving()
    except BaseException:  # given up
        server.close()
        raise
    return Running(server, tasks)


async def _serve(
    connection: Connection, context: Context, session: Callable[[Connection, Context], Awaitable[None]]
) -> None:
    if not await context.behaviours.go_on("accept", connection):
        return
    if context.service.tls == "implicit" and context.tls is not None:
        await connection.start_tls(context.tls)
    if await context.behaviours.go_on("greet", connection):
        await session(connection, context)


async def _imap(connection: Connection, context: Context) -> None:
    from fakes.imap import ImapSession

    await ImapSession(connection, context).run()


async def _pop3(connection: Connection, context: Context) -> None:
    from fakes.pop3 import Pop3Session

    await Pop3Session(connection, context).run()


async def _smtp(connection: Connection, context: Context) -> None:
    from fakes.smtp import serve

    await serve(connection, context)


async def _http(connection: Connection, context: Context) -> None:
    from fakes.web import serve

    await serve(connection, context)


async def _http_proxy(connection: Connection, context: Context) -> None:
    from fakes.proxy import serve_http

    await serve_http(connection, context)


async def _socks_proxy(connection: Connection, context: Context) -> None:
    from fakes.proxy import serve_socks

    await serve_socks(connection, context)


def make_context(
    service: Service,
    host: str,
    directory: Directory,
    tls: ssl.SSLContext | None,
    *,
    now: Callable[[], float],
    stores: dict[str, Store] | None = None,
) -> Context:
    """Put together what a service needs.

    :raises ValueError: the service names a personality or a behaviour that does not exist.
    """
    personality = load(service.like)
    says = service.says
    return Context(
        service=service,
        host=host,
        directory=directory,
        personality=heard.voice(personality, says) if says else personality,
        behaviours=Behaviours(service.behaves, heard.behaviours(says, service.speaks) if says else ()),
        tls=tls,
        now=now,
        stores={} if stores is None else stores,
    )
