"""The command in a process of its own, with its network in an emulated world, and somebody at the sign-in page."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diag.check import PROXY_VARIABLES
from diag.cli.token_store import VARIABLE
from tests.diag.cli.running import maildiag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.live import Live

LONGEST = 60
"""Seconds until a command that hangs is ended."""


@dataclass
class Begun:
    """A command that runs, with what it has said on standard error so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def page(self) -> str:
        """Wait until it says which page somebody is to open, and return the address."""
        assert self.process.stderr is not None
        while not (line := self.process.stderr.readline()).startswith("  https://"):
            assert line, "".join(self.said)
            self.said.append(line)
        return line.strip()

    def until(self, words: str) -> None:
        """Wait until it says ``words``."""
        assert self.process.stderr is not None
        while words not in (line := self.process.stderr.readline()):
            assert line, "".join(self.said)
            self.said.append(line)
        self.said.append(line)

    def end(self) -> tuple[int, str, str]:
        """Wait until it ends, and return its code and what it said."""
        out, errors = self.process.communicate(timeout=LONGEST)
        return self.process.returncode, out, "".join(self.said) + errors


@contextlib.contextmanager
def begun(
    world: Live, tokens: Path, *arguments: str, by_variable: bool = False, trusted: bool = True
) -> Iterator[Begun]:
    """Begin a command which goes through the proxy of ``world``, trusts its CA and keeps tokens in ``tokens``.

    ``by_variable``: the proxy is named by the environment, and not by the option.
    """
    options = [
        *(() if by_variable else ("--proxy", world.proxy)),
        *(("--cacert", str(world.ca_file)) if trusted else ()),
    ]
    around = {name: value for name, value in os.environ.items() if name.upper() not in PROXY_VARIABLES}
    around |= {VARIABLE: str(tokens), **({"HTTPS_PROXY": world.proxy} if by_variable else {})}
    with subprocess.Popen(
        maildiag(*arguments, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=around
    ) as process:
        try:
            yield Begun(process)
        finally:
            process.kill()


def sign_in(world: Live, url: str, **about: str) -> None:
    """Have somebody (the mailbox's user unless said) sign in at the page at ``url`` and come back to the command."""
    person = world.person(**about)
    world.run(person.arrive(world.run(person.sign_in(url))))
