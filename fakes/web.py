"""A web server for the sites of a world: bounded requests in, replies out, over h11 with connections that stay open.

A site is a tuple of routes, each of which names a method, a path with ``{parts}`` and an async handler. Which site a
service is says its ``serves``; one that serves nothing only shows that it is there, for hosts of which the name, the
port and TLS matter.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

import h11

from fakes.connection import Gone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fakes.behaviours import Behaviours
    from fakes.connection import Connection
    from fakes.server import Context

    Handler: TypeAlias = Callable[["Request", Context], Awaitable["Reply"]]

SITES = {"entra": "fakes.entra", "graph": "fakes.graph", "exchange-admin": "fakes.exchange_admin"}
"""The module of each site; its ``ROUTES`` are what is served. Imported when a world uses it."""
LARGEST_BODY = 65536
MOST_FIELDS = 100
"""Fields that a query or a form may have."""
IDLE = 60.0
"""Seconds for which a connection may stay open without a byte."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    """The last one of each name wins."""
    headers: dict[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""
    parts: dict[str, str] = field(default_factory=dict)
    """What stands for the ``{parts}`` of the route."""

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form that was posted; empty where the body is none."""
        return fields(self.body.decode("utf-8", "replace"))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that came with it."""
        pairs = (pair.partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def bearer(self) -> str | None:
        """The token in its Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def json(self) -> Any:  # noqa: ANN401  anything that JSON has
        """Read the body as JSON.

        :raises ValueError: it is none.
        """
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


@dataclass(frozen=True, slots=True)
class Reply:
    """What it is answered with."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    """Whether the connection ends in the middle of the body."""

    @classmethod
    def json(cls, data: object, status: int = 200, *headers: tuple[str, str]) -> Reply:
        """Answer with a document."""
        kind = ("Content-Type", "application/json; charset=utf-8")
        return cls(status, json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), (kind, *headers))

    @classmethod
    def html(cls, text: str, status: int = 200, *headers: tuple[str, str]) -> Reply:
        """Answer with a page."""
        return cls(status, text.encode("utf-8", "replace"), (("Content-Type", "text/html; charset=utf-8"), *headers))

    @classmethod
    def redirect(cls, url: str, *headers: tuple[str, str]) -> Reply:
        """Send the browser elsewhere, by GET."""
        return cls(302, b"", (("Location", url), *headers))


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request that a site answers."""

    method: str
    path: str
    """Such as ``/{tenant}/oauth2/v2.0/token``. A part stands for anything without a slash."""
    handler: Handler


@cache
def routes(site: str) -> tuple[tuple[str, re.Pattern[str], Handler], ...]:
    """Return the routes of a site, ready to be compared with requests; the case of a path does not matter."""
    if site not in SITES:
        return ()
    table: tuple[Route, ...] = import_module(SITES[site]).ROUTES
    return tuple((route.method, _pattern(route.path), route.handler) for route in table)


@cache
def elsewhere(site: str) -> Handler | None:
    """Return what answers a path of a site that no route leads to, if the site has words of its own for it."""
    return getattr(import_module(SITES[site]), "nothing", None) if site in SITES else None


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", path)
    text = "".join(f"(?P<{piece}>[^/]+)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
    return re.compile(text, re.IGNORECASE)


def fields(text: str) -> dict[str, str]:
    """Read the fields of a query or a form; of one name the last wins, and of too many fields the first are kept."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


async def answer(request: Request, context: Context) -> Reply:
    """Answer as the site that the service is, unless it behaves otherwise."""
    behaved = _behaved(request, context)
    if isinstance(behaved, Reply):
        return behaved
    request = behaved
    allowed = []
    for method, pattern, handler in routes(context.service.serves):
        found = pattern.fullmatch(request.path)
        if found and method == ("GET" if request.method == "HEAD" else request.method):
            parts = {name: unquote(value) for name, value in found.groupdict().items()}
            return await handler(replace(request, parts=parts), context)
        if found:
            allowed.append(method)
    if allowed:
        return Reply(405, b"", (("Allow", ", ".join(allowed)),))
    nothing = elsewhere(context.service.serves)
    if nothing is not None:
        return await nothing(request, context)
    return Reply(404, f"{context.host}: nothing here\n".encode(), (("Content-Type", "text/plain; charset=utf-8"),))


_EARLIER: WeakKeyDictionary[Behaviours, Counter[tuple[object, ...]]] = WeakKeyDictionary()
"""How often each request was made to a service, by the behaviours of that service."""


def _behaved(request: Request, context: Context) -> Reply | Request:
    """Return what a behaviour answers in place of the site, or the request that the site shall answer."""
    acts = context.behaviours.of("request")
    if not acts:
        return request
    seen = _EARLIER.setdefault(context.behaviours, Counter())
    key = (request.method, request.path, tuple(sorted(request.query.items())), request.body)
    earlier, seen[key] = seen[key], seen[key] + 1
    for act in acts:
        changed: Reply | Request | None = act(request, earlier)
        if isinstance(changed, Reply):
            return changed
        request = changed or request
    return request


async def serve(connection: Connection, context: Context) -> None:
    """Answer requests until the client leaves, or says what is no HTTP."""
    state = h11.Connection(h11.SERVER)
    while True:
        try:
            request = await _receive(connection, state)
        except h11.RemoteProtocolError as error:
            if state.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                await _send(connection, state, Reply(error.error_status_hint, b"", (("Connection", "close"),)))
            raise Gone from error
        if request is None:
            await _send(connection, state, Reply(413, b"", (("Connection", "close"),)))
            raise Gone
        reply = await answer(request, context)
        dated = reply
        if not any(name == "Date" for name, _ in reply.headers):
            dated = replace(reply, headers=(*reply.headers, ("Date", formatdate(context.now(), usegmt=True))))
        await _send(connection, state, dated, with_body=request.method != "HEAD")
        if state.our_state is not h11.DONE or state.their_state is not h11.DONE:
            raise Gone
        state.start_next_cycle()


async def _receive(connection: Connection, state: h11.Connection) -> Request | None:
    """Return the next request, or None where its body is too large.

    :raises Gone: there will be none.
    """
    head: h11.Request | None = None
    body = b""
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            if state.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                await connection.write(state.send(go_on) or b"")
            state.receive_data(await _read(connection))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST_BODY:
                return None
        elif isinstance(event, h11.EndOfMessage) and head:
            return _request(head, body)
        else:  # closed, or paused for good
            raise Gone


async def _read(connection: Connection) -> bytes:
    try:
        async with asyncio.timeout(IDLE):
            return await connection.read_some()
    except TimeoutError as end:
        raise Gone from end


def _request(head: h11.Request, body: bytes) -> Request:
    target = head.target.decode("latin-1")
    try:
        url = urlsplit(target)
    except ValueError:  # such as http://[
        url = urlsplit("/")
    return Request(
        method=head.method.decode("latin-1"),
        path=url.path,
        query=fields(url.query),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers},
        body=body,
    )


async def _send(connection: Connection, state: h11.Connection, reply: Reply, *, with_body: bool = True) -> None:
    headers = [*reply.headers, ("Content-Length", str(len(reply.body)))]
    data = [state.send(h11.Response(status_code=reply.status, headers=headers))]
    if reply.cut:
        await connection.write(b"".join(part or b"" for part in data) + reply.body[: len(reply.body) // 2])
        raise Gone
    if reply.body and with_body:
        data.append(state.send(h11.Data(data=reply.body)))
    data.append(state.send(h11.EndOfMessage()))
    await connection.write(b"".join(part or b"" for part in data))
