"""Who lets the tenant of a world be read: an account of its directory, with tokens for what it was granted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from diag.model.secret import Secret
from diag.model.tenant import APPLICATION
from diag.net.clock import Clock
from diag.probes.run import Reading
from fakes.declare import Token

if TYPE_CHECKING:
    from fakes.world import World
    from scenarios.model import CheckPart

AUDIENCES = {"graph": "https://graph.microsoft.com", "exchange": "https://outlook.office365.com"}
SITES = {"graph", "exchange-admin"}
EXPIRED = Token(issued_ago=7200, lifetime=3600)


def reader_tokens(check: CheckPart, world: World) -> dict[str, str]:
    """Issue what the tenant may be read with, by the name of the interface; nothing where there is none to read."""
    if not SITES & {service.serves for service in world.declaration.services.values()}:
        return {}
    wanted = {"graph": check.reader.graph, "exchange": check.reader.exchange}
    times = EXPIRED if check.reader.expired else Token()
    return {
        service: world.directory.issue(
            Token(
                user=check.reader.user,
                audience=AUDIENCES[service],
                scopes=permissions,
                issued_ago=times.issued_ago,
                lifetime=times.lifetime,
            )
        )
        for service, permissions in wanted.items()
        if permissions
    }


def reading(check: CheckPart, tokens: dict[str, str]) -> Reading | None:
    """Return with what the tenant may be read; None where there is no token for it."""
    if not tokens:
        return None
    found = {service: Secret(text) for service, text in tokens.items()}
    return Reading(
        graph=found.get("graph"), exchange=found.get("exchange"), application=check.application or APPLICATION
    )


def clock() -> Clock:
    """Return a clock by which waiting takes no time: what a world is waited for happens at once in it."""

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    return Clock(sleep=at_once)
