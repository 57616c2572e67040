"""A running world in namespaces: its networks, its servers on their real ports, and the devices on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from fakes.dns import NameServer
from fakes.faults import sockets
from fakes.ground import Ground
from fakes.lookup import lookup
from fakes.server import start
from fakes.stages.devices import Devices, accepting, answered, answering, refused
from fakes.stages.netns import filters, layout
from fakes.stages.netns.enclosure import run
from fakes.stages.netns.kernel import Namespace
from fakes.stages.netns.settling import settled
from fakes.stages.netns.wire import Wire
from fakes.world import World, split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from fakes.declare import Declaration, Firewall, Router
    from fakes.server import Running
    from fakes.stages.netns.layout import Device

DNS_PORT = 53
_SYSTEM = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/icmp_ratelimit": "0",
    "ipv6/icmp/ratelimit": "0",
    "ipv6/conf/default/addr_gen_mode": "1",
    "ipv6/conf/all/forwarding": "1",
    "ipv6/conf/default/forwarding": "1",
}
"""Settings of each device below /proc/sys/net. No answer is held back: a test has no time for the usual limits."""


class NetnsStage:
    """A running world. Use as an asynchronous context manager, in a process that may make networks.

    Building it holds the process up for some ten milliseconds, so a world should have a process of its own.
    """

    def __init__(self, declaration: Declaration) -> None:
        """Declare; nothing runs yet."""
        self.world = World(declaration)
        self.names = NameServer(self.world.told(), declaration.invented)
        self.second = NameServer(declaration.names)
        self.devices = Devices(self.world)
        self.hops = layout.devices(declaration)
        self._running: list[Running] = []
        self._networks: list[Namespace] = []
        self._slow: list[tuple[Namespace, Router]] = []
        self._wires: list[Wire] = []

    async def __aenter__(self) -> Self:
        """Bring everything up."""
        try:
            self._build()
            for between, router in self._slow:
                delay, jitter = router.delay_ms / 1000, router.jitter_ms / 1000
                self._wires.append(Wire(between, delay=delay, jitter=jitter))
            await self._serve()
            for at in range(len(self.hops)):
                await self._equip(at)
            await settled(*self._networks, *(between for between, _ in self._slow))
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take everything down."""
        await self.close()

    async def close(self) -> None:
        """Close every port and let the networks go."""
        await asyncio.gather(*(running.close() for running in reversed(self._running)))
        self._running.clear()
        for server in (self.names, self.second):
            if server.port:
                await server.close()
        while self._wires:
            self._wires.pop().close()
        while self._slow:
            self._slow.pop()[0].close()
        while self._networks:
            self._networks.pop().close()

    @property
    def client(self) -> Namespace:
        """The network in which the check is made."""
        return self._networks[0]

    async def lookup(self, name: str) -> tuple[str, ...]:
        """Resolve as the client's operating system would.

        :raises OSError: as getaddrinfo does where a name has no address.
        """
        return await lookup(self.world.declaration, name)

    def _build(self) -> None:
        """Make the networks, one behind the other, and connect them."""
        hops, servers = self.hops, layout.server_addresses(self.world)
        self._networks += [Namespace() for _ in range(len(hops) + 2)]
        client, *between, last = self._networks
        for network in between:
            with network.entered():
                for name, value in _SYSTEM.items():
                    Path("/proc/sys/net", name).write_text(value, encoding="utf-8")
        for network in (client, last):
            with network.entered():
                Path("/proc/sys/net/ipv6/conf/default/addr_gen_mode").write_text("1", encoding="utf-8")
        ipv6 = self.world.declaration.client.ipv6
        _ip(client, layout.client_lines(hops[0], between[0].path, ipv6=ipv6), between[0])
        for at, network in enumerate(between):
            self._connect(network, hops, at)
        for at, network in enumerate(between[:-1]):
            _ip(network, layout.onward_lines(hops[at], hops[at + 1]))
        _ip(between[-1], layout.edge_lines(hops[-1], servers))
        _ip(last, layout.server_lines(hops[-1], servers))
        _ip(between[0], layout.own_lines(layout.near_addresses(self.world)))

    def _connect(self, network: Namespace, hops: list[Device], at: int) -> None:
        """Connect the device ``at`` to what stands behind it, by a long wire where its router says so."""
        after, router = self._networks[at + 2], hops[at].router
        if router is None or not (router.delay_ms or router.jitter_ms):
            _ip(network, layout.device_lines(hops[at], hops[:at], after.path), after)
            return
        between = Namespace()
        self._slow.append((between, router))
        with between.entered():
            Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1", encoding="utf-8")
        _ip(network, layout.device_lines(hops[at], hops[:at], between.path), between)
        _ip(between, layout.wire_lines(after.path), after)

    async def _serve(self) -> None:
        """Start the name server and every service, at each of its addresses."""
        ground = self.world.ground = Ground(self._networks[-1].make)
        beside, near = Ground(self._networks[1].make), layout.near_addresses(self.world)
        await self.names.start(layout.NAME_SERVER, DNS_PORT, beside)
        await self.second.start(layout.SECOND_NAME_SERVER, DNS_PORT, beside)
        last: dict[tuple[str, int], str] = {}
        """Of several hosts at one address, the one that is declared last has the port."""
        for place in self.world.declaration.services:
            host, port = split(place)
            last |= {(address, port): place for address in self.world.addresses(host)}
        for place, service in self.world.declaration.services.items():
            mine = [end for end, owner in last.items() if owner == place]
            if mine and not service.down:
                context = self.world.context(place, service)
                for end in mine:
                    at = beside if end[0] in near else ground
                    self._running.append(await start(context, listen=at.listen(*end)))

    async def _equip(self, at: int) -> None:
        """Start the processes of one device, and give it its rules."""
        hop = self.hops[at]
        forward: list[str] = []
        redirect: list[str] = []
        if hop.router is not None:
            forward += filters.losing(hop.router.loss_percent)
        if hop.firewall is not None:
            forward += filters.forward_rules(hop.firewall, self._addresses(hop.firewall))
            redirect += [rule async for rule in self._processes(at, hop.firewall)]
            _search(self._networks[at + 1], filters.named(hop.firewall))
        if at == len(self.hops) - 1 and self.world.declaration.dead_addresses:
            forward += filters.lost(self.world.declaration.dead_addresses)
        if forward or redirect:
            _nft(self._networks[at + 1], filters.ruleset(forward, redirect))

    async def _processes(self, at: int, firewall: Firewall) -> AsyncIterator[str]:
        """Start what takes part in connections at a device, and yield the rules that lead them there."""
        ground = Ground(self._networks[at + 1].make, "::")
        for port in answered(firewall):
            answer = answering(firewall, port)
            if answer is not None:
                for rule in self._led(await answer(ground), firewall, port):
                    yield rule
        for place in self.world.declaration.services:
            host, port = split(place)
            addresses = self.world.addresses(host)
            if addresses and not answering(firewall, port) and host in (firewall.hosts or (host,)):
                started = await self._in_front(at, firewall, place, ground)
                self._running += started
                if started:
                    for rule in filters.led(started[-1].port, addresses, port):
                        yield rule
        for port in firewall.relay:  # of what is for nobody, nothing can be passed on
            for rule in self._led(await sockets.reset(ground), firewall, port):
                yield rule

    def _led(self, process: Running, firewall: Firewall, port: int) -> Iterator[str]:
        """Keep a process, and yield what leads everything there that ``firewall`` acts for."""
        self._running.append(process)
        yield from filters.led(process.port, self._addresses(firewall), port)

    async def _in_front(self, at: int, firewall: Firewall, place: str, ground: Ground) -> list[Running]:
        """Start what the device ``at`` puts in front of a service; a transparent proxy, whatever is behind it."""
        host, port = split(place)
        to = (self.world.addresses(host)[0], port)
        inside = firewall if port in _taken(firewall) else replace(firewall, reset_hello=(), reset_names=())
        reachable = self._reachable(place, at)
        started = await self.devices.passing(inside, place, to, ground) if reachable else []
        if port in firewall.relay:
            behind = (started[-1].address, started[-1].port) if started else to
            started.append(await self.devices.relaying(behind, ground))
        return started

    def _reachable(self, place: str, at: int) -> bool:
        """Tell whether something answers at ``place`` behind the device ``at``, and that device acts for its host.

        A device that passes connections on makes none where there is none.
        """
        host, port = split(place)
        firewall, *behind = (hop.firewall for hop in self.hops[at:])
        if firewall is None or (firewall.hosts and host not in firewall.hosts):
            return False
        for other in behind:
            if other is None or (other.hosts and host not in other.hosts):
                continue
            if port in refused(other):
                return False
            if port in accepting(other):
                return True
        return not self.world.declaration.services[place].down

    def _addresses(self, firewall: Firewall) -> tuple[str, ...] | None:
        """Return the addresses that ``firewall`` acts for, None for all."""
        if not firewall.hosts:
            return None
        return tuple(address for host in firewall.hosts for address in self.world.addresses(host))


def _taken(firewall: Firewall) -> set[int]:
    """Return the ports whose connections a process of the device takes.

    Their packets pass no more, so whatever else is done to the bytes, processes do.
    """
    intercepted = firewall.intercept.ports if firewall.intercept else ()
    changed = (firewall.strip_starttls, firewall.mask_starttls, firewall.refuse_starttls, firewall.refuse_ehlo,
               firewall.inject_plaintext, firewall.relay)  # fmt: skip
    return {port for ports in (*changed, intercepted) for port in ports}


def _ip(network: Namespace, lines: Iterable[str], *others: Namespace) -> None:
    """Do ``lines`` in ``network``; they may name ``others`` by their paths."""
    with network.entered():
        run(["ip", "-batch", "-"], "\n".join(lines) + "\n", tuple(other.descriptor for other in others))


def _search(network: Namespace, rules: str) -> None:
    """Look for names in both families."""
    for program in ("iptables-nft-restore", "ip6tables-nft-restore") if rules else ():
        with network.entered():
            run([program], rules)


def _nft(network: Namespace, rules: str) -> None:
    with network.entered():
        run(["nft", "-f", "-"], rules)
