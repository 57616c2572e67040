"""The door itself: :class:`Network` records every step, and :class:`Settings` says which world it stands in."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from diag.model.actions import Action, DnsQuery, ProxyTunnel, SystemLookup, TcpConnect
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Observation
from diag.model.target import subject_of
from diag.net import resolver
from diag.net.classify import IcmpError, StepFailed, classify
from diag.net.clock import Clock
from diag.net.connect import ConnectTimeoutError, ResetAtOnceError, is_ipv6, open_tcp, round_trip, stalled
from diag.net.proxy import Proxies, open_tunnel
from diag.net.stream import Stream
from diag.net.trust import Trust

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Iterator

    from diag.model.actions import Stalled
    from diag.model.secret import Secret
    from diag.net.proxy import Proxy
    from diag.net.resolver import NameServer

    Opened = tuple[Stream, "Step[TcpConnect] | Step[ProxyTunnel]"]
    """A connection, and the step that it rests upon."""

TraceBy = Literal["auto", "connect", "packets", "off"]
A = TypeVar("A", bound=Action)
MOST_OBSERVATIONS = 20_000
"""A check makes some dozens; beyond this something loops, and memory must stay bounded."""


MOST_PROXY_ADDRESSES = 4


def no_lag(_: str, __: int) -> float:
    """Add nothing to the time that packets take: the real world."""
    return 0.0


def no_distance(_: str, __: int) -> int | None:
    """Know no distance beforehand: the real world."""
    return None


def straight(address: str, port: int) -> tuple[str, int]:
    """Dial what was asked for: the real world."""
    return address, port


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The world and the limits. Times are seconds.

    ``dial`` maps an address and port to where they are really to be reached, or raises the ``OSError`` that a
    connection there would; ``lag`` is how much longer the answer to a SYN takes than it really does, for an emulated
    world whose distances are not real. ``name_servers`` is None for those of this computer.
    """

    dial: Callable[[str, int], tuple[str, int]] = straight
    lag: Callable[[str, int], float] = no_lag
    stalled: Callable[[socket.socket], Stalled | None] = stalled
    """Asks the kernel what became of the data under way; an emulated loss is one of which it does not know."""
    proxies: Proxies = field(default_factory=Proxies)
    name_servers: tuple[NameServer, ...] | None = None
    second_name_server: NameServer | None = None
    """One outside of this network, to compare its answers with."""
    lookup: Callable[[str], Awaitable[tuple[str, ...]]] = resolver.system_lookup
    trust: Trust = field(default_factory=Trust)
    clock: Clock = field(default_factory=Clock)
    connect_timeout: float = 5.0
    grace: float = 0.8
    """How much longer than ``connect_timeout`` an endpoint is waited for, to tell the slow from the silent."""
    read_timeout: float = 30.0
    """Long, because refusals of passwords are delayed on purpose by some services (17.5 s measured)."""
    dns_timeout: float = 2.0
    families: tuple[str, ...] = ("ipv4", "ipv6")
    trace_by: TraceBy = "auto"
    """How hops are looked for: by connections where the system allows it, or by packets of our own making."""
    no_hops: str | None = None
    """Why nothing can be learnt of the hops on the way, where that is known beforehand."""
    distance: Callable[[str, int], int | None] = no_distance
    """How many hops away whoever answers is, for an emulated world without hops."""

    def uses(self, address: str) -> bool:
        """Tell whether the family of an address literal is one of those that are used."""
        return ("ipv6" if ":" in address else "ipv4") in self.families


class Step(Generic[A]):
    """What a ``with network.record(...)`` block completes."""

    __slots__ = ("action", "observation")

    def __init__(self, action: A, observation: Observation) -> None:
        """Hold the ``action`` under its own type beside its ``observation``."""
        self.action = action
        self.observation = observation

    @property
    def number(self) -> int:
        """The observation's number, to rest later steps upon."""
        return self.observation.number

    def fail(self, code: FailureCode, detail: str = "", number: int | None = None) -> StepFailed:
        """Make the exception that ends this step with a failure of the closed list: ``raise step.fail(...)``."""
        return StepFailed(Failure.of(code, detail, number), self.number)


class Network:
    """Performs operations and keeps the record of them."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        observations: list[Observation] | None = None,
        on_change: Callable[[Observation], None] | None = None,
    ) -> None:
        """Record into ``observations``; ``on_change`` is told of each step as it begins and as it ends."""
        self.settings = settings or Settings()
        self.observations = observations if observations is not None else []
        self._on_change = on_change or (lambda _: None)
        self._zero = self.settings.clock.monotonic()
        self._proxy_addresses: dict[str, tuple[tuple[str, ...], tuple[int, ...]] | StepFailed] = {}
        self._one_lookup = asyncio.Lock()
        self._secrets: list[Secret] = []
        self.cancelled_as = FailureCode.INTERRUPTED
        """What a step that is cancelled is recorded as: interrupted by a person, or out of time."""

    def keep_secret(self, *secrets: Secret) -> None:
        """Let none of these stand in what is said of a failure."""
        self._secrets += secrets

    def elapsed(self) -> float:
        """Seconds since the measurement began, to the microsecond."""
        return round(self.settings.clock.monotonic() - self._zero, 6)

    @contextlib.contextmanager
    def record(self, action: A, subject: str, after: tuple[int, ...] = ()) -> Iterator[Step[A]]:
        """Perform one step inside the block, on record from its beginning.

        :raises StepFailed: in place of whatever ended the block, classified; a cancellation is recorded and passes.
        """
        if len(self.observations) >= MOST_OBSERVATIONS:
            raise StepFailed(Failure.of(FailureCode.UNCLASSIFIED, "too many steps"))
        number = len(self.observations) + 1
        began = self.elapsed()
        observation = Observation(number=number, subject=subject, began=began, action=action, after=after)
        self.observations.append(observation)
        self._on_change(observation)
        try:
            yield Step(action, observation)
        except Exception as error:
            observation.failure = classify(error, *self._secrets)
            raise StepFailed(observation.failure, number) from error
        except BaseException:
            observation.failure = Failure.of(self.cancelled_as)
            raise
        finally:
            observation.took = round(self.elapsed() - began, 6)
            self._on_change(observation)

    async def query(
        self,
        name: str,
        record_type: str,
        server: NameServer,
        *,
        role: Literal["own", "second", "nonsense"] = "own",
    ) -> Step[DnsQuery]:
        """Ask one name server one question; what is only compared with is on record under the server and not the name.

        :raises StepFailed: no usable answer.
        """
        action = DnsQuery(name=name, record_type=record_type, server=str(server), role=role)
        with self.record(action, name if role == "own" else str(server)) as step:
            await resolver.ask(action, server, self.settings.dial, self.settings.dns_timeout)
        return step

    async def system_lookup(self, name: str) -> Step[SystemLookup]:
        """Resolve as the applications of this computer do.

        :raises StepFailed: the name has no address for them.
        """
        with self.record(SystemLookup(name=name), name) as step:
            try:
                step.action.addresses = await self.settings.lookup(name)
            except OSError as error:
                raise step.fail(FailureCode.DNS_NXDOMAIN, error.strerror or str(error), error.errno) from error
        return step

    async def connect(
        self,
        address: str,
        port: int,
        *,
        subject: str,
        after: tuple[int, ...] = (),
        name: str | None = None,
        role: Literal["endpoint", "control"] = "endpoint",
        segment: int | None = None,
    ) -> Opened:
        """Open a connection to an address literal, by the proxy where one is set for it.

        ``segment`` is the most bytes of a packet, where it shall be less than usual. ``name`` is the host's, which a
        proxy goes by. Where the proxy looks names up, ``address`` may be a name too.

        :raises StepFailed: it could not be opened.
        """
        proxy = self.settings.proxies.of(name or address, port)
        if proxy is None:
            return await self.connect_straight(address, port, subject=subject, after=after, role=role, segment=segment)
        host = name if name and proxy.resolves else address
        return await self.connect_through(proxy, host, port, subject=subject, after=after, role=role)

    async def connect_straight(
        self,
        address: str,
        port: int,
        *,
        subject: str,
        after: tuple[int, ...] = (),
        role: Literal["endpoint", "proxy", "control", "nowhere"] = "endpoint",
        timeout: float | None = None,
        segment: int | None = None,
    ) -> tuple[Stream, Step[TcpConnect]]:
        """Open a TCP connection to an address literal, without a proxy.

        :raises StepFailed: it could not be opened.
        """
        settings = self.settings
        action = TcpConnect(
            address=address,
            port=port,
            family="ipv6" if is_ipv6(address) else "ipv4",
            timeout=timeout or settings.connect_timeout,
            role=role,
            segment=segment,
        )
        with self.record(action, subject, after) as step:
            broken: OSError | None = None
            try:
                sock = await self._open(action)
                action.local_address = sock.getsockname()[0]
            except ResetAtOnceError as error:
                sock, broken = error.sock, error
            except OSError as error:
                _note(action, error)
                raise
        monotonic = settings.clock.monotonic
        return Stream(
            sock, timeout=settings.read_timeout, monotonic=monotonic, broken=broken, ask=settings.stalled
        ), step

    async def connect_through(
        self,
        proxy: Proxy,
        host: str,
        port: int,
        *,
        subject: str,
        after: tuple[int, ...] = (),
        role: Literal["endpoint", "control"] = "endpoint",
    ) -> tuple[Stream, Step[ProxyTunnel]]:
        """Open a connection to ``host``, a name or an address, that ``proxy`` passes on.

        :raises StepFailed: the proxy cannot be reached, or does not pass it on.
        """
        stream, reached = await self._reach(proxy)
        action = ProxyTunnel(
            proxy=proxy.shown,
            target=subject_of(host, port),
            role=role,
            named_by=proxy.source,
            authenticated=proxy.user is not None,
        )
        try:
            with self.record(action, subject, (*after, reached)) as step:
                await open_tunnel(stream, step, proxy, host, port)
        except BaseException:
            stream.close()
            raise
        return stream, step

    async def _reach(self, proxy: Proxy) -> tuple[Stream, int]:
        """Connect to ``proxy`` at its first address that answers, and return the number of the step too."""
        addresses, number = await self._addresses_of(proxy.host)
        failed = StepFailed(Failure.of(FailureCode.ADDRESS_UNAVAILABLE, "no address to dial"))
        for address in addresses[:MOST_PROXY_ADDRESSES]:
            try:
                stream, step = await self.connect_straight(
                    address, proxy.port, subject=proxy.place, after=number, role="proxy"
                )
            except StepFailed as failure:
                failed = failure
            else:
                return stream, step.number
        raise failed

    async def _addresses_of(self, host: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return a proxy's addresses, asked for once, and the step that gave them."""
        async with self._one_lookup:
            if host not in self._proxy_addresses:
                self._proxy_addresses[host] = await self._look_up(host)
        found = self._proxy_addresses[host]
        if isinstance(found, StepFailed):
            raise found
        return found

    async def _look_up(self, host: str) -> tuple[tuple[str, ...], tuple[int, ...]] | StepFailed:
        try:
            return (str(ipaddress.ip_address(host)),), ()
        except ValueError:
            pass
        try:
            found = await self.system_lookup(host)
        except StepFailed as failed:
            return failed
        return found.action.addresses, (found.number,)

    async def _open(self, action: TcpConnect) -> socket.socket:
        """Open the socket, as late as the world says that the answer comes.

        Who answers within the time of grace is late and not silent, which is another thing to repair. Whose answer
        it was that took so long the kernel tells: a busy computer is not a slow path.
        """
        settings = self.settings
        limit = action.timeout + (settings.grace if action.role == "endpoint" else 0)
        began = settings.clock.monotonic()
        lag = settings.lag(action.address, action.port)
        if lag:
            await asyncio.sleep(min(lag, limit))
        host, port = settings.dial(action.address, action.port)
        try:
            sock = await open_tcp(host, port, timeout=max(limit - lag, 0.001), segment=action.segment)
        except ConnectTimeoutError:
            raise ConnectTimeoutError(action.timeout) from None
        measured = round_trip(sock)
        action.round_trip = None if measured is None else round(measured + lag, 6)
        took = action.round_trip or settings.clock.monotonic() - began
        if took > action.timeout:
            sock.close()
            action.late = round(took, 6)
            raise ConnectTimeoutError(action.timeout)
        return sock

    async def open(
        self, address: str, port: int, *, subject: str, after: tuple[int, ...] = (), name: str | None = None
    ) -> Stream:
        """Open a connection as :meth:`connect` does, as a part of a step that is on record already.

        :raises OSError: it could not be opened.
        :raises StepFailed: the proxy did not pass it on.
        """
        settings = self.settings
        proxy = settings.proxies.of(name or address, port)
        if proxy is not None:
            host = name if name and proxy.resolves else address
            stream, _ = await self.connect_through(proxy, host, port, subject=subject, after=after, role="control")
            return stream
        family: Literal["ipv4", "ipv6"] = "ipv6" if is_ipv6(address) else "ipv4"
        action = TcpConnect(address=address, port=port, family=family, timeout=settings.connect_timeout, role="control")
        try:
            sock = await self._open(action)
        except ResetAtOnceError as error:
            error.sock.close()
            raise
        return Stream(sock, timeout=settings.read_timeout, monotonic=settings.clock.monotonic)


def _note(action: TcpConnect, error: OSError) -> None:
    action.errno_name = errno.errorcode.get(error.errno or 0)
    if isinstance(error, IcmpError):
        action.icmp_type, action.icmp_code, action.icmp_from = error.icmp_type, error.icmp_code, error.sender
