"""Devices that sit in a connection: they pass bytes on, and some they change or stop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from fakes.connection import Gone
from fakes.faults.sockets import CLIENT_HELLO
from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    import socket

    from fakes.connection import Connection
    from fakes.faults.losses import Losses
    from fakes.ground import Ground
    from fakes.server import Running

_STARTTLS = re.compile(rb"(?i)\b(STARTTLS|STLS)\b")
_REFUSABLE = re.compile(rb"(?i)\A(?:(\S+) STARTTLS|(STLS)|STARTTLS)\r?\n\Z")
_CONSENTS = re.compile(
    rb"(?i)\A(?:(?P<imap>\S+ OK\b[^\r\n]*\bTLS)|(?P<pop3>\+OK\b[^\r\n]*\bTLS)|(?P<smtp>220 2\.0\.0 ))[^\r\n]*\r\n\Z"
)
"""The consent to STARTTLS in the words of the known servers: no greeting has a code of RFC 3463, or speaks of TLS."""
_INJECTED = {"imap": b"* OK injected\r\n", "pop3": b"+OK injected\r\n", "smtp": b"250 injected\r\n"}


class Fate(Enum):
    """What becomes of a connection that a device does not let go on."""

    RESET = "reset"
    ALERT = "alert"
    NO_PROTOCOL = "no-protocol"
    LOST = "lost"


class Reply(bytes):
    """What a device answers by itself to what it does not pass on."""

    __slots__ = ()


Up = Callable[[bytes], bytes | Fate]
"""What becomes of what a client sends: it is passed on as it is returned, unless that is a fate or a reply."""

ALERTS = {Fate.ALERT: b"\x15\x03\x03\x00\x02\x02\x2f", Fate.NO_PROTOCOL: b"\x15\x03\x03\x00\x02\x02\x78"}
"""Records with a fatal alert: illegal_parameter and no_application_protocol (RFC 8446 section 6)."""


async def relay(
    to: tuple[str, int],
    *,
    down: Callable[[bytes], bytes],
    up: Up,
    lost: Losses | None = None,
    ground: Ground = LOOPBACK,
    listen: socket.socket | None = None,
) -> Running:
    """Pass everything on to ``to``, through ``down`` towards the client and ``up`` towards the server.

    Where ``up`` returns a :class:`Fate`, the client is reset, gets an alert, or hears nothing any more; of the last
    ``lost`` is told. A :class:`Reply` goes back to the client. Clients come in by the socket ``listen``; without it, by
    any port of the ground.
    """

    async def serve(client: Connection) -> None:
        try:
            server = await ground.dial(to)
        except OSError:
            client.reset()
            return
        if lost is not None:
            lost.pass_on(server.local, client.peer)
        ways = [
            asyncio.ensure_future(_pass(client, server, up)),
            asyncio.ensure_future(_pass(server, client, down)),
        ]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            fates = {task.result() for task in done}
            if Fate.LOST in fates:
                if lost is not None:
                    lost.add(client.peer)
                await client.wait_until_left()
            elif Fate.RESET in fates:
                client.reset()
            else:
                for alert in [ALERTS[fate] for fate in fates if fate in ALERTS]:
                    await client.write(alert)
        finally:
            for task in ways:
                task.cancel()
            server.close()  # before anything is awaited: this task may be cancelled too
            await asyncio.gather(*ways, return_exceptions=True)

    return await listen_with(serve, listen or ground.listen())


async def _pass(source: Connection, target: Connection, change: Up) -> Fate | None:
    """Pass on until one side leaves, by whichever way; return what the device does of its own."""
    try:
        while data := await source.read_some():
            changed = change(data)
            if isinstance(changed, Fate):
                return changed
            await (source if isinstance(changed, Reply) else target).write(changed)
    except Gone:
        return Fate.RESET
    return None


def is_hello(data: bytes) -> bool:
    """Tell whether a TLS handshake begins here."""
    return data[:1] == bytes([CLIENT_HELLO])


def unchanged(data: bytes) -> bytes:
    """Pass bytes on as they are."""
    return data


def stop_client_hello(data: bytes) -> bytes | Fate:
    """Stop a connection when the ClientHello passes: what a filter on TLS does."""
    return Fate.RESET if is_hello(data) else data


def delete_starttls(data: bytes) -> bytes:
    """Delete the capability from what the server announces in plaintext."""
    if data[:1] == bytes([CLIENT_HELLO]):
        return data
    lines = data.split(b"\r\n")
    kept = [line for line in lines if not re.fullmatch(rb"(?i)(250-STARTTLS|STLS)", line)]
    text = b"\r\n".join(kept)
    if re.search(rb"(?im)^250 STARTTLS\r$", text):  # the last line of a list: the one before it becomes the last
        text = re.sub(rb"(?im)^250-([^\r]*)\r\n250 STARTTLS\r$", rb"250 \1\r", text)
    return re.sub(rb"(?i)(CAPABILITY[^\r\]]*?) STARTTLS\b", rb"\1", text)


def mask_starttls(data: bytes) -> bytes:
    """Overwrite banner and capability, as the ESMTP inspection of Cisco's firewalls does.

    The banner becomes asterisks; ``STARTTLS`` becomes ``XXXXXXXA`` (Cisco document 113423).
    """
    if data[:1] == bytes([CLIENT_HELLO]):
        return data
    if data[:4] == b"220 ":
        return b"220 " + b"*" * (len(data) - 6) + b"\r\n"
    return _STARTTLS.sub(lambda match: b"X" * (len(match[0]) - 1) + b"A", data)


def refuse_starttls(data: bytes) -> bytes:
    """Refuse STARTTLS in the words of RFC 3207 section 4, as if the server had done so."""
    found = _REFUSABLE.match(data)
    if found is None:
        return data
    begin = b"%s NO" % found[1] if found[1] else b"-ERR" if found[2] else b"454 4.7.0"
    return Reply(begin + b" TLS not available due to temporary reason\r\n")


def refuse_ehlo(data: bytes) -> bytes:
    """Know HELO only, as SMTP proxies of old firewalls do."""
    return Reply(b"500 5.5.1 Command unrecognized\r\n") if data[:5].upper() == b"EHLO " else data


def inject_plaintext(data: bytes) -> bytes:
    """Write a line behind the consent to STARTTLS, which a careless client takes for a part of what is encrypted."""
    found = _CONSENTS.match(data)
    return data + _INJECTED[str(found.lastgroup)] if found else data


def mask_command(data: bytes) -> bytes:
    """Overwrite the command too, so that the server does not know it."""
    return re.sub(rb"(?i)^STARTTLS", b"XXXXXXXX", data)
