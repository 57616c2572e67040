"""The group of commands: help, version, and what it costs."""

from __future__ import annotations

import subprocess
import sys

from diag import __version__
from diag.cli import COMMANDS
from tests.diag.cli.running import run


def test_help_lists_every_command_without_importing_any() -> None:
    code = "import sys; from diag.cli import cli; cli(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(name in text for name in COMMANDS)
    assert not any(f"'{name}'" in text for name in ("asyncio", "ssl", "pydantic", "rich", "yaml", "cryptography"))


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        assert run(name, "--help").exit_code == 0
    assert run("--version").output == f"maildiag {__version__}\n"
