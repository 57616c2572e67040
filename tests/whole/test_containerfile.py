"""The container file, as far as it can be tried without a container engine: its files, its commands, its process."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.real.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FIRST, EVERYWHERE = "10000", "0.0.0.0"  # noqa: S104  what the container file has
HERE = "127.0.0.4"
"""An address of this computer at which nothing else listens."""


class Step(NamedTuple):
    word: str
    rest: str


def steps() -> list[Step]:
    text = (ROOT / "Containerfile").read_text()
    joined = re.sub(r"\\\n\s*", "", text)
    return [Step(*line.split(" ", 1)) for line in joined.splitlines() if line and not line.startswith("#")]


def step(word: str) -> str:
    (found,) = [item.rest for item in steps() if item.word == word]
    return found


def test_the_base_has_a_python_that_is_supported() -> None:
    version = re.fullmatch(r"docker\.io/library/python:3\.(\d+)-slim", step("FROM"))
    assert version is not None
    assert f'"Programming Language :: Python :: 3.{version[1]}"' in (ROOT / "pyproject.toml").read_text()


def test_what_is_copied_builds_a_wheel_with_all_data(tmp_path: Path) -> None:
    for item in steps():
        if item.word == "COPY":
            *sources, target = item.rest.split()
            assert target.startswith("/source/")
            for source in sources:
                place = tmp_path / target.removeprefix("/")
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    place.mkdir(exist_ok=True)
                    shutil.copy(ROOT / source, place)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    done = subprocess.run(build, cwd=tmp_path / "source", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    names = zipfile.ZipFile(wheel).namelist()
    assert {"scenarios/cases/healthy/exchange-online.yaml", "diag/catalogue/tls/intercepted.md"} <= set(names)
    assert any(name.endswith("entry_points.txt") for name in names)


def test_each_command_is_a_command() -> None:
    for part in step("RUN").split("&&"):
        program, *arguments = shlex.split(part)
        assert shutil.which(program), part
        if program == "python":
            assert arguments[:3] == ["-m", "pip", "install"]
    health = json.loads(step("HEALTHCHECK").partition(" CMD ")[2])
    assert shutil.which(health[0])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    """Run the container's process, at another port and with another folder."""
    program, *arguments = json.loads(step("ENTRYPOINT")) + json.loads(step("CMD"))
    elsewhere = {FIRST: str(free_port(HERE)), "/world": str(tmp_path), EVERYWHERE: HERE}
    changed = [elsewhere.get(word, word) for word in arguments]
    assert program == "maildiag"
    code = f"import sys; sys.argv = {['maildiag', *changed]}; from diag.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "Running" not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        yield process, json.loads((tmp_path / "settings.json").read_text())
        process.kill()


def test_its_process_serves_at_the_ports_that_are_exposed(
    served: tuple[subprocess.Popen[str], dict[str, object]], tmp_path: Path
) -> None:
    process, settings = served
    services = settings["services"]
    assert isinstance(services, list)
    low, high = step("EXPOSE").split("-")
    assert len(services) <= int(high) - int(low) + 1
    ports = [item["real_port"] for item in services]
    assert ports == list(range(ports[0], ports[0] + len(ports)))
    imap = services[0]
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with (
        socket.create_connection((HERE, imap["real_port"]), 10) as plain,
        context.wrap_socket(plain, server_hostname=imap["host"]) as encrypted,
    ):
        assert encrypted.recv(100).startswith(b"* OK Microsoft Exchange IMAP4 service is ready")
    assert (tmp_path / "token").read_text().count(".") == 2
    assert (tmp_path / "token").stat().st_mode & 0o044 == 0o044
    process.send_signal(getattr(signal, step("STOPSIGNAL")))
    assert process.wait(20) == 0
