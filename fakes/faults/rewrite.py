"""Devices that sit in a connection: they pass bytes on, and some they change or stop."""

from __future__ import annotations

import asyncio
import re
from enum import Enum
from typing import TYPE_CHECKING

from fakes.connection import Gone
from fakes.faults.sockets import CLIENT_HELLO
from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from fakes.connection import Connection
    from fakes.faults.losses import Losses
    from fakes.ground import Ground
    from fakes.server import Running

_STARTTLS = re.compile(rb"(?i)\b(STARTTLS|STLS)\b")


class Fate(Enum):
    """What becomes of a connection that a device does not let go on."""

    RESET = "reset"
    ALERT = "alert"
    NO_PROTOCOL = "no-protocol"
    LOST = "lost"


ALERTS = {Fate.ALERT: b"\x15\x03\x03\x00\x02\x02\x2f", Fate.NO_PROTOCOL: b"\x15\x03\x03\x00\x02\x02\x78"}
"""Records with a fatal alert: illegal_parameter and no_application_protocol (RFC 8446 section 6)."""


async def relay(
    to: tuple[str, int],
    *,
    down: Callable[[bytes], bytes],
    up: Callable[[bytes], bytes | Fate],
    lost: Losses | None = None,
    ground: Ground = LOOPBACK,
    listen: socket.socket | None = None,
) -> Running:
    """Pass everything on to ``to``, through ``down`` towards the client and ``up`` towards the server.

    Where ``up`` returns a :class:`Fate`, the client is reset, gets an alert, or hears nothing any more; of the last
    ``lost`` is told. Clients come in by the socket ``listen``; without it, by any port of the ground.
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


async def _pass(source: Connection, target: Connection, change: Callable[[bytes], bytes | Fate]) -> Fate | None:
    """Pass on until one side leaves, by whichever way; return what the device does of its own."""
    try:
        while data := await source.read_some():
            changed = change(data)
            if isinstance(changed, Fate):
                return changed
            await target.write(changed)
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


def mask_command(data: bytes) -> bytes:
    """Overwrite the command too, so that the server does not know it."""
    return re.sub(rb"(?i)^STARTTLS", b"XXXXXXXX", data)
