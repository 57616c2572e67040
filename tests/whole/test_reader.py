"""The command that the set-up guide prints for its steps 5 and 8, typed as it is printed."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from diag.guide import table
from diag.probes.tenant.signing_in import scopes
from fakes.declare import Application
from fakes.organisation import CLIENT_ID, PERMISSIONS
from tests.real.live import declared, live
from tests.whole.processes import begun, sign_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the emulated world stands on loopback addresses")
ADDRESS, ADMIN = "helpdesk@contoso.example", "admin@contoso.example"
READS = (*PERMISSIONS, *(scope.rpartition("/")[2] for scope in scopes("graph")))


def printed() -> list[str]:
    (command,) = {row["command"] for row in table() if row["number"] in {5, 8}}
    program, *arguments = shlex.split(command.format(address=ADDRESS))
    assert program == "maildiag"
    return [ADMIN if word == "ADMINISTRATOR" else word for word in arguments]


def test_the_printed_command_reads_the_tenant_after_a_sign_in(tmp_path: Path) -> None:
    application = Application(permissions=READS, admin_consent=READS)
    with live(declared(application=application), tmp_path) as world:
        how = ("--provider", "microsoft365", "--no-browser", "--reader-client-id", CLIENT_ID)
        with begun(world, tmp_path / "tokens", *printed(), *how) as command:
            sign_in(world, command.page(), user=ADMIN)
            code, out, errors = command.end()
    assert "The set-up guide, step by step" in out, errors
    assert "0 Mailbox in the application (fulfilled): Axence OAuth2 Authentication is in the tenant" in " ".join(
        out.split()
    )
    assert code == 3, out  # nobody signed in to the mailbox itself, and its switches are Exchange's to tell
