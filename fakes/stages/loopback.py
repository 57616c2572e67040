"""A world on this computer's loopback addresses: no privilege, any operating system, real bytes.

Every service and every device of the path is a server on a port of 127.0.0.1. :meth:`LoopbackStage.route` says where
a pretended address leads. What bytes cannot express there (an ICMP refusal, a computer without IPv6) is raised as the
error that the kernel would give.
"""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING, Protocol, Self

from fakes.dns import NameServer
from fakes.faults import links, sockets
from fakes.faults.icmp import Refuses
from fakes.ground import LOOPBACK
from fakes.lookup import lookup
from fakes.server import Running, start
from fakes.stages.devices import Devices, accepting, answering, refused, taken
from fakes.world import PROXIES, World, split

if TYPE_CHECKING:
    from fakes.declare import Declaration, Firewall, Service

NAME_SERVER = "192.0.2.53"
SECOND_NAME_SERVER = "198.51.100.53"
"""The pretended address of the world's name server (RFC 5737)."""


class Place(Protocol):
    """Anything that holds a port of this computer."""

    address: str
    port: int

    async def close(self) -> None:
        """Release it."""


End = Place | Refuses
"""What a connection meets: a port of this computer, or a refusal that has none."""


def _treated(firewall: Firewall) -> tuple[int, ...]:
    """Return the ports that a firewall answers, or keeps from being answered, whether something listens or not."""
    return (*refused(firewall), *accepting(firewall))


class LoopbackStage:
    """A running world. Use as an asynchronous context manager."""

    def __init__(self, declaration: Declaration) -> None:
        """Declare; nothing runs yet."""
        self.world = World(declaration)
        self.names = NameServer(self.world.told(), declaration.invented)
        self.second = NameServer(declaration.names)
        self._places: list[Place] = []
        self._routes: dict[tuple[str, int], End] = {}
        self._lags: dict[tuple[str, int], float] = {}
        self._hosts: dict[str, str] = {}
        self._nowhere: dict[int, tuple[End, float]] = {}
        """By port, what connections to addresses meet that nobody has, and how many seconds that is away."""
        self._ends: dict[tuple[str, int], End] = {}
        self.world.reach = self.reach
        self.devices = Devices(self.world)
        self._dropped: Place | None = None
        self._refused: Place | None = None

    async def __aenter__(self) -> Self:
        """Bring everything up."""
        try:
            await self.names.start()
            await self.second.start()
            for place, service in self.world.declaration.services.items():
                await self._open(place, service)
            await self._open_unserved()
            await self._open_nowhere()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take everything down."""
        await self.close()

    async def close(self) -> None:
        """Close every port; what is under way ends. Who gives up meanwhile has to wait until all is closed."""
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await closing
            raise

    async def _close(self) -> None:
        await asyncio.gather(*(place.close() for place in reversed(self._places)))
        self._places.clear()
        for server in (self.names, self.second):
            if server.port:
                await server.close()

    async def _open(self, place: str, service: Service) -> None:
        host, port = split(place)
        addresses = self.world.addresses(host)
        if service.down:
            end: End = self._keep(sockets.Refused())
        else:
            end = self._keep(await start(self.world.context(place, service)))
        for address in addresses:
            self._ends[address, port] = end
            if service.speaks not in PROXIES:
                self._hosts[address] = host
        if service.speaks in PROXIES:
            lag = 0.0  # it stands beside the client, in front of every device
        else:
            end, lag = await self._along_the_path(host, place, end)
        for address in addresses:
            self._routes[address, port], self._lags[address, port] = end, lag

    async def _open_unserved(self) -> None:
        """Let firewalls act on the ports of a host on which nothing listens, too: a drop is no refusal."""
        for host in {split(place)[0] for place in self.world.declaration.services}:
            for port in {port for firewall in self.world.firewalls() for port in _treated(firewall)}:
                if f"{host}:{port}" not in self.world.declaration.services:
                    end, lag = await self._along_the_path(host, f"{host}:{port}", self.refused)
                    for address in self.world.addresses(host):
                        self._routes.setdefault((address, port), end)
                        self._lags.setdefault((address, port), lag)

    async def _open_nowhere(self) -> None:
        """Let firewalls act on what is on its way to addresses that nobody has, as far as they ask for no host."""
        for port in {port for firewall in self.world.firewalls() if not firewall.hosts for port in _treated(firewall)}:
            self._nowhere[port] = await self._along_the_path("", f":{port}", Refuses("host-unreachable"))

    async def _along_the_path(self, host: str, place: str, end: End) -> tuple[End, float]:
        """Go from the server towards the client, so that the device nearest to the client has the last word.

        Also returned is how many seconds the one who answers a SYN is away.
        """
        away = lag = self.world.round_trip()
        jitter = 0.0
        for hop in reversed(self.world.declaration.path):
            if hop.router is not None:
                away -= hop.router.delay_ms / 1000
                jitter += hop.router.jitter_ms / 1000
            elif hop.firewall is not None and (not hop.firewall.hosts or host in hop.firewall.hosts):
                if self.devices.intercepts(hop.firewall, place) or split(place)[1] in hop.firewall.relay:
                    end = await self._delayed(end, lag - away, jitter)
                    lag, jitter = away, 0.0
                end = await self._through(hop.firewall, place, end)
                if split(place)[1] in _treated(hop.firewall):
                    lag, jitter = away, 0.0
        return await self._delayed(end, lag, jitter), lag

    async def _delayed(self, end: End, delay: float, jitter: float) -> End:
        """Return what is met at ``end`` over a link by whose length alone it is farther away."""
        if (delay or jitter) and not isinstance(end, Refuses | sockets.Dropped | sockets.Refused):
            return self._keep(await links.slow((end.address, end.port), delay, jitter, self.devices.lost))
        return end

    def _keep(self, place: Place) -> Place:
        self._places.append(place)
        return place

    async def _through(self, firewall: Firewall, place: str, end: End) -> End:
        """Return what a client meets at ``place`` where ``firewall`` stands in front of ``end``."""
        _, port = split(place)
        if port in (*firewall.drop, *firewall.refuse):
            return self.dropped if port in firewall.drop else self.refused
        for code, ports in (("admin-prohibited", firewall.prohibit), *firewall.icmp.items()):
            if port in ports:
                return Refuses(code)
        answer = answering(firewall, port)
        if answer is not None:
            return self._keep(await answer(LOOPBACK))
        if not isinstance(end, Refuses | sockets.Dropped | sockets.Refused):
            # These make no connection where there is none.
            for start_them in (self.devices.passing, self.devices.losing):
                for device in await start_them(firewall, place, (end.address, end.port)):
                    end = self._keep(device)
        if port not in firewall.relay:
            return end
        if isinstance(end, Refuses):
            return self._keep(await sockets.reset(LOOPBACK))
        return self._keep(await self.devices.relaying((end.address, end.port)))

    @property
    def dropped(self) -> Place:
        """A port whose SYNs go unanswered."""
        if self._dropped is None:
            self._dropped = self._keep(sockets.Dropped())
        return self._dropped

    @property
    def refused(self) -> Place:
        """A port that refuses."""
        if self._refused is None:
            self._refused = self._keep(sockets.Refused())
        return self._refused

    def reach(self, host: str, port: int) -> tuple[str, int]:
        """Say where a connection from behind all devices of the path leads, as a proxy makes it.

        :raises OSError: nowhere.
        """
        end = self._ends.get(self.world.straight(host, port))
        if not isinstance(end, Running):
            raise OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        return end.address, end.port

    def route(self, address: str, port: int) -> tuple[str, int]:
        """Say where ``address`` and ``port`` really lead.

        :raises OSError: what a connection there would end with.
        """
        if address in {NAME_SERVER, SECOND_NAME_SERVER}:
            server = self.names if address == NAME_SERVER else self.second
            return server.address, server.port
        if ":" in address and not self.world.declaration.client.ipv6:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        if address in self.world.declaration.dead_addresses:
            place: End = self.dropped
        elif (address, port) in self._routes:
            place = self._routes[address, port]
        elif any(known == address for known, _ in self._routes):
            place = self.refused
        elif port in self._nowhere:
            place = self._nowhere[port][0]
        else:
            raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))
        if isinstance(place, Refuses):
            raise place.to(address)
        return place.address, place.port

    def unanswered_at(self, place: tuple[str, int]) -> type[sockets.Dropped | sockets.Refused] | None:
        """Return what keeps connections to a place of this stage from being made, where something does."""
        for end in self._places:
            if isinstance(end, sockets.Dropped | sockets.Refused) and (end.address, end.port) == place:
                return type(end)
        return None

    def lag(self, address: str, port: int) -> float:
        """Say how many seconds the one who answers a SYN is away, which loopback has no way to show."""
        if any(known == address for known, _ in self._routes):
            return self._lags.get((address, port), 0.0)
        return self._nowhere[port][1] if port in self._nowhere else 0.0

    def distance(self, address: str, port: int) -> int | None:
        """Say how many hops away the one who refuses or accepts is; None where nobody does, or nobody knows.

        Each device of the path is one hop, and so is the edge of the provider's network behind them.
        """
        host = self._hosts.get(address)
        if host is None or address in self.world.declaration.dead_addresses:
            return None
        for number, hop in enumerate(self.world.declaration.path, 1):
            firewall = hop.firewall
            if firewall is None or (firewall.hosts and host not in firewall.hosts):
                continue
            if taken(firewall, port):
                return number
            if port in firewall.refuse:
                return number + 1  # it looks at packets that it could pass on
            if port in refused(firewall):
                return None
        return len(self.world.declaration.path) + 2

    async def lookup(self, name: str) -> tuple[str, ...]:
        """Resolve as the client's operating system would.

        :raises OSError: as getaddrinfo does where a name has no address.
        """
        return await lookup(self.world.declaration, name)
