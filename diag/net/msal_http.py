"""MSAL's way to the network: its requests go through the one door, so all of its traffic is on record.

MSAL is synchronous and runs in a thread of its own; each request is made on the event loop, and the thread waits.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from diag.model.secret import Secret
from diag.net.web import WebRequest
from diag.wire.http import SECRET_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from concurrent.futures import Future

    from diag.net.web import WebReply

_SECRET = {*SECRET_FIELDS, "code"}
PURPOSES = {
    "/.well-known/openid-configuration": "configuration",
    "/oauth2/v2.0/token": "token",
    "/oauth2/v2.0/devicecode": "device code",
}


class Response:
    """A reply in the shape that MSAL expects of its client."""

    def __init__(self, reply: WebReply) -> None:
        """Show ``reply``."""
        self._reply = reply
        # MSAL raises at 500 and above, and the error in the body would be lost: what says its error is a plain refusal.
        said = reply.status >= 500 and "error" in reply.json()  # noqa: PLR2004  RFC 9110 section 15.6
        self.status_code = 400 if said else reply.status
        self.text = reply.text()
        self.headers = dict(reply.headers)

    def raise_for_status(self) -> None:
        """Complain of a status that is an error.

        :raises ValueError: it is one.
        """
        if self.status_code >= 400:  # noqa: PLR2004  RFC 9110 section 15
            raise ValueError(f"status {self.status_code}")


class HttpClient:
    """What MSAL takes as ``http_client``. Each address is read once: the configuration of a tenant does not change."""

    def __init__(self, ask: Callable[[WebRequest], Coroutine[Any, Any, WebReply]]) -> None:
        """Make requests by ``ask`` on the running event loop."""
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        self._pending: set[Future[WebReply]] = set()
        self._closed = threading.Event()
        self._known: dict[str, Response] = {}
        self.last_error: dict[str, Any] = {}
        """The body of the last refusal, for the calls of MSAL that keep only its text."""

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> Response:
        """Read an address."""
        full = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}" if params else url
        if full not in self._known:
            response = self._send(WebRequest(url=full, headers=_headers(headers), purpose=_purpose(url)))
            if response.status_code != 200:  # noqa: PLR2004
                return response
            self._known[full] = response
        return self._known[full]

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Response:
        """Send a form."""
        full = f"{url}?{urlencode(params)}" if params else url
        form = dict(data or {})
        secrets = tuple(Secret(str(value)) for name, value in form.items() if name in _SECRET and value)
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        request = WebRequest(
            method="POST",
            url=full,
            headers=(kind, *_headers(headers)),
            body=Secret(urlencode(form)),
            purpose=_purpose(url),
            secrets=secrets,
            private=True,
        )
        return self._send(request)

    def close(self) -> None:
        """End what is under way; nothing more is sent."""
        self._closed.set()
        for future in list(self._pending):
            future.cancel()

    def _send(self, request: WebRequest) -> Response:
        if self._closed.is_set():
            raise CancelledError
        future = asyncio.run_coroutine_threadsafe(self._ask(request), self._loop)
        self._pending.add(future)
        if self._closed.is_set():  # in the meantime
            future.cancel()
        try:
            reply = future.result()
        finally:
            self._pending.discard(future)
        body = reply.json()
        if reply.status >= 400:  # noqa: PLR2004  RFC 9110 section 15
            self.last_error = body
        return Response(reply)


def _headers(given: Mapping[str, str] | None) -> tuple[tuple[str, str | Secret], ...]:
    return tuple((name, value) for name, value in (given or {}).items() if name.lower() != "content-type")


def _purpose(url: str) -> str:
    path = urlsplit(url).path
    return next((purpose for end, purpose in PURPOSES.items() if path.endswith(end)), "")
