"""Has the operator announced maintenance? It is in the TXT record of ``status.`` and the host's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.net.resolver import system_name_servers
from diag.probes.probe import MAIL, probe

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run


@probe("acme-status", asks="Has the operator announced maintenance?", protocols=MAIL)
async def status(run: Run, endpoint: Endpoint) -> None:
    """Ask the first name server; what it answers is on record, and what that means is for the rule."""
    servers = run.network.settings.name_servers or system_name_servers()
    await run.network.query(f"status.{endpoint.host}", "TXT", servers[0])
