"""What a crowd costs: ``python benchmarks/sessions.py [SESSIONS]``.

An emulated Microsoft 365, in a process of its own, meets that many clients (1,000) at once over each protocol: all of
them connect, encrypt and sign in, and once the last one is in, each uses its mailbox and leaves. Printed are the
seconds until all are in, those until all have left, and the memory that one session takes at the server (256 KiB of it
are the buffer that asyncio gives to each connection with TLS).
"""

from __future__ import annotations

import asyncio
import base64
import re
import resource
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ARGUMENTS = ["maildiag", "scenario", "serve", "healthy/exchange-online"]
SERVE = [sys.executable, "-c", f"import sys; sys.argv = {ARGUMENTS}; from diag.cli import main; main()"]
PLACE = re.compile(r"(\w+) +(\S+):\d+ +is at ([\d.]+):(\d+)")
AT_A_TIME = 100
"""Clients that connect in the same moment; the others wait their turn, as they would for the network."""


class Place(NamedTuple):
    """A service, as ``scenario serve`` shows it."""

    host: str
    address: str
    port: int


class World(NamedTuple):
    """A running world."""

    process: subprocess.Popen[str]
    places: dict[str, Place]
    response: str
    """What signs in by XOAUTH2, in base64."""
    context: ssl.SSLContext

    def memory(self) -> float:
        """Return the MiB that the server occupies."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(match[1]) / 1024 if match else 0.0


class Talk:
    """A client's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk over these."""
        self.reader, self.writer = reader, writer

    async def say(self, line: str, until: str) -> str:
        """Send a line and read until one begins with ``until``.

        :raises ConnectionError: the server says something else in the end.
        """
        if line:
            self.writer.write(f"{line}\r\n".encode())
        while answer := (await self.reader.readline()).decode():
            if answer.startswith(until):
                return answer
            if answer.startswith(("x NO", "x BAD", "-ERR", "4", "5")):
                break
        raise ConnectionError(f"{line[:20]!r} was answered by {answer!r}")


async def imap(talk: Talk, world: World, everybody: asyncio.Barrier) -> None:
    """Sign in, wait for the others, select the inbox and leave."""
    await talk.say("", "* OK")
    await talk.say(f"x AUTHENTICATE XOAUTH2 {world.response}", "x OK")
    await everybody.wait()
    await talk.say("x SELECT INBOX", "x OK")
    await talk.say("x LOGOUT", "x OK")


async def pop3(talk: Talk, world: World, everybody: asyncio.Barrier) -> None:
    """Sign in, wait for the others, count the mail and leave."""
    await talk.say("", "+OK")
    await talk.say("AUTH XOAUTH2", "+ ")
    await talk.say(world.response, "+OK")
    await everybody.wait()
    await talk.say("STAT", "+OK")
    await talk.say("QUIT", "+OK")


async def smtp(talk: Talk, world: World, everybody: asyncio.Barrier) -> None:
    """Encrypt, sign in, wait for the others, name a sender and leave."""
    await talk.say("", "220 ")
    await talk.say("EHLO crowd", "250 ")
    await talk.say("STARTTLS", "220 ")
    await talk.writer.start_tls(world.context, server_hostname=world.places["SMTP"].host)
    await talk.say("EHLO crowd", "250 ")
    await talk.say(f"AUTH XOAUTH2 {world.response}", "235 ")
    await everybody.wait()
    await talk.say("MAIL FROM:<helpdesk@contoso.example>", "250 ")
    await talk.say("QUIT", "221 ")


def start() -> World:
    """Start the world and read what it shows."""
    process = subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own command
    shown = "".join(_until_running(process))
    places = {kind: Place(host, address, int(port)) for kind, host, address, port in PLACE.findall(shown)}
    told = dict(re.findall(r"^(user|token|CA) +(?:in )?(\S+)", shown, re.MULTILINE))
    token = Path(told["token"]).read_text(encoding="ascii")
    response = base64.b64encode(f"user={told['user']}\x01auth=Bearer {token}\x01\x01".encode()).decode()
    return World(process, places, response, ssl.create_default_context(cafile=told["CA"]))


def _until_running(process: subprocess.Popen[str]) -> Iterator[str]:
    for line in process.stdout or ():
        yield line
        if line.startswith("Running"):
            return


async def crowd(world: World, kind: str, count: int) -> str:
    """Let ``count`` clients in and out, and say what it took."""
    session, place = {"IMAP": imap, "POP3": pop3, "SMTP": smtp}[kind], world.places[kind]
    turn, everybody = asyncio.Semaphore(AT_A_TIME), asyncio.Barrier(count + 1)
    encrypted = None if kind == "SMTP" else world.context

    async def one() -> None:
        async with turn:
            reader, writer = await asyncio.open_connection(
                place.address, place.port, ssl=encrypted, server_hostname=place.host if encrypted else None
            )
        await session(Talk(reader, writer), world, everybody)
        writer.transport.abort()

    began, before = time.perf_counter(), world.memory()
    async with asyncio.TaskGroup() as group:
        clients = [group.create_task(one()) for _ in range(count)]
        await everybody.wait()
        inside, more = time.perf_counter() - began, world.memory() - before
    done = sum(client.exception() is None for client in clients)
    return (
        f"{kind}: {done} of {count} sessions at once, all signed in after {inside:.1f} s, "
        f"all done after {time.perf_counter() - began:.1f} s, {more * 1024 / count:.0f} KiB each ({more:.0f} MiB)"
    )


def main() -> None:
    """Measure each protocol in turn."""
    count = int(sys.argv[1]) if sys.argv[1:] else 1000
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for kind in ("IMAP", "POP3", "SMTP"):
        world = start()
        try:
            print(asyncio.run(crowd(world, kind, count)), flush=True)
        finally:
            world.process.terminate()
            world.process.wait()


if __name__ == "__main__":
    main()
