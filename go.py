"""The commands for a fresh clone: ``python3 go.py demo``, ``python3 go.py test``, ``python3 go.py install``.

Needs Python 3.11 and nothing else. It makes ``.venv`` beside this file and works there, so it also works where the
system's Python refuses installations (PEP 668) and where the module that puts pip into new environments is missing
(Debian without python3-venv): the environment is made without pip, and the pip at hand installs into it.
Only what a clone needs before the project can be imported lives here; it has the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "go-stamp.json"
OLDEST = (3, 11)
OLDEST_PIP = (22, 3)
"""The first pip that installs into another environment (``--python``)."""
DEMO = "smtp/auth-disabled-for-mailbox"
"""The case that ``demo`` plays: one that users meet, with one cause and a remedy."""
USAGE = """usage: python3 go.py COMMAND

  demo [OPTION...]   install, and diagnose a bundled broken mailbox (exit code 1: cause found)
  test [ARGUMENT...] install what the tests need, and run them; arguments are passed to pytest
  install [EXTRA...] install only, with the extras named: trace, cache, metrics, all, test, lint
"""


class GiveUpError(Exception):
    """Nothing more can be done here; the text tells the person why and what to do."""


def main(arguments: list[str]) -> int:
    """Run the command named by the first of ``arguments`` and return its exit code."""
    # The interpreter that starts this may be older than the one the project asks for.
    if sys.version_info < OLDEST:
        print(f"maildiag needs Python 3.11 or newer; this is {sys.version.split()[0]} at {sys.executable}")
        return 2
    commands = {"demo": demo, "test": test, "install": install_only}
    if not arguments or arguments[0] not in commands:
        asked = arguments in (["help"], ["-h"], ["--help"])
        print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        return commands[arguments[0]](arguments[1:])
    except GiveUpError as reason:
        print(reason, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def demo(options: list[str]) -> int:
    """Diagnose a bundled broken world with further ``options``, then say how to do the same for a real mailbox."""
    install([])
    shown = os.path.relpath(BIN / "maildiag", Path.cwd())
    print(f"$ {shown} check --in {' '.join([DEMO, *options])}\n", flush=True)
    code = subprocess.call([str(BIN / "maildiag"), "check", "--in", DEMO, *options], cwd=HERE)
    print(f"\nThat mailbox was emulated on this machine. For a real one:\n$ {shown} check you@your-company.example")
    return code


def test(arguments: list[str]) -> int:
    """Run the tests and the scenarios; without arguments all of them, on all processors."""
    install(["test"])
    chosen = arguments or ["-n", "auto", "--dist", "loadgroup"]
    return subprocess.call([str(PYTHON), "-m", "pytest", *chosen], cwd=HERE)


def install_only(extras: list[str]) -> int:
    """Install with the ``extras`` and say where the command is."""
    install(extras)
    print(f"Installed. Run: {BIN / 'maildiag'} --help")
    return 0


def install(extras: list[str]) -> None:
    """Bring ``.venv`` up to date with this checkout; does nothing if it is.

    The installation is an editable one: it follows the checkout, and must be repeated only when pyproject.toml changes.

    :raises GiveUpError: there is no way to install here.
    """
    done = _read_stamp()
    wanted = sorted({*extras, *done.get("extras", [])})
    stamp = {"for": _fingerprint(), "extras": wanted}
    if done == stamp and PYTHON.exists():
        return
    print(f"Installing into {VENV} ...", flush=True)
    STAMP.unlink(missing_ok=True)
    if done.get("for", [None])[0] != _fingerprint()[0] or not PYTHON.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", str(VENV))
    what = f"{HERE}[{','.join(wanted)}]" if wanted else str(HERE)
    _run(*_pip(), "install", "--quiet", "--disable-pip-version-check", "--editable", what)
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def _fingerprint() -> list[str]:
    """Return what an installation depends on: the interpreter (another needs a new environment) and pyproject.toml."""
    text = (HERE / "pyproject.toml").read_bytes()
    return [f"{os.path.realpath(sys.executable)} {sys.version}", f"{HERE} {hashlib.sha256(text).hexdigest()}"]


def _read_stamp() -> dict[str, list[str]]:
    try:
        read: dict[str, list[str]] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _pip() -> list[str]:
    """Return the command of a pip that installs into the environment."""
    asked = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    words = asked.stdout.split()
    if asked.returncode == 0 and tuple(int(part) for part in words[1].split(".")[:2] if part.isdigit()) >= OLDEST_PIP:
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if subprocess.call([str(PYTHON), "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL) == 0:
        return [str(PYTHON), "-m", "pip"]
    raise GiveUpError(
        f"There is no pip for {sys.executable}, or one older than 22.3, and it cannot make one.\n"
        "Install pip (Debian and Ubuntu: apt install python3-pip) and repeat the command.",
    )


def _run(*command: str) -> None:
    code = subprocess.call(command)
    if code:
        raise GiveUpError(f"This failed with exit code {code}; its message is above:\n  {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
