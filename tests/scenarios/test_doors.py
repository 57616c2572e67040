"""Doors into a world: known ports, and none where nobody can go."""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from scenarios.doors import open_doors, unanswered
from scenarios.load import load
from scenarios.mail_world import MailWorld
from tests.real.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

CASE = """story: The firewall refuses POP3.
world:
  like: dovecot
  but:
    path: [{firewall: {prohibit: [995], hosts: [mail.example.org]}}]
expect: {state: broken}
"""


def test_services_are_numbered_in_their_order_and_the_unreachable_has_no_door(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(CASE)
    first = free_port("127.0.0.3")

    async def main() -> tuple[dict[str, tuple[str, int]], bytes]:
        async with (
            MailWorld(load(str(tmp_path / "case.yaml"))) as world,
            open_doors(world, "127.0.0.3", first) as doors,
        ):
            order = list(world.case.declaration.services)
            assert doors == {place: ("127.0.0.3", first + at) for at, place in enumerate(order) if place in doors}
            assert set(order) - set(doors) == {"mail.example.org:995"}
            reader, writer = await asyncio.open_connection(*doors["mail.example.org:143"])
            line = await reader.readline()
            writer.transport.abort()
            return doors, line

    doors, line = asyncio.run(main())
    assert line.startswith(b"* OK [CAPABILITY IMAP4rev1")
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(asyncio.open_connection(*doors["mail.example.org:143"]))


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue drops on Linux")
def test_a_door_answers_no_more_than_the_port_behind_it() -> None:
    async def main() -> None:
        async with MailWorld(load("tcp/port-dropped")) as world, open_doors(world, "127.0.0.3", 0) as doors:
            place = next(place for place, inside in world.places.items() if unanswered(world, inside))
            with socket.socket() as client:
                client.setblocking(False)
                with pytest.raises(BlockingIOError):
                    client.connect(doors[place])
                assert select.select([], [client], [], 0.1) == ([], [], []), "a SYN on loopback is answered at once"
        async with MailWorld(load("tcp/port-refused")) as world, open_doors(world, "127.0.0.3", 0) as doors:
            place = next(place for place, inside in world.places.items() if unanswered(world, inside))
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*doors[place])

    asyncio.run(main())


def test_without_a_first_port_any_is_taken() -> None:
    async def main() -> int:
        async with MailWorld(load("healthy/dovecot")) as world, open_doors(world, "127.0.0.1", 0) as doors:
            assert set(doors) == set(world.places)
            return len(doors) - len({port for _, port in doors.values()})

    assert asyncio.run(main()) == 0
