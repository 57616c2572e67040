"""One question to a tenant, over as many requests as its answer needs: pages, throttling, and replies cut short.

A service that says when to come back is asked again then; one that only fails is asked again a few times. What is
still missing after that is on record as such: an answer that is not whole must never be taken for "there is none".
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.secret import Secret
from diag.model.tenant import TenantRead
from diag.net.classify import StepFailed
from diag.net.stream import closing_on_error
from diag.net.web import WebRequest
from diag.probes.web import channel as open_channel
from diag.wire import graph
from diag.wire.http import read_url
from diag.wire.lines import Malformed

if TYPE_CHECKING:
    from diag.net.network import Step
    from diag.net.web import Channel, WebReply
    from diag.probes.run import Run
    from diag.probes.tenant.questions import Asked

MOST_TRIES = 4
"""Times that one page is asked for, while the service says that it has no time now."""
LONGEST_WAIT = 60.0
"""Seconds that are waited at once; a service that wants more is given up."""
AT_ONCE = 4
"""Requests under way at the same time. Microsoft Graph throttles who has many."""
BUSY = {429, 500, 502, 503, 504}


class Reader:
    """Asks questions with the tokens that were given for them."""

    def __init__(self, run: Run, tokens: dict[str, Secret | None]) -> None:
        """Ask within ``run``; ``tokens`` are by the name of the service."""
        self._run = run
        self._tokens = tokens
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._idle: defaultdict[str, list[Channel]] = defaultdict(list)
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._closed: dict[str, StepFailed] = {}
        run.at_end(self._close)

    async def ask(self, asked: Asked) -> TenantRead | None:
        """Ask, and return what was put on record, whole or not; None where there is no token to ask with."""
        token = self._tokens.get(asked.service)
        if token is None:
            return None
        action = TenantRead(asks=asked.asks, about=asked.about, service=asked.service, permissions=asked.permissions)
        try:
            with self._run.network.record(action, self._run.target.address) as step:
                await self._pages(step, asked, token)
        except StepFailed:
            return action
        return action

    async def _pages(self, step: Step[TenantRead], asked: Asked, token: Secret) -> None:
        """Read page after page into the action.

        :raises StepFailed: a page could not be had; those before it are kept.
        """
        action, url = step.action, asked.url
        for _ in range(asked.pages):
            action.whole = False
            reply = await self._one(step, asked, url, token)
            body = reply.json()
            if graph.is_not_there(reply.status, body):
                action.exists, action.whole = False, True
                return
            self._refuse(step, reply, body)
            single = asked.one or (asked.service == "exchange" and "value" not in body)
            try:
                objects = [body] if single else graph.items(body)
                action.found += graph.facts(asked.asks, objects)
            except Malformed as error:
                raise step.fail(FailureCode.REPLY_MALFORMED, str(error)) from None
            action.exists = bool(single or objects or action.exists)
            link = graph.next_page(body)
            action.whole = link is None
            if link is None or not _leads_back(link, asked.url):
                return
            url = link

    async def _one(self, step: Step[TenantRead], asked: Asked, url: str, token: Secret) -> WebReply:
        """Make one request, again where the service asks for time.

        :raises StepFailed: it has none.
        """
        request = WebRequest(
            url=url,
            method=asked.method,
            headers=(
                ("Accept", "application/json"),
                ("Authorization", Secret(f"Bearer {token.reveal()}")),
                *asked.headers,
            ),
            body=asked.body,
            purpose=asked.asks.value,
        )
        clock = self._run.network.settings.clock
        for tried in range(1, MOST_TRIES + 1):
            async with self._gate:
                reply = await self._exchange(request)
            step.action.requests += 1
            step.action.status = reply.status
            wait = _wait(reply, tried, clock.now().timestamp())
            if reply.status not in BUSY or tried == MOST_TRIES or wait > LONGEST_WAIT:
                return reply
            await clock.sleep(wait)
            step.action.waited = round(step.action.waited + wait, 3)
        raise AssertionError  # the last try returns

    async def _exchange(self, request: WebRequest) -> WebReply:
        """Make one request on a connection that is open and idle, or else on a new one.

        :raises StepFailed: no reply.
        """
        server = read_url(request.url).subject
        channel = await self._channel(server, request.url)
        with closing_on_error(channel.stream):
            reply = await channel.exchange(request)
        if (reply.header("connection") or "").lower() == "close":
            channel.stream.close()
        else:
            self._idle[server].append(channel)
        return reply

    async def _channel(self, server: str, address: str) -> Channel:
        """Return a connection that is idle, or open one.

        One is opened after the other, since by then an earlier one may be idle again, and a server that cannot be
        reached is tried once, not by each question again.

        :raises StepFailed: there is none.
        """
        idle = self._idle[server]
        if idle:
            return idle.pop()
        async with self._opening[server]:
            if idle:
                return idle.pop()
            if server in self._closed:
                raise self._closed[server]
            try:
                return await open_channel(self._run, address)
            except StepFailed as failed:
                self._closed[server] = failed
                raise

    def _close(self) -> None:
        for channels in self._idle.values():
            while channels:
                channels.pop().stream.close()

    def _refuse(self, step: Step[TenantRead], reply: WebReply, body: dict[str, object]) -> None:
        """End the step where the reply is no answer.

        :raises StepFailed: it is a refusal, or the service has no time.
        """
        if reply.status < 300:  # noqa: PLR2004  RFC 9110 section 15
            return
        code, message = graph.error_of(body)
        step.action.error = code or None
        detail = f"{reply.status} {code or message or 'without a reason'}"
        if reply.status in BUSY:
            raise step.fail(FailureCode.UNAVAILABLE, detail, reply.status)
        if reply.status == 403:  # noqa: PLR2004
            raise step.fail(FailureCode.FORBIDDEN, detail, reply.status)
        raise step.fail(FailureCode.REPLY_REFUSED, detail, reply.status)


def _wait(reply: WebReply, tried: int, now: float) -> float:
    """Return the seconds to wait: as the service says (RFC 9110 section 10.2.3), else a little longer each time."""
    text = (reply.header("retry-after") or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return float(2 ** (tried - 1))


def _leads_back(link: str, first: str) -> bool:
    """Tell whether the address of a next page is at the server that was asked first.

    The request carries the administrator's token, so it follows no link away from there.
    """
    try:
        there, here = read_url(link), read_url(first)
    except ValueError:
        return False
    return (there.scheme, there.subject) == (here.scheme, here.subject)
