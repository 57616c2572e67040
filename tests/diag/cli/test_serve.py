"""Serving a world: where it is, what it leaves behind, and how it ends (see also the container file's tests)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run
from tests.real.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def begun(*arguments: str) -> subprocess.Popen[str]:
    code = f"import sys; sys.argv = {['maildiag', 'scenario', 'serve', *arguments]}; from diag.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while "Running" not in (line := process.stdout.readline()):
        assert line, process.communicate()[1]
    return process


def test_sigterm_ends_it_and_its_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with begun("healthy/dovecot") as process:
        assert [sorted(path.name for path in folder.iterdir()) for folder in tmp_path.iterdir()] == [
            ["ca.pem", "settings.json", "token"]
        ]
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20)[1] == "stopped\n"
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_the_settings_say_where_everything_is(tmp_path: Path) -> None:
    port = free_port("127.0.0.1")
    with begun("tcp/port-dropped", "--first-port", str(port), "--folder", str(tmp_path / "world")) as process:
        process.terminate()
        process.communicate(timeout=20)
    settings = json.loads((tmp_path / "world" / "settings.json").read_text())
    assert settings["scenario"] == "tcp/port-dropped"
    assert settings["user"] == "helpdesk@contoso.example"
    first = settings["services"][0]
    assert (first["protocol"], first["host"], first["port"]) == ("imap", "outlook.office365.com", 993)
    assert (first["address"], first["real_port"], first["tls"]) == ("127.0.0.1", port, "implicit")
    assert (tmp_path / "world" / settings["ca"]).read_text().startswith("-----BEGIN CERTIFICATE")
    assert (tmp_path / "world" / settings["token"]).read_text().count(".") == 2


def test_others_are_told_an_address_that_leads_here_and_nothing_of_a_world_before(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text("of a world before")
    for arguments, address in (((), "127.0.0.1"), (("--public-address", "mail-world"), "mail-world")):
        with begun("healthy/dovecot", "--listen", "0.0.0.0", "--folder", str(tmp_path), *arguments) as process:  # noqa: S104
            process.terminate()
            process.communicate(timeout=20)
        assert {service["address"] for service in json.loads(settings.read_text())["services"]} == {address}
        assert "0.0.0.0" not in settings.read_text()  # noqa: S104
    settings.write_text("of a world before")
    run("scenario", "serve", "healthy/dovecot", "--listen", "192.0.2.1", "--folder", str(tmp_path))
    assert not settings.exists()


def test_what_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    elsewhere = run("scenario", "serve", "healthy/dovecot", "--listen", "192.0.2.1")
    assert elsewhere.exit_code == 2
    assert "cannot listen at 192.0.2.1" in elsewhere.stderr
    (tmp_path / "file").touch()
    no_folder = run("scenario", "serve", "healthy/dovecot", "--folder", str(tmp_path / "file"))
    assert no_folder.exit_code == 2
    assert "file" in no_folder.stderr
