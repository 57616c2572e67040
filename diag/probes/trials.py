"""What is it that fails? Tries in other ways than usual, each on a connection of its own and each one step on record.

A filter on server names lets another name pass, a device that cannot put packets together lets a small ClientHello
pass, a link with a smaller MTU lets small packets pass. Which way passes says which of them stands on the path, unless
the usual way, tried again in the same moment, passes too: then something was stuck for a while, and no way is at fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from functools import partial
from typing import TYPE_CHECKING, Literal

from diag.model.actions import Dialogue, TlsHandshake, Trial
from diag.model.failure import Failure, FailureCode
from diag.model.target import Protocol, Tls
from diag.net.classify import StepFailed
from diag.probes import hello_hops
from diag.probes.probe import probe
from diag.probes.session import SMALL_SEGMENT
from diag.probes.starttls import encrypted, walk
from diag.probes.tcp import Channel, connection, dial
from diag.wire import hello
from diag.wire.lines import escape
from diag.wire.upgrade import Upgrade

if TYPE_CHECKING:
    from diag.model.actions import Action
    from diag.model.target import Endpoint
    from diag.net.stream import Stream
    from diag.probes.run import Run

Way = Literal[
    "wait",
    "other-name",
    "large-hello",
    "large-hello-in-small-packets",
    "split-hello",
    "small-hello",
    "small-packets",
    "usual",
    "speak-first",
]
OTHER_NAME = "www.example.com"
"""A name that no filter has a reason to stop (RFC 2606)."""
FIRST_PART = 100
PATIENCE = 3.0
"""Seconds for an answer to a ClientHello where another one was answered at once."""
PAUSE = 0.05
"""Seconds between two parts of a ClientHello, so that they travel in two packets."""
UNANSWERED = {FailureCode.CONNECTION_RESET, FailureCode.CONNECTION_CLOSED, FailureCode.READ_TIMEOUT}
QUIT = {Protocol.IMAP: b"a LOGOUT\r\n", Protocol.POP3: b"QUIT\r\n", Protocol.SMTP: b"QUIT\r\n"}


async def attempt(run: Run, endpoint: Endpoint, channel: Channel, way: Way) -> str | None:
    """Try one way on a new connection beside ``channel``; return the answer, if there was one."""
    name = OTHER_NAME if way == "other-name" else endpoint.host
    segment = SMALL_SEGMENT if way.endswith("small-packets") else None
    try:
        fresh = await dial(run, endpoint, channel.address, channel.port, channel.after, role="control", segment=segment)
        action = Trial(way=way, server_name=name, address=channel.address)
        with fresh.stream, run.network.record(action, endpoint.subject, fresh.after):
            if endpoint.tls is Tls.STARTTLS and way not in {"wait", "speak-first"}:
                await walk(fresh.stream, Upgrade(endpoint.protocol))
            await _try(run, endpoint, fresh.stream, action)
    except StepFailed:
        return None
    return action.answer


async def _try(run: Run, endpoint: Endpoint, stream: Stream, action: Trial) -> None:
    """Do what the way asks for, and put the answer on record."""
    patience = min(PATIENCE, run.network.settings.read_timeout)
    if action.way in {"wait", "speak-first"}:
        if action.way == "speak-first":
            await stream.write(QUIT[endpoint.protocol])
        action.answer = escape(await stream.read(patience), 300)
    elif action.way in {"small-packets", "usual"}:
        with contextlib.suppress(ssl.SSLError):  # that it does not verify is on record already, and no matter here
            await stream.start_tls(run.network.settings.trust.context, action.server_name)
        action.answer = "handshake"
    else:
        sent = _hello(action.server_name, large=action.way.startswith("large-hello"))
        action.size = len(sent)
        if action.way == "split-hello":
            await stream.write(sent[:FIRST_PART])
            await asyncio.sleep(PAUSE)
            sent = sent[FIRST_PART:]
        await stream.write(sent)
        try:
            action.answer = await _answer(stream, patience)
        except TimeoutError:
            action.stalled = stream.stalled()
            raise


def _hello(server_name: str, *, large: bool = False) -> bytes:
    random = secrets.token_bytes(hello.LARGE_RANDOM if large else 32)
    return hello.modern_hello(server_name, random=random, large=large)


async def _answer(stream: Stream, patience: float) -> str:
    data = b""
    while (answer := hello.read_answer(data)) is None and len(data) < hello.LARGEST_ANSWER:
        data += await stream.read(patience)
    match answer:
        case hello.ServerHello():
            return "ServerHello"
        case hello.Alert():
            return answer.name
    raise StepFailed(Failure.of(FailureCode.TLS_NOT_TLS, escape(data, 80)))


async def _ended(run: Run, endpoint: Endpoint) -> tuple[type[Action], FailureCode] | None:
    """Wait until TLS has begun, or say in which kind of step it did not and how; None where it did."""
    try:
        await encrypted(run, endpoint)
    except StepFailed as failed:
        item = run.network.observations[(failed.number or 1) - 1]
        return type(item.action), failed.failure.code
    return None


@probe("trials", asks="What is it that fails, and would a newer program get through?", tls=(Tls.IMPLICIT, Tls.STARTTLS))
async def trials(run: Run, endpoint: Endpoint) -> None:
    """Try a large ClientHello where the usual one was answered, and smaller and other ones where it was not."""
    channel = await run.once(connection, endpoint)
    ended = await _ended(run, endpoint)
    ways: list[Way] = []
    hops = partial(_hops, run, endpoint, channel)
    if ended is None:
        if await attempt(run, endpoint, channel, "large-hello") != "ServerHello":
            ways = ["small-hello", "split-hello", "large-hello-in-small-packets"]
            hops = partial(hops, large=True)
    elif ended[0] is TlsHandshake and ended[1] is FailureCode.READ_TIMEOUT:
        ways = ["usual", "other-name", "small-hello", "small-packets"]
    elif ended[0] is TlsHandshake and ended[1] in UNANSWERED:
        ways = ["usual", "other-name", "small-hello", "wait"]
    elif ended == (Dialogue, FailureCode.READ_TIMEOUT):
        ways = ["speak-first"]
    work = [attempt(run, endpoint, channel, way) for way in ways]
    await asyncio.gather(*work, *([hops()] if "small-hello" in ways else []))


async def _hops(run: Run, endpoint: Endpoint, channel: Channel, *, large: bool = False) -> None:
    """See how far the ClientHello gets that is not answered, beside one of another name or size."""
    host = endpoint.host

    async def prepare(stream: Stream) -> None:
        if endpoint.tls is Tls.STARTTLS:
            await walk(stream, Upgrade(endpoint.protocol))

    other = host if large else OTHER_NAME
    hellos = (host, _hello(host, large=large)), (other, _hello(other))
    await hello_hops.locate(run, endpoint, channel, hellos, prepare)
