"""A server program in the foreground: started, waited for by what it says, and stopped also when a test fails.

How a process is begun and ended lives here only; what its configuration says lives beside the server's name.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from random import SystemRandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

START = 20
"""Seconds that a server may take until it says that it is ready; half a second is usual."""
STOP = 10
"""Seconds that it may take to end after SIGTERM."""
PORTS = range(20000, 32000)
"""Below the ports that Linux gives to outgoing connections, so that no connection takes one between choice and use."""

ENVIRONMENT = {"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
"""What servers are started with: where Debian keeps them is not in every user's PATH."""


class ServerFailedError(Exception):
    """The server ended, or did not say that it is ready; the text is what it said."""


class Running:
    """A started server; :meth:`log` is everything that it has said so far."""

    def __init__(self, process: subprocess.Popen[str], ready: str) -> None:
        """Read what ``process`` says from now on, and notice the line that contains ``ready``."""
        self._process = process
        self._ready = ready
        self._lines: list[str] = []
        self._spoke = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> None:
        """Return when the server can be connected to.

        :raises ServerFailedError: it ended before, or took longer than :data:`START`.
        """
        if not self._spoke.wait(START) or not any(self._ready in line for line in self._lines):
            raise ServerFailedError(self.log() or "it said nothing")

    def log(self) -> str:
        """Return what the server has said."""
        return "".join(self._lines)

    def stop(self) -> None:
        """End the server and wait for its end."""
        self._process.terminate()
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP)
        self._reader.join(STOP)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        for line in self._process.stdout:
            self._lines.append(line)
            if self._ready in line:
                self._spoke.set()
        self._spoke.set()  # the end, too, is something to stop waiting for


@contextmanager
def running(command: list[str], *, ready: str, user: str | None = None) -> Iterator[Running]:
    """Run ``command``, as ``user`` if given, until the block ends; ``ready`` is in the line that it says when it is.

    :raises ServerFailedError: it did not start.
    """
    process = subprocess.Popen(
        [*_wrapper(user), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
    )
    server = Running(process, ready)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def _wrapper(user: str | None) -> list[str]:
    """Return the command before the command: another user, and an end together with the tests, however they end."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    change = ["--reuid", user, "--regid", "nogroup", "--clear-groups"] if user else []
    return [setpriv, *change, "--pdeathsig", "TERM"]


def free_port(address: str) -> int:
    """Return a TCP port of ``address`` that nobody listens on."""
    random = SystemRandom()
    while True:
        port = random.choice(PORTS)
        with socket.socket() as sock:
            try:
                sock.bind((address, port))
            except OSError:
                continue
            return port
