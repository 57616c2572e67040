"""Where a browser comes back to after a sign-in: a port of this computer, for one answer (RFC 8252 section 7.3).

Anybody on this computer, and any page in the browser, can send requests to it. Only one with the ``state`` of this
sign-in is taken; every other gets an empty answer and changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from types import TracebackType

LARGEST_REQUEST = 16384
PATIENCE = 10.0
"""Seconds for a request to arrive once the connection is open."""
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>maildiag</title></head>
<body style="font: 16px sans-serif; margin: 4em"><h1>{title}</h1><p>{text}</p></body></html>"""
DONE = PAGE.format(title="Back to maildiag", text="You can close this window and go on where you began.")
OTHER = PAGE.format(title="Nothing here", text="This address waits for the end of a sign-in.")


class Listener:
    """A port that waits for the end of one sign-in. Use as an asynchronous context manager."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self.port = 0
        self._state = ""
        self._servers: list[asyncio.Server] = []
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        """Listen on 127.0.0.1, and on the same port of ::1, which browsers try first for ``localhost``."""
        first = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST_REQUEST)
        self._servers.append(first)
        self.port = first.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):
            second = await asyncio.start_server(
                self._serve, "::1", self.port, family=socket.AF_INET6, limit=LARGEST_REQUEST
            )
            self._servers.append(second)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Close the port."""
        for server in self._servers:
            server.close()
        self._answer.cancel()

    @property
    def redirect_uri(self) -> str:
        """The address to register and to send with the request."""
        return f"http://localhost:{self.port}"

    async def answer(self, state: str, timeout: float) -> dict[str, str]:
        """Wait for the fields with which the browser comes back to the sign-in ``state``.

        :raises TimeoutError: it did not within ``timeout`` seconds.
        """
        self._state = state
        async with asyncio.timeout(timeout):
            return await asyncio.shield(self._answer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE):
                page = DONE if self._take(await _fields(reader)) else OTHER
                body = page.encode()
                status = "200 OK" if page is DONE else "404 Not Found"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                    f"Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        writer.close()

    def _take(self, fields: dict[str, str]) -> bool:
        """Take the answer, if it is one to this sign-in."""
        own = bool(self._state) and hmac.compare_digest(fields.get("state", "").encode(), self._state.encode())
        if not own or not {"code", "error"} & set(fields):
            return False
        if not self._answer.done():
            self._answer.set_result(fields)
        return True


async def _fields(reader: asyncio.StreamReader) -> dict[str, str]:
    """Read a request and return the fields of its form, or of its query (OAuth 2.0 Form Post Response Mode)."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[0] not in {"GET", "POST"}:  # noqa: PLR2004  method, target, version (RFC 9112 section 3)
        return {}
    text = urlsplit(words[1]).query
    if words[0] == "POST":
        sizes = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("content-length:")]
        size = int(sizes[0]) if sizes and sizes[0].isdecimal() else 0
        text = (await reader.readexactly(min(size, LARGEST_REQUEST))).decode("latin-1")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return {}
