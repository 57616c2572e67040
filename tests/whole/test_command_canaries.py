"""Nothing secret is in what the commands themselves say and write: standard error, reports, bundle, scripts, documents.

The commands run as processes in the network of a world, whose directory knows afterwards what was secret.
"""

from __future__ import annotations

import re
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Application, Entra
from fakes.organisation import CLIENT_ID
from tests.real.live import declared, live
from tests.whole.canaries import PEM, challenges_of, found_in, secrets_of
from tests.whole.processes import begun, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.real.live import Live
    from tests.whole.processes import Begun

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the emulated world stands on loopback addresses")
ADDRESS, SECRET = "helpdesk@contoso.example", "8Q~canary-of-the-application-itself"
ROLES = ("IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp")
ENTERS = re.compile(r"open (\S+)\nand enter within \d+ minutes: (\w+)")
WRITES = ("--save", "saved.json", "--bundle", "all.zip", "-o", "report.html", "--format", "html")
WRITES_TOO = ("--fix-script", "fix.ps1", "--change-request", "change.txt")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Live]:
    application = Application(secret=SECRET, certificate="own", roles=ROLES)
    with live(declared(application=application, entra=Entra(interval=1)), tmp_path) as running:
        yield running


def by_code(world: Live, command: Begun) -> None:
    sign_in(world, command.page())


def by_device_code(world: Live, command: Begun) -> None:
    command.until("and enter within")
    shown = ENTERS.search("".join(command.said))
    assert shown is not None
    world.run(world.person().enter_code(shown[1], shown[2]))


def by_itself(_: Live, __: Begun) -> None:
    """Nobody has to do anything."""


def written(folder: Path) -> str:
    """Return all that was written, with what is packed in the bundle."""
    texts = []
    for file in folder.iterdir():
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                texts += [archive.read(name).decode() for name in archive.namelist()]
        else:
            texts.append(file.read_text())
    return "".join(texts)


WAYS = {
    "code": ((), by_code, {"access token", "code", "refresh token", "session cookie", "id token or assertion"}),
    "device-code": (("--device-code",), by_device_code, {"access token", "device code", "refresh token"}),
    "client-secret": (("--client-secret-file", "secret"), by_itself, {"access token", "client secret"}),
    "client-certificate": (("--certificate", "key.pem"), by_itself, {"access token", "id token or assertion"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_secret_leaves_the_commands(
    world: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    options, person, there = WAYS[way]
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "key.pem").write_text(PEM)
    proof = tuple(str(tmp_path / word) if (tmp_path / word).exists() else word for word in options)
    first, second = tmp_path / "first", tmp_path / "second"
    again = ("--app-client-id", CLIENT_ID, *proof) if person is by_itself else ()
    steps: tuple[tuple[Path, tuple[str, ...], Callable[[Live, Begun], None]], ...] = (
        (first, ("authorize", ADDRESS, "--client-id", CLIENT_ID, "--no-browser", *proof, *WRITES), person),
        (second, ("check", ADDRESS, "--provider", "microsoft365", *again, *WRITES, *WRITES_TOO), by_itself),
    )
    for folder, arguments, does in steps:
        folder.mkdir()
        monkeypatch.chdir(folder)
        with begun(world, tmp_path / "tokens", *arguments) as command:
            does(world, command)
            code, out, errors = command.end()
        assert code in {0, 1}, errors
        assert out == ""
        secrets, challenges = secrets_of(world.stage.world), challenges_of(world.stage.world)
        assert {kind for kind, some in secrets.items() if some} >= there
        assert bool(challenges) == (way == "code")
        assert found_in(written(folder) + errors, secrets, challenges) == []
    assert {path.name for path in second.iterdir()} >= {"saved.json", "all.zip", "report.html", "fix.ps1", "change.txt"}
    assert "✓ sign-in" in written(second)
