"""Devices in front of a server, one before the other."""

from __future__ import annotations

import asyncio

from fakes.declare import BlackHole, Declaration, Firewall, Intercept, Mailbox, Names, Service
from fakes.stages.devices import Devices, accepting, answered, answering, refused, taken
from fakes.world import World

PLACE = "mail.example:587"


def world() -> World:
    return World(
        Declaration(
            mailbox=Mailbox(address="me@example"),
            names={"mail.example": Names(a=("192.0.2.1",))},
            services={PLACE: Service(speaks="smtp", like="dovecot", tls="starttls")},
        )
    )


def started(firewall: Firewall, place: str = PLACE) -> tuple[int, list[str]]:
    async def main() -> tuple[int, list[str]]:
        devices = Devices(world())
        running = await devices.passing(firewall, place, ("127.0.0.1", 9))
        await asyncio.gather(*(device.close() for device in running))
        return len(running), list(devices.interceptors)

    return asyncio.run(main())


def test_each_change_is_a_device_of_its_own() -> None:
    assert started(Firewall(strip_starttls=(25,), intercept=Intercept(ports=(993,)))) == (0, [])
    assert started(Firewall(strip_starttls=(587,), reset_hello=(587,))) == (2, [])
    assert started(Firewall(mask_starttls=(587,), intercept=Intercept(ports=(587,)))) == (2, [PLACE])


def test_nothing_is_intercepted_where_nothing_is_served() -> None:
    assert started(Firewall(intercept=Intercept(ports=(465,))), "mail.example:465") == (0, [])


def test_a_device_answers_on_its_ports_alone() -> None:
    firewall = Firewall(reset=(993,), swallow=(995,), block_page=(587,))
    assert len({answering(firewall, port) for port in (993, 995, 587)}) == 3
    assert answering(firewall, 143) is None


def test_what_loses_packets_is_a_device_on_loopback_alone() -> None:
    firewall = Firewall(drop_hello=(587,), drop_names=("mail.example",), black_hole=BlackHole(ports=(993,)))

    async def main() -> int:
        running = await Devices(world()).losing(firewall, PLACE, ("127.0.0.1", 9))
        await asyncio.gather(*(device.close() for device in running))
        return len(running)

    assert asyncio.run(main()) == 2
    assert started(firewall) == (0, [])


def test_ports_are_those_that_a_device_answers_or_refuses() -> None:
    firewall = Firewall(drop=(25,), refuse=(26,), icmp={"host-unreachable": (27,)}, reset=(993,), portal=(993, 80))
    assert answered(firewall) == (993, 80)
    assert refused(firewall) == (25, 26, 27)


def test_who_takes_part_in_a_connection_ends_it() -> None:
    firewall = Firewall(
        relay=(993,), portal=(80,), strip_starttls=(587,), intercept=Intercept(ports=(995,)), drop=(25,)
    )
    assert accepting(firewall) == (80, 993)
    assert [port for port in (25, 80, 587, 993, 995, 143) if taken(firewall, port)] == [80, 587, 993, 995]
