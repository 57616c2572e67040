"""A case into a running world and the check to be made in it: the one place where both sides are put together."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.secret import Secret
from diag.model.target import Protocol
from diag.net.classify import IcmpError
from diag.net.network import Settings
from diag.net.proxy import Proxies, read_proxy
from diag.net.resolver import NameServer
from diag.net.trust import Trust
from diag.plan import Request, endpoint_at
from diag.probes.run import Choices, SignIn
from fakes.faults.icmp import IcmpRefusal
from fakes.stages.loopback import NAME_SERVER, LoopbackStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from diag.model.target import Endpoint
    from diag.settings import Mailbox
    from scenarios.model import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulated:
    """A running world with the check that its case describes."""

    stage: LoopbackStage
    request: Request
    sign_in: SignIn
    settings: Settings
    choices: Choices


@contextlib.asynccontextmanager
async def emulate(case: Case) -> AsyncIterator[Emulated]:
    """Bring the world of ``case`` up for the time of the block."""
    async with LoopbackStage(case.declaration) as stage:
        yield Emulated(
            stage=stage,
            request=_request(case),
            sign_in=_sign_in(case, stage),
            settings=_settings(case, stage),
            choices=Choices(sign_in_anyway=case.parts.check.sign_in_anyway),
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
    )


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


def _sign_in(case: Case, stage: LoopbackStage) -> SignIn:
    check = case.parts.check
    box = case.declaration.mailbox
    written = _settings_file(case)
    user = check.user or (written.user if written else None) or check.address or box.address
    if check.credential == "token" and stage.world.token:
        return SignIn(user=user, token=Secret(stage.world.token))
    if check.credential == "password":
        return SignIn(user=user, password=Secret(check.password or box.password))
    return SignIn(user=user)


def _settings(case: Case, stage: LoopbackStage) -> Settings:
    check = case.parts.check
    world = stage.world

    def dial(address: str, port: int) -> tuple[str, int]:
        try:
            return stage.route(address, port)
        except IcmpRefusal as refusal:
            raise IcmpError(refusal.errno or 0, *refusal.icmp) from None

    custom = "".join(world.certificates.root(name) for name in check.cacert)
    return Settings(
        dial=dial,
        lag=stage.lag,
        proxies=Proxies(everything=read_proxy(check.proxy)) if check.proxy else Proxies(),
        name_servers=(NameServer(NAME_SERVER),),
        lookup=stage.lookup,
        trust=Trust(public=world.public_roots(), system=world.system_roots(), custom=custom or None),
        families=check.families,
        connect_timeout=check.connect_timeout,
        read_timeout=check.read_timeout,
        dns_timeout=check.dns_timeout,
    )
