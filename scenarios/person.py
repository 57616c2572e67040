"""A person at the sign-in page, as far as a case needs one: who types a name and a password and accepts or declines.

The person uses a browser of its own, which is no part of the check: what it asks is on nobody's record.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from diag.net.network import Network, Settings
from diag.net.web import Way, WebRequest, connect

if TYPE_CHECKING:
    from diag.model.secret import Secret
    from diag.net.web import Channel, WebReply

MOST_PAGES = 20
SECOND_FACTOR = "123456"
"""What the authenticator app of every invented person shows."""
LOOPBACK = {"localhost", "127.0.0.1"}


class PersonLostError(Exception):
    """The pages lead nowhere; the text is that of the last one."""


@dataclass(slots=True)
class Form:
    """The form of a page: where it goes, its fields with what they hold, and its buttons in order."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form is None:
            self.form = Form(action=given.get("action", ""))
        elif self.form is None:
            return
        elif tag == "input" and given.get("name") and given.get("type") != "checkbox":
            self.form.fields[given["name"]] = given.get("value", "")
        elif tag == "button":
            self.form.buttons.append((given.get("name", ""), given.get("value", "")))


def read_form(text: str) -> Form | None:
    """Return the first form of a page, if there is one."""
    reader = _Reader()
    reader.feed(text)
    return reader.form


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody who can be sent to a sign-in page."""

    user: str
    password: str
    settings: Settings = field(default_factory=Settings)
    """Where the browser stands."""
    accepts: bool = True
    comes_back: bool = True
    """False: closes the window at the first page."""

    async def open(self, url: str) -> None:
        """Go through the pages from ``url`` on."""
        if self.comes_back:
            await self._go(url, {})

    async def enter(self, url: str, code: Secret, minutes: int) -> None:
        """Type a device code in, and go through the pages."""
        del minutes
        if self.comes_back:
            await self._go(url, {"otc": code.reveal()})

    async def _go(self, url: str, typed: dict[str, str]) -> None:
        with contextlib.ExitStack() as browser:
            channels: dict[tuple[str, str], Channel] = {}
            body = b""
            for _ in range(MOST_PAGES):
                place = urlsplit(url)[:2]
                if place not in channels:
                    channels[place] = await self._connect(url)
                    browser.enter_context(channels[place].stream)
                reply = await _ask(channels[place], url, body)
                if (reply.header("connection") or "").lower() == "close":
                    del channels[place]
                target = reply.header("location")
                if reply.status in {301, 302, 303} and target:
                    url, body = urljoin(url, target), b""
                    continue
                form = read_form(reply.text())
                if form is None:
                    return
                url, body = urljoin(url, form.action), urlencode(self._fill(form, typed)).encode()
        raise PersonLostError(url)

    def _fill(self, form: Form, typed: dict[str, str]) -> dict[str, str]:
        """Fill a form in as this person does, and choose the button."""
        known = {"loginfmt": self.user, "passwd": self.password, "otc": SECOND_FACTOR, **typed}
        typed.clear()  # a device code is typed once; the next number that is asked for is the second factor's
        filled = {name: known.get(name, value) for name, value in form.fields.items()}
        wanted = {"accept", "confirm", "enrol", "next", "return"} if self.accepts else {"cancel", "next", "return"}
        chosen = next(((name, value) for name, value in form.buttons if value in wanted), None)
        return {**filled, **({chosen[0]: chosen[1]} if chosen else {})}

    async def _connect(self, url: str) -> Channel:
        local = urlsplit(url).hostname in LOOPBACK
        network = Network(Settings(clock=self.settings.clock) if local else self.settings)
        return await connect(network, url, way=Way(addresses=("127.0.0.1",)) if local else Way())


async def _ask(channel: Channel, url: str, body: bytes) -> WebReply:
    kind = (("Content-Type", "application/x-www-form-urlencoded"),) if body else ()
    return await channel.exchange(WebRequest(url=url, method="POST" if body else "GET", headers=kind, body=body))
