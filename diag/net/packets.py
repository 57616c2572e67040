"""Raw packets by a child process: traces where ordinary connections cannot make them, and captures of own flows.

Both need rights that an ordinary user lacks, and the extra ``maildiag[trace]``; :class:`NoPacketsError` says which.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diag.model.hops import Hop
from diag.net import flows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START = 20.0
"""Seconds that the child may take to be ready: scapy alone takes half of one."""
LONGEST_LINE = 1 << 18
ENDED = "the process for raw packets has ended"
MISSING = "scapy is not installed (pip install 'maildiag[trace]')"


class NoPacketsError(Exception):
    """Raw packets cannot be had; the text says why."""


class Child:
    """The process, spoken to by lines of JSON. Pipes and a thread: that works on every system."""

    def __init__(self, *arguments: str) -> None:
        """Start it."""
        self.process = subprocess.Popen(  # noqa: S603  this program
            [sys.executable, "-m", "diag.net.raw", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._thread = threading.Thread(target=self._read, args=(asyncio.get_running_loop(),), daemon=True)
        self._thread.start()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self.process.stdout is not None  # noqa: S101  a pipe
        line = None
        while line != b"":
            line = self.process.stdout.readline(LONGEST_LINE)
            with contextlib.suppress(RuntimeError):  # nobody listens any more
                loop.call_soon_threadsafe(self._lines.put_nowait, line)

    async def hear(self) -> bytes:
        """Return the next line, empty at the end."""
        return await self._lines.get()

    def say(self, message: dict[str, Any]) -> None:
        """Send one request."""
        assert self.process.stdin is not None  # noqa: S101  a pipe
        with contextlib.suppress(OSError):
            self.process.stdin.write(f"{json.dumps(message)}\n".encode())
            self.process.stdin.flush()

    async def finish(self) -> None:
        """Say that there is no more to come, and wait until it has done its work."""
        assert self.process.stdin is not None  # noqa: S101  a pipe
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        while await self.hear():
            pass

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        self._thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Packets:
    """Traces by a child. It is ended by :meth:`close`, and ends by itself when this process does."""

    def __init__(self, child: Child) -> None:
        """Talk to ``child``."""
        self._child = child
        self._waiting: dict[int, asyncio.Future[list[Hop]]] = {}
        self._reader = asyncio.ensure_future(self._read())

    async def trace(self, address: str, port: int, *, timeout: float, patient: bool) -> list[Hop]:
        """Trace by SYNs of our own making; ``timeout`` is seconds for each window of hops.

        :raises NoPacketsError: the child has ended.
        """
        if self._reader.done():
            raise NoPacketsError(ENDED)
        number = len(self._waiting) + 1
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "address": address, "port": port, "timeout": timeout, "patient": patient}
        self._child.say(request)
        hops: list[Hop] = await future
        return hops

    async def _read(self) -> None:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            while line := await self._child.hear():
                answer = json.loads(line)
                future = self._waiting.get(answer["id"])
                if future is not None and not future.done():
                    future.set_result([Hop(**hop) for hop in answer["hops"]])
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(NoPacketsError(ENDED))

    def close(self) -> None:
        """End the child."""
        self._reader.cancel()
        self._child.close()


async def open_packets() -> Packets:
    """Start a child that traces.

    :raises NoPacketsError: something is missing, the rights or the library.
    """
    return Packets(await _start("trace"))


def _try_file(file: str) -> None:
    """Make sure that ``file`` can be written, so that what is wrong with it is not put down to the rights for packets.

    :raises NoPacketsError: it cannot.
    """
    try:
        Path(file).write_bytes(b"")
    except OSError as error:
        raise NoPacketsError(f"{file}: {error.strerror}") from None


@contextlib.asynccontextmanager
async def capturing(file: str) -> AsyncIterator[None]:
    """Write the packets of the flows that are opened inside the block to ``file`` (pcap).

    :raises NoPacketsError: something is missing, the rights or the library, or the file cannot be written.
    """
    _try_file(file)
    child = await _start("capture", file)
    own: set[flows.Flow] = set()
    token = flows.OWN.set(own)
    try:
        yield
    finally:
        flows.OWN.reset(token)
        child.say({"flows": sorted(own)})
        await child.finish()
        child.close()


async def _start(*arguments: str) -> Child:
    if importlib.util.find_spec("scapy") is None:
        raise NoPacketsError(MISSING)
    child = Child(*arguments)
    try:
        async with asyncio.timeout(START):
            line = await child.hear()
        first: dict[str, Any] = json.loads(line) if line else {"error": "it ended at once"}
    except BaseException:
        child.close()
        raise
    if not first.get("ready"):
        child.close()
        raise NoPacketsError(f"raw packets take the rights of an administrator: {first.get('error')}")
    return child
