"""What the devices of a path do that takes a process: they answer in the server's place, or pass on what they change.

Both stages build the same devices; they differ in the ground that a device stands on and in how traffic comes to it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakes.faults import filters, intercept, links, rewrite, sockets
from fakes.faults.losses import Losses
from fakes.ground import LOOPBACK
from fakes.world import split

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fakes.declare import Firewall, Intercept
    from fakes.ground import Ground
    from fakes.server import Running
    from fakes.world import World

    Device = Callable[[Ground], Awaitable[Running]]


def _answers(firewall: Firewall) -> tuple[tuple[tuple[int, ...], Device], ...]:
    return (
        (firewall.reset, sockets.reset),
        (firewall.swallow, sockets.swallow),
        (firewall.block_page, sockets.block_page),
        (firewall.portal, sockets.portal),
        (firewall.web_proxy, sockets.web_proxy),
    )


def answering(firewall: Firewall, port: int) -> Device | None:
    """Return what ``firewall`` answers itself on ``port``, whether a server stands behind it or not."""
    return next((answer for ports, answer in _answers(firewall) if port in ports), None)


def answered(firewall: Firewall) -> tuple[int, ...]:
    """Return the ports on which ``firewall`` answers itself."""
    return tuple(dict.fromkeys(port for ports, _ in _answers(firewall) for port in ports))


def refused(firewall: Firewall) -> tuple[int, ...]:
    """Return the ports on which ``firewall`` lets no connection come to be, whatever stands behind it."""
    by_icmp = (port for ports in firewall.icmp.values() for port in ports)
    return (*firewall.drop, *firewall.refuse, *firewall.prohibit, *by_icmp)


def accepting(firewall: Firewall) -> tuple[int, ...]:
    """Return the ports on which ``firewall`` takes connections in the name of whatever host they are for."""
    return (*answered(firewall), *firewall.relay)


def taken(firewall: Firewall, port: int) -> bool:
    """Tell whether connections to ``port`` end at ``firewall``, since one of its processes takes part in them."""
    inspected = firewall.intercept.ports if firewall.intercept else ()
    refused_by_alert = (*firewall.refuse_large_hello, *firewall.refuse_protocols, *firewall.reset_tls13)
    rewritten = (*firewall.strip_starttls, *firewall.mask_starttls, *refused_by_alert)
    return port in (*accepting(firewall), *inspected, *rewritten)


class Devices:
    """Those devices of one world that sit in connections to its services."""

    def __init__(self, world: World) -> None:
        """Know the ``world`` whose certificates an interceptor copies."""
        self.world = world
        self.interceptors: dict[str, intercept.Device] = {}
        """Interceptors by the place that they stand in front of, with what they have read."""
        self.lost = Losses()
        """Clients' ends of connections on which packets would get lost on their way to the server."""

    def intercepts(self, firewall: Firewall, place: str) -> bool:
        """Tell whether ``firewall`` ends the connections to ``place`` and makes others of its own to the server.

        Where nothing listens, a device nearer to the server may answer all the same: there is no name to forge then.
        """
        served = place in self.world.declaration.services
        return served and firewall.intercept is not None and split(place)[1] in firewall.intercept.ports

    async def passing(
        self, firewall: Firewall, place: str, to: tuple[str, int], ground: Ground = LOOPBACK
    ) -> list[Running]:
        """Start what ``firewall`` puts into connections to ``place``, each in front of the one before it.

        The first of them goes on to ``to``; clients come to the last. The list is empty where nothing is changed.
        """
        _, port = split(place)
        started: list[Running] = []
        if firewall.intercept and self.intercepts(firewall, place):
            started.append(await self._intercepting(firewall.intercept, place, to, ground))
        for concerned, down, up in _rewriting(firewall, port):
            if concerned:
                behind = (started[-1].address, started[-1].port) if started else to
                started.append(await rewrite.relay(behind, down=down, up=up, lost=self.lost, ground=ground))
        return started

    async def relaying(self, to: tuple[str, int], ground: Ground = LOOPBACK) -> Running:
        """Start a transparent proxy for what is at ``to``: it accepts everything, whatever comes of it behind."""
        return await rewrite.relay(to, down=rewrite.unchanged, up=rewrite.unchanged, ground=ground)

    async def losing(self, firewall: Firewall, place: str, to: tuple[str, int]) -> list[Running]:
        """Start what stands for packets that ``firewall`` loses, where there are no packets to lose: on loopback.

        The order is that of :meth:`passing`. What the client's kernel would tell of it is in :attr:`lost`.
        """
        _, port = split(place)
        started: list[Running] = []

        def behind() -> tuple[str, int]:
            return (started[-1].address, started[-1].port) if started else to

        for concerned, up in (
            (port in firewall.drop_hello, filters.every_hello(rewrite.Fate.LOST)),
            (port in firewall.drop_large_hello, filters.large_hello(rewrite.Fate.LOST)),
            (bool(firewall.drop_names), filters.named_hello(firewall.drop_names, rewrite.Fate.LOST)),
        ):
            if concerned:
                started.append(await rewrite.relay(behind(), down=rewrite.unchanged, up=up, lost=self.lost))
        if firewall.black_hole and port in firewall.black_hole.ports:
            started.append(await links.black_hole(behind(), firewall.black_hole, self.lost))
        return started

    async def _intercepting(self, wanted: Intercept, place: str, to: tuple[str, int], ground: Ground) -> Running:
        """Put a device in front of ``to`` that ends TLS with certificates of its own."""
        host, _ = split(place)
        service = self.world.declaration.services[place]
        certificates = self.world.certificates
        device = intercept.Device(
            to=to,
            server_name=host,
            speaks=service.speaks,
            at_once=service.tls == "implicit",
            forged=certificates.forged(wanted, service, host),
            in_doubt=partial(certificates.forged, wanted, service, host, in_doubt=True),
            roots=certificates.root("public"),
            verifies=wanted.upstream == "verifies",
            slow_start=wanted.slow_start,
            answers_first=wanted.answers_first,
            ground=ground,
        )
        self.interceptors[place] = device
        return await device.start()


def _rewriting(firewall: Firewall, port: int) -> list[tuple[bool, Callable[[bytes], bytes], rewrite.Up]]:
    """Return what is done to bytes, and whether on this port: towards the client, and towards the server."""
    named = filters.named_hello(firewall.reset_names, rewrite.Fate.RESET)
    return [
        (port in firewall.reset_hello, rewrite.unchanged, rewrite.stop_client_hello),
        (port in firewall.refuse_large_hello, rewrite.unchanged, filters.large_hello(rewrite.Fate.ALERT)),
        (bool(firewall.reset_names), rewrite.unchanged, named),
        (port in firewall.refuse_protocols, rewrite.unchanged, filters.offering_protocols),
        (port in firewall.reset_tls13, rewrite.unchanged, filters.offering_tls13),
        (port in firewall.strip_starttls, rewrite.delete_starttls, rewrite.unchanged),
        (port in firewall.refuse_starttls, rewrite.unchanged, rewrite.refuse_starttls),
        (port in firewall.refuse_ehlo, rewrite.unchanged, rewrite.refuse_ehlo),
        (port in firewall.inject_plaintext, rewrite.inject_plaintext, rewrite.unchanged),
        (port in firewall.mask_starttls, rewrite.mask_starttls, rewrite.mask_command),
    ]
