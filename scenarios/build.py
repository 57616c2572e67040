"""A case into a running world and the check to be made in it: the one place where both sides are put together."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from diag.model.actions import Stalled
from diag.model.secret import Secret
from diag.model.target import Protocol
from diag.net.classify import IcmpError
from diag.net.connect import stalled
from diag.net.network import Settings
from diag.net.proxy import Proxies, from_environment, read_proxy
from diag.net.resolver import NameServer
from diag.net.trust import Trust
from diag.plan import Request, endpoint_at
from diag.probes.run import Choices, SignIn
from diag.wire.timestamps import Log, LogList
from fakes.faults.icmp import IcmpRefusal
from fakes.lookup import lookup
from fakes.stages.loopback import NAME_SERVER, SECOND_NAME_SERVER, LoopbackStage
from fakes.world import split
from scenarios import signing_in
from scenarios.administrator import clock, reader_tokens, reading
from scenarios.person import Person

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable

    from diag.model.target import Endpoint
    from diag.probes.run import Reading
    from diag.settings import Mailbox
    from fakes.stages.netns.stage import NetnsStage
    from fakes.world import World
    from scenarios.model import Case, CheckPart


NO_HOPS = "this world stands on loopback, where there are no hops"

StageName = Literal["loopback", "netns"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a world puts in its client's hand, as plain values that can be given to a process inside a stage."""

    token: str | None
    refresh_token: str | None
    """Of an earlier sign-in, where the check begins with it."""
    readers: dict[str, str]
    """Tokens by which the tenant may be read, by the name of the interface."""
    public: str
    """The roots that programs trust out of the box, as PEM."""
    system: str
    custom: str | None
    logs: tuple[str, tuple[tuple[str, str], ...]]
    """The day of the list of Certificate Transparency logs that it has, and their names and keys in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A check as its case describes it, ready to be made."""

    request: Request
    sign_in: SignIn
    settings: Settings
    choices: Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulated(Prepared):
    """A running world with its check."""

    stage: LoopbackStage | NetnsStage
    held: Held
    check: CheckPart

    def reading(self) -> Reading | None:
        """Return with what the tenant could be read, whether the check reads it or not."""
        return self.choices.reading or reading(self.check, reader_tokens(self.check, self.stage.world))

    def person(self, user: str) -> Person:
        """Return whoever signs in by the name ``user``, and knows the password."""
        box = self.stage.world.directory.find(user)
        return Person(user=user, password=box.password if box else "", settings=self.settings)


@contextlib.asynccontextmanager
async def emulate(case: Case, stage: StageName = "loopback") -> AsyncIterator[Emulated]:
    """Bring the world of ``case`` up for the time of the block.

    On the stage ``netns`` the check is to be made in the network ``stage.client``, which takes another process, and
    the call itself a process that may make networks (:mod:`scenarios.lab`).
    """
    async with _stage(case, stage) as running:
        yield _emulated(case, running)


def become(world: Emulated, case: Case) -> Emulated | None:
    """Return ``world`` as it goes on with the step ``case``; None where the step changes more than the organisation."""
    if not world.stage.world.become(case.declaration):
        return None
    return _emulated(case, world.stage)


async def each_step(
    case: Case,
    stage: StageName,
    make: Callable[[Emulated, Case], Awaitable[T]],
    *,
    anew: Callable[[Case], Awaitable[T]] | None = None,
) -> list[T]:
    """Make something of the world of ``case`` and of each of its steps, and return what came of it.

    A step that only changes the organisation, as an administrator would, is made in the world that is running. The last
    step, where it needs a world of its own, is left to ``anew`` if that is given.
    """
    left, found = [case, *case.then], list[T]()
    while left:
        if found and len(left) == 1 and anew is not None:
            return [*found, await anew(left[0])]
        async with emulate(left[0], stage) as first:
            world: Emulated | None = first
            while world is not None:
                found.append(await make(world, left.pop(0)))
                world = become(world, left[0]) if left else None
    return found


def _emulated(case: Case, running: LoopbackStage | NetnsStage) -> Emulated:
    held = _held(case, running.world)
    prepared = prepare(case, held)
    settings = prepared.settings
    if isinstance(running, LoopbackStage):
        settings = replace(
            settings,
            dial=_dialling(running),
            lag=running.lag,
            stalled=_losing(running),
            no_hops=NO_HOPS,
            distance=running.distance,
        )
    return Emulated(
        stage=running,
        held=held,
        request=prepared.request,
        sign_in=signing_in.within(prepared.sign_in, settings),
        settings=settings,
        choices=prepared.choices,
        check=case.parts.check,
    )


def _stage(case: Case, name: StageName) -> LoopbackStage | NetnsStage:
    if name == "loopback":
        return LoopbackStage(case.declaration)
    from fakes.stages.netns.stage import NetnsStage

    return NetnsStage(case.declaration)


def _held(case: Case, world: World) -> Held:
    custom = "".join(world.certificates.root(name) for name in case.parts.check.cacert)
    readers = reader_tokens(case.parts.check, world) if case.parts.check.tenant else {}
    dated, logs = world.known_logs()
    return Held(
        token=world.token,
        refresh_token=world.refresh_token if case.parts.check.authorize == "refresh" else None,
        readers=readers,
        public=world.public_roots(),
        system=world.system_roots(),
        custom=custom or None,
        logs=(dated.isoformat(), tuple((name, key.hex()) for name, key in logs)),
    )


def _dialling(stage: LoopbackStage) -> Callable[[str, int], tuple[str, int]]:
    def dial(address: str, port: int) -> tuple[str, int]:
        try:
            return stage.route(address, port)
        except IcmpRefusal as refusal:
            raise IcmpError(refusal.errno or 0, *refusal.icmp) from None

    return dial


def _losing(stage: LoopbackStage) -> Callable[[socket.socket], Stalled | None]:
    """Let the kernel tell of packets that the world has lost: on loopback it knows of none."""

    def ask(sock: socket.socket) -> Stalled | None:
        known = stalled(sock)
        lost = sock.fileno() >= 0 and sock.getsockname()[:2] in stage.devices.lost
        return Stalled(unacknowledged=1, retransmits=2) if lost else known

    return ask


def prepare(case: Case, held: Held) -> Prepared:
    """Describe the check of ``case`` for a client that holds ``held``, and that stands where addresses are real."""
    check = case.parts.check
    return Prepared(
        request=_request(case),
        sign_in=_sign_in(case, held),
        settings=Settings(
            clock=clock(),
            proxies=Proxies(everything=read_proxy(check.proxy))
            if check.proxy
            else from_environment(_environment(check)),
            name_servers=(NameServer(NAME_SERVER),),
            second_name_server=NameServer(SECOND_NAME_SERVER) if check.second_name_server else None,
            lookup=partial(lookup, case.declaration),
            trust=_trust(case, held),
            families=check.families,
            connect_timeout=check.connect_timeout,
            grace=check.grace,
            read_timeout=check.read_timeout,
            dns_timeout=check.dns_timeout,
        ),
        choices=_choices(case, held),
    )


def _trust(case: Case, held: Held) -> Trust:
    """Return the roots, logs and TLS versions of the client in this world."""
    dated, logs = held.logs
    versions = case.declaration.client.tls_versions
    return Trust(
        public=held.public,
        system=held.system,
        custom=held.custom,
        logs=LogList.of(date.fromisoformat(dated), tuple(Log(name, bytes.fromhex(key)) for name, key in logs)),
        versions=(versions[0], versions[-1]),
    )


def _request(case: Case) -> Request:
    check = case.parts.check
    written = _settings_file(case)
    return Request(
        address=check.address or case.declaration.mailbox.address,
        provider=check.provider,
        endpoints=written.endpoints if written else _endpoints(case),
        lines=written.lines if written else (),
        protocols=tuple(Protocol(name) for name in check.protocols),
        sign_in_anyway=check.sign_in_anyway,
        only_tenant=check.tenant == "only",
    )


def _environment(check: CheckPart) -> dict[str, str]:
    return {str(name): value for name, value in check.environment.items()}


def _choices(case: Case, held: Held) -> Choices:
    check = case.parts.check
    may_read = reading(check, held.readers) if check.tenant else None
    named = None if check.controls is None else tuple(split(place) for place in check.controls)
    return Choices(sign_in_anyway=check.sign_in_anyway, controls=named, reading=may_read)


def _settings_file(case: Case) -> Mailbox | None:
    """Read the mailbox definition of a check, if it has one."""
    from diag.settings import from_data

    data = case.parts.check.settings
    return from_data(data, f"{case.name}.yaml") if data is not None else None


def _endpoints(case: Case) -> tuple[Endpoint, ...]:
    check = case.parts.check
    given = {Protocol.IMAP: check.imap, Protocol.POP3: check.pop3, Protocol.SMTP: check.smtp}
    found = []
    for protocol, places in given.items():
        for place in places:
            host, _, port = place.rpartition(":")
            found.append(endpoint_at(protocol, host, int(port), check.tls))
    return tuple(found)


def _sign_in(case: Case, held: Held) -> SignIn:
    check = case.parts.check
    box = case.declaration.mailbox
    written = _settings_file(case)
    user = check.user or (written.user if written else None) or check.address or box.address
    if check.authorize:
        return SignIn(user=user, grant=signing_in.grant(case, held.refresh_token))
    if check.credential == "token" and held.token:
        return SignIn(user=user, token=Secret(held.token))
    if check.credential == "password":
        return SignIn(user=user, password=Secret(check.password or box.password))
    return SignIn(user=user)
