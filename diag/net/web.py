"""HTTP through the one door: a name, a connection, a verified handshake and one exchange, each on record.

A redirect is an answer and is not followed. A request that holds a secret is sent only over a channel whose
certificate verifies and that has no sign of interception, as the mail protocols send theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from diag.model.actions import HttpExchange
from diag.model.failure import Failure, FailureCode
from diag.model.secret import Secret, scrub
from diag.net.classify import PeerClosed, StepFailed
from diag.net.handshake import handshake, is_suspected
from diag.net.patience import within
from diag.net.stream import closing_on_error
from diag.wire import http
from diag.wire.lines import LineTooLong, Malformed, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.net.network import Network, Step
    from diag.net.stream import Stream

LONGEST_EXCERPT = 2000
"""Characters of a body that are kept on record."""
LONGEST_FIELD = 300
LONGEST_URL = 1000
AGENT = "maildiag"
_TEXTS = ("text/", "application/json", "application/xml", "application/problem")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """What is asked for. A header's value or the body is a :class:`Secret` where it proves who asks."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str | Secret], ...] = ()
    body: bytes | Secret = b""
    purpose: str = ""
    """What is asked for, as the record calls it."""
    secrets: tuple[Secret, ...] = ()
    """What else must not come back onto the record, such as the values inside the body."""
    private: bool = False
    """The reply to this may hold tokens, or says nothing to a person: its body is not kept where it succeeds."""
    most: int = http.LARGEST_BODY
    """Bytes of the body that are accepted."""

    @property
    def holds_secret(self) -> bool:
        """Whether the request must not reach anybody else."""
        parts = (self.body, *(value for _, value in self.headers))
        return bool(self.secrets) or any(isinstance(part, Secret) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebReply:
    """What was answered, and the observation that has it. ``body`` may hold secrets; the record has none of them."""

    status: int
    number: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def text(self) -> str:
        """Return the body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object, empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where to dial, if not where the name leads: ``--resolve``, ``--connect-to``, or a result known already."""

    addresses: tuple[str, ...] = ()
    port: int | None = None
    insist: bool = False
    """Accept any certificate (``--sign-in-anyway``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A connection to one server for requests one after the other, and what it rests upon."""

    network: Network
    stream: Stream
    subject: str
    safe: bool
    """Whether a secret may be sent over it."""
    after: tuple[int, ...]

    async def exchange(self, request: WebRequest, *, keep: bool = True) -> WebReply:
        """Make one request, and with ``keep`` leave the connection open for the next.

        :raises StepFailed: no reply; the step that failed is on record.
        """
        action = HttpExchange(
            method=request.method,
            url=_clean(request, http.shown_url(request.url), LONGEST_URL),
            purpose=request.purpose,
        )
        with self.network.record(action, self.subject, self.after) as step:
            if request.holds_secret and not self.safe:
                reason = "intercepted" if self.stream.encrypted else "not encrypted"
                raise step.fail(FailureCode.WITHHELD, f"the connection is {reason}")
            return await _exchange(self.network, self.stream, request, step, keep=keep)


async def fetch(
    network: Network, request: WebRequest, *, subject: str | None = None, after: tuple[int, ...] = (), way: Way = Way()
) -> WebReply:
    """Make one request on a connection of its own and return the reply, whatever its status.

    ``subject`` is ``host:port`` of the URL unless the steps belong to something else.

    :raises StepFailed: no reply; the step that failed is on record.
    :raises ValueError: the URL is none that can be asked.
    """
    channel = await connect(network, request.url, subject=subject, after=after, way=way)
    with channel.stream:
        return await channel.exchange(request, keep=False)


async def connect(
    network: Network, address: str, *, subject: str | None = None, after: tuple[int, ...] = (), way: Way = Way()
) -> Channel:
    """Open a connection to the server of a URL, which the caller closes.

    :raises StepFailed: none can be opened; the step that failed is on record.
    :raises ValueError: the URL is none that can be asked.
    """
    url = http.read_url(address)
    subject = subject or url.subject
    stream, dialled, after = await _connect(network, url, subject, after, way)
    if url.scheme != "https":
        return Channel(network=network, stream=stream, subject=subject, safe=False, after=after)
    with closing_on_error(stream):
        done = await handshake(
            network, stream, server_name=url.host, address=dialled, subject=subject, after=after, insist=way.insist
        )
    safe = way.insist or not is_suspected(network, done.number)
    return Channel(network=network, stream=stream, subject=subject, safe=safe, after=(done.number,))


async def _connect(
    network: Network, url: http.Url, subject: str, after: tuple[int, ...], way: Way
) -> tuple[Stream, str, tuple[int, ...]]:
    """Open the first connection that succeeds, one address after the other, since a page is no mail session.

    :raises StepFailed: the name has no address, or none of them can be connected to.
    """
    addresses, port = way.addresses, way.port or url.port
    if not addresses and network.settings.proxies.resolves(url.host, port):
        addresses = (url.host,)
    if not addresses:
        found = await network.system_lookup(url.host)
        addresses, after = found.action.addresses, (*after, found.number)
    wanted = [item for item in addresses if network.settings.uses(item)]
    failed = StepFailed(Failure.of(FailureCode.ADDRESS_UNAVAILABLE, "no address to dial"))
    for address in wanted[:4]:
        try:
            stream, step = await network.connect(address, port, subject=subject, after=after, name=url.host)
        except StepFailed as failure:
            failed = failure
        else:
            return stream, address, (step.number,)
    raise failed


async def _exchange(
    network: Network, stream: Stream, request: WebRequest, step: Step[HttpExchange], *, keep: bool
) -> WebReply:
    url = http.read_url(request.url)
    headers = [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in request.headers]
    if "user-agent" not in {name.lower() for name, _ in headers}:
        headers.append(("User-Agent", AGENT))
    body = request.body.reveal().encode() if isinstance(request.body, Secret) else request.body
    replies = http.Replies(request.method, most=request.most)
    async with within(network.settings.read_timeout):
        try:
            await stream.write(http.request(request.method, url, headers, body, keep=keep))
            reply = await _receive(stream, replies)
        except Malformed as error:
            raise step.fail(FailureCode.REPLY_MALFORMED, _clean(request, str(error), LONGEST_FIELD)) from None
        except LineTooLong as error:
            raise step.fail(FailureCode.REPLY_TOO_LONG, str(error)) from None
    step.action.answered = network.elapsed()
    _note(step.action, request, reply)
    return WebReply(status=reply.status, headers=reply.headers, body=reply.body, number=step.number)


async def _receive(stream: Stream, replies: http.Replies) -> http.Reply:
    while (reply := replies.next()) is None:
        try:
            replies.feed(await stream.read())
        except PeerClosed:
            replies.feed(b"")
    return reply


def _note(action: HttpExchange, request: WebRequest, reply: http.Reply) -> None:
    """Put on record what was learnt, and nothing that is a secret."""

    def kept(name: str) -> str | None:
        value = reply.header(name)
        return None if value is None else _clean(request, http.mask(value), LONGEST_FIELD)

    action.status = reply.status
    action.date, action.server, action.content_type = kept("date"), kept("server"), kept("content-type")
    location = reply.header("location")
    action.location = None if location is None else _clean(request, http.shown_url(location), LONGEST_URL)
    action.length = len(reply.body)
    succeeded = reply.status < 400  # noqa: PLR2004  RFC 9110 section 15
    if not (request.private and succeeded) and (action.content_type or "").lower().startswith(_TEXTS):
        text = reply.body[: 4 * LONGEST_EXCERPT].decode("utf-8", errors="replace")
        action.excerpt = _clean(request, http.mask(text), LONGEST_EXCERPT)


def _clean(request: WebRequest, text: str, limit: int) -> str:
    """Scrub every secret of the request, in every form in which it may come back, and escape the rest."""
    held = (request.body, *(value for _, value in request.headers), *request.secrets)
    return escape(scrub(text, *_forms(part for part in held if isinstance(part, Secret))), limit)


def _forms(secrets: Iterable[Secret]) -> list[Secret]:
    forms = []
    for secret in secrets:
        plain = secret.reveal().removeprefix("Bearer ")
        texts = {plain, quote(plain, safe=""), quote_plus(plain), json.dumps(plain)[1:-1]}
        forms += [Secret(text) for text in sorted(texts, key=len, reverse=True)]
    return forms
