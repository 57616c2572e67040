"""Checks again and again, in a process of their own, against a server that comes and goes."""

from __future__ import annotations

import contextlib
import itertools
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Service
from tests.diag.cli.running import maildiag, run
from tests.fakes.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ME = "me@x.example"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@contextlib.contextmanager
def watching(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = maildiag("watch", ME, "--every", "0.1", *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    """Return the next line without its time."""
    assert process.stdout is not None
    return process.stdout.readline().partition("UTC  ")[2].strip()


def metrics(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    address = process.stderr.readline().removeprefix("metrics at ").strip()
    with urllib.request.urlopen(address, timeout=5) as reply:  # noqa: S310  our own, on loopback
        return str(reply.read().decode())


def test_a_server_that_goes_away_is_told_once_and_seen_by_a_scraper() -> None:
    with contextlib.ExitStack() as up:
        served = up.enter_context(serving(Service(speaks="imap", like="dovecot", tls="none")))
        place = f"127.0.0.1:{served.port}"
        with watching("--imap", place, "--tls", "none", "--listen", "127.0.0.1:0") as process:
            assert line(process) == "works"
            assert f'maildiag_stage_up{{address="{ME}",endpoint="{place}",stage="port"}} 1.0' in metrics(process)
            up.close()
            told = list(itertools.takewhile(lambda text: "port-refused" not in text, iter(lambda: line(process), "")))
            assert len(told) <= 1, "at most the check that was under way when the server went"
            process.send_signal(signal.SIGTERM)
            out, errors = process.communicate(timeout=20)
    assert (process.returncode, out, errors) == (0, "", "")


def test_a_token_is_read_anew_and_its_absence_is_no_outcome(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    with (
        socket.create_server(("127.0.0.1", 0)) as closed,
        watching(
            "--imap", f"127.0.0.1:{closed.getsockname()[1]}", "--token-file", str(token), "--no-metrics"
        ) as process,
    ):
        closed.close()
        assert line(process).startswith("broken: tcp/port-refused")
        token.unlink()
        assert line(process) == f"could not check: --token-file {token}: No such file or directory"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_after_so_many_times_it_ends_as_the_last_check_did() -> None:
    told = run("watch", "--in", "tcp/port-refused", "--every", "0.01", "--times", "2", "--no-metrics")
    assert told.exit_code == 1
    assert len(told.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((ME, "--token-file", "-"), 2, "Standard input can be read once only"),
        ((ME, "--token-file", "none"), 2, "--token-file none: No such file or directory"),
        ((ME, "--listen", "9993"), 2, "'9993': expected HOST:PORT"),
        ((ME, "--listen", "127.0.0.1:99999"), 2, "'127.0.0.1:99999': expected HOST:PORT"),
        ((), 2, "Give the mailbox's ADDRESS"),
        ((ME, "--format", "json"), 2, "No such option"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_done(arguments: tuple[str, ...], code: int, message: str) -> None:
    told = run("watch", *arguments, "--no-metrics")
    assert (told.exit_code, message in told.stderr) == (code, True), told.stderr


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("watch", "--in", "healthy/dovecot", "--listen", f"127.0.0.1:{port}")
    assert (told.exit_code, f"--listen 127.0.0.1:{port}: Address already in use" in told.stderr) == (1, True)


def test_without_the_library_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['prometheus_client'] = None; from diag.cli import main; main()"
    command = [sys.executable, "-c", code, "watch", "--in", "healthy/dovecot"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert "pip install 'maildiag[metrics]'" in told.stderr
