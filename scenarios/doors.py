"""Doors into a world from outside: an address and known ports in front of its services, for other computers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fakes.faults.rewrite import relay, unchanged
from fakes.ground import Ground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scenarios.mail_world import MailWorld


@contextlib.asynccontextmanager
async def open_doors(world: MailWorld, address: str, first_port: int) -> AsyncIterator[dict[str, tuple[str, int]]]:
    """Let everybody who reaches ``address`` in for the time of the block; yield the door of each service.

    The ports are numbered from ``first_port`` on in the order of the services, 0 for any. Behind a service that nobody
    can reach there is no door, so its port refuses.

    :raises OSError: a port is taken, or the address is not this computer's.
    """
    ground, inside = Ground(address=address), world.places
    async with contextlib.AsyncExitStack() as stack:
        doors = {}
        for at, place in enumerate(world.case.declaration.services):
            if place in inside:
                listen = ground.listen(port=first_port + at if first_port else 0)
                door = await relay(inside[place], down=unchanged, up=unchanged, listen=listen)
                stack.push_async_callback(door.close)
                doors[place] = (door.address, door.port)
        yield doors
