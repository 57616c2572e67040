"""A person at a browser without a picture: fills in the pages of the fake Entra, by their forms, and presses a button."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import h11

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_PAGES = 20
TIMEOUT = 10.0
LOCAL = {"localhost", "127.0.0.1"}


@dataclass(slots=True)
class Page:
    """What the browser shows."""

    url: str
    text: str
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    """Of its form, as they stand."""
    buttons: list[str] = field(default_factory=list)


class _Form(HTMLParser):
    """Reads the one form of a page."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._page.action = urljoin(self._page.url, has.get("action", ""))
        elif tag == "input" and has.get("type") != "checkbox" and "name" in has:
            self._page.fields[has["name"]] = has.get("value", "")
        elif tag == "button" and "value" in has:
            self._page.buttons.append(has["value"])


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody with an account. ``dial`` says where a host and a port really are; ``roots`` are the CAs to trust."""

    user: str
    password: str
    dial: Callable[[str, int], tuple[str, int]]
    roots: str
    accepts: bool = True
    """False: whatever an application asks for is declined."""
    second_factor: str = "123456"
    cookies: dict[str, str] = field(default_factory=dict)
    posted: bytes | None = None
    """The form with which the browser came to the application, where it did not come by a link."""

    async def sign_in(self, url: str) -> str:
        """Go through the pages that begin at ``url``.

        Return the address of the application to which they lead back, or the text of the page at which it ends.
        """
        return await self._go_on(await self.open(url))

    async def arrive(self, url: str) -> None:
        """Open the address of an application that waits on this computer, where :meth:`sign_in` led to it."""
        parts = urlsplit(url)
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            try:
                state = h11.Connection(h11.CLIENT)
                writer.write(self._request(state, url, self.posted))
                await _reply(state, reader)
            finally:
                writer.transport.abort()

    async def enter_code(self, url: str, code: str) -> str:
        """Type the code of a device in at ``url`` and sign in there; return the text of the last page."""
        page = await self.open(url)
        assert isinstance(page, Page)
        page.fields["otc"] = code
        return await self._go_on(await self._submit(page, "next"))

    async def _go_on(self, page: Page | str) -> str:
        for _ in range(MOST_PAGES):
            if isinstance(page, str):
                return page
            if not page.action or self._is_stuck(page):
                break
            page = await self._send(page)
        return page if isinstance(page, str) else page.text

    def _is_stuck(self, page: Page) -> bool:
        """Tell whether the page asks again for what was given already."""
        return page.fields.get("loginfmt", "") == self.user and 'role="alert"' in page.text

    async def _send(self, page: Page) -> Page | str:
        """Fill the form in and press the button that this person presses."""
        known = {"loginfmt": self.user, "passwd": self.password, "otc": self.second_factor}
        page.fields |= {name: value for name, value in known.items() if name in page.fields}
        unwilling = [name for name in ("cancel",) if name in page.buttons and not self.accepts]
        return await self._submit(page, (unwilling or [name for name in page.buttons if name != "cancel"] or [""])[0])

    async def _submit(self, page: Page, button: str) -> Page | str:
        form = page.fields | ({"action": button} if button else {})
        return await self.open(page.action, urlencode(form).encode())

    async def open(self, url: str, body: bytes | None = None) -> Page | str:
        """Open an address, by POST where there is a body; one on this computer is the application's and not opened."""
        for _ in range(MOST_PAGES):
            if urlsplit(url).hostname in LOCAL or urlsplit(url).scheme != "https":
                self.posted = body
                return url
            status, headers, text = await self._fetch(url, body)
            for name, value in headers:
                if name == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            location = next((value for name, value in headers if name == "location"), None)
            if status not in {301, 302, 303} or location is None:
                page = Page(url, text)
                _Form(page).feed(text)
                return page
            url, body = urljoin(url, location), None
        return url

    async def _fetch(self, url: str, body: bytes | None) -> tuple[int, list[tuple[str, str]], str]:
        """Make one request on a connection of its own."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        context = ssl.create_default_context(cadata=self.roots)
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(
                *self.dial(host, parts.port or 443), ssl=context, server_hostname=host
            )
            try:
                state = h11.Connection(h11.CLIENT)
                writer.write(self._request(state, url, body))
                return await _reply(state, reader)
            finally:
                writer.transport.abort()

    def _request(self, state: h11.Connection, url: str, body: bytes | None) -> bytes:
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        headers = [("Host", parts.netloc), ("Connection", "close")]
        if self.cookies:
            headers.append(("Cookie", "; ".join(f"{key}={value}" for key, value in self.cookies.items())))
        if body is not None:
            headers += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body)))]
        head = h11.Request(method="GET" if body is None else "POST", target=target, headers=headers)
        data = [state.send(event) for event in (head, *([h11.Data(data=body)] if body else []), h11.EndOfMessage())]
        return b"".join(part or b"" for part in data)


async def _reply(state: h11.Connection, reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]], str]:
    status, headers, text = 0, list[tuple[str, str]](), b""
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            state.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
        elif isinstance(event, h11.Data):
            text += event.data
        else:
            return status, headers, text.decode("utf-8", "replace")
