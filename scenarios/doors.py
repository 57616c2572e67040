"""Doors into a world from outside: an address and known ports in front of its services, for other computers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fakes.faults.rewrite import relay, unchanged
from fakes.ground import Ground
from fakes.stages.loopback import LoopbackStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes.faults.sockets import Dropped, Refused
    from fakes.server import Running
    from scenarios.mail_world import MailWorld


@contextlib.asynccontextmanager
async def open_doors(world: MailWorld, address: str, first_port: int) -> AsyncIterator[dict[str, tuple[str, int]]]:
    """Let everybody who reaches ``address`` in for the time of the block; yield the door of each service.

    The ports are numbered from ``first_port`` on in the order of the services, 0 for any. A port that does not answer
    inside has a door that does not answer either, and one that refuses has one that refuses. Behind a service that
    nobody can reach there is no door at all.

    :raises OSError: a port is taken, or the address is not this computer's.
    """
    ground, inside = Ground(address=address), world.places
    async with contextlib.AsyncExitStack() as stack:
        doors = {}
        for at, place in enumerate(world.case.declaration.services):
            if place in inside:
                door = await _door(world, inside[place], ground, first_port + at if first_port else 0)
                stack.push_async_callback(door.close)
                doors[place] = (door.address, door.port)
        yield doors


def unanswered(world: MailWorld, inside: tuple[str, int]) -> type[Dropped | Refused] | None:
    """Return what keeps connections to a place of the world from being made, where something does."""
    return world.stage.unanswered_at(inside) if isinstance(world.stage, LoopbackStage) else None


async def _door(world: MailWorld, inside: tuple[str, int], ground: Ground, port: int) -> Running | Dropped | Refused:
    kept_out = unanswered(world, inside)
    if kept_out is not None:
        return kept_out(ground.address, port)
    return await relay(inside, down=unchanged, up=unchanged, listen=ground.listen(port=port))
