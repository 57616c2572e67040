"""The command line, inside this process or in one of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from diag.cli import cli

if TYPE_CHECKING:
    from click.testing import Result


def run(*arguments: str, stdin: str | None = None) -> Result:
    """Run a command here, with standard output and standard error apart."""
    return CliRunner().invoke(cli, arguments, input=stdin, prog_name="maildiag")


def maildiag(*arguments: str) -> list[str]:
    """Return the command for a process of its own, which can be interrupted also where the tests themselves cannot."""
    restore = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    return [sys.executable, "-c", f"{restore}; from diag.cli import main; main()", *arguments]
