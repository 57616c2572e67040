"""What a client has to do, and how it is started: a place, an account, a folder of its own, and nothing of this user."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 30
"""Seconds after which a client that still runs has failed."""
SCREEN = 1 << 20
"""Bytes of a terminal that are kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a client ended, what it said, and the mail that it fetched."""

    code: int
    said: str
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One sign-in at one service, which is at ``localhost`` with a certificate for that name."""

    port: int
    user: str
    secret: str
    """A token, or a password."""
    mechanism: str
    ca: Path
    folder: Path
    """Empty, and the client's own."""
    subject: str = "A ticket"
    """Of the message to send."""
    host: str = "localhost"

    @property
    def letter(self) -> str:
        """The message to send, to the user itself."""
        return f"From: {self.user}\nTo: {self.user}\nSubject: {self.subject}\n\nIt works again.\n"

    @property
    def mail(self) -> Path:
        """Where fetched mail belongs."""
        return self.folder / "mail"

    def write(self, name: str, text: str) -> Path:
        """Write a file that only this user may read, as clients want it for their settings."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    @property
    def secret_command(self) -> str:
        """A command that prints the secret."""
        return f"cat {self.write('secret', self.secret)}"

    def run(self, *command: str | Path, text: str = "") -> Outcome:
        """Run a client to its end."""
        try:
            done = subprocess.run(
                [str(word) for word in command], input=text, capture_output=True, text=True, errors="replace",
                check=False, timeout=TIMEOUT, cwd=self.folder, env=self._environment(),
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            return Outcome(-1, f"still ran after {TIMEOUT} s: {late.stdout!r} {late.stderr!r}")
        return Outcome(done.returncode, done.stdout + done.stderr, self._fetched())

    def run_on_screen(self, *command: str | Path) -> Outcome:
        """Run a client that wants a terminal."""
        child, screen = pty.fork()
        if child == 0:  # pragma: no cover  another process
            os.chdir(self.folder)
            os.execvpe(str(command[0]), [str(word) for word in command], self._environment())  # noqa: S606  no shell
        shown = _watch(screen)
        with suppress(ProcessLookupError):
            os.kill(child, 9)  # of no effect on one that has ended
        _, status = os.waitpid(child, 0)
        os.close(screen)
        return Outcome(os.waitstatus_to_exitcode(status), shown, self._fetched())

    def _environment(self) -> dict[str, str]:
        home = {"HOME": str(self.folder), "USER": "somebody", "LOGNAME": "somebody"}
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "vt100", **home}

    def _fetched(self) -> str:
        files = [self.mail] if self.mail.is_file() else sorted(path for path in self.mail.rglob("*") if path.is_file())
        return "".join(path.read_text(errors="replace") for path in files)


def _watch(screen: int) -> str:
    """Return what a terminal shows until the program behind it ends, or its time is over."""
    shown, until = b"", time.monotonic() + TIMEOUT
    while (left := until - time.monotonic()) > 0:
        if not select.select([screen], [], [], left)[0]:
            break
        try:
            more = os.read(screen, 65536)
        except OSError:  # the end, on Linux
            break
        if not more:
            break
        shown = (shown + more)[-SCREEN:]
    return shown.decode(errors="replace")
