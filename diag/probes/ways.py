"""Does the same server answer otherwise on another way to it?

A device on the way speaks in the server's name, so that its words alone tell nobody who said them. What tells is the
same question at another port of the server, or over the other family of addresses: whoever takes STARTTLS there, can.
"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from diag.model.actions import Dialogue, Trial
from diag.model.failure import SPOKEN, Failure, FailureCode
from diag.model.target import Protocol, Tls
from diag.net.classify import StepFailed
from diag.probes.probe import MAIL, probe
from diag.probes.starttls import upgraded, walk
from diag.probes.tcp import connection, where
from diag.wire.lines import escape
from diag.wire.upgrade import Upgrade

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run
    from diag.probes.tcp import Channel

OTHER_PORTS = {(Protocol.SMTP, 587): 25, (Protocol.SMTP, 25): 587}
"""Ports at which the same server usually speaks the same protocol, and begins in plaintext (RFC 6409, RFC 5321)."""


async def attempt(run: Run, endpoint: Endpoint, channel: Channel, action: Trial) -> None:
    """Walk to where TLS begins on a connection of its own, and put on record whether that is reached."""
    port, subject, name = action.port or channel.port, endpoint.subject, channel.name
    with (
        contextlib.suppress(StepFailed),
        run.network.record(action, subject, channel.after),
        await run.network.open(action.address, port, subject=subject, after=channel.after, name=name) as stream,
    ):
        upgrade = Upgrade(endpoint.protocol)
        try:
            await walk(stream, upgrade)
        finally:
            action.greeting = escape(upgrade.first, 300) if upgrade.first else None
        if upgrade.pending:
            raise StepFailed(Failure.of(FailureCode.PLAINTEXT_AFTER_STARTTLS, escape(upgrade.pending, 300)))
        action.answer = "STARTTLS"


async def _others(run: Run, endpoint: Endpoint, channel: Channel) -> list[Trial]:
    """Choose the other ways: another port of the same address, and an address of the other family."""
    name, found = endpoint.host, [Trial(way="usual", server_name=endpoint.host, address=channel.address)]
    if run.choices.controls is not None or (name, endpoint.port) in run.choices.connect_to:
        return found  # the user has said what may be connected to
    port = OTHER_PORTS.get((endpoint.protocol, channel.port))
    if port is not None:
        found.append(Trial(way="other-port", server_name=name, address=channel.address, port=port))
    addresses, _ = await where(run, endpoint)
    other = [item for item in addresses.found if (":" in item) != (":" in channel.address)]
    usable = [item for item in other if run.network.settings.uses(item)]
    return found + [Trial(way="other-family", server_name=name, address=item) for item in usable[:1]]


@probe("ways", asks="Does the same server answer otherwise on another way to it?", protocols=MAIL, tls=(Tls.STARTTLS,))
async def ways(run: Run, endpoint: Endpoint) -> None:
    """Ask again, and elsewhere, where somebody refuses to go on to TLS, or says more than that it begins."""
    channel = await run.once(connection, endpoint)
    try:
        await run.once(upgraded, endpoint)
    except StepFailed as failed:
        item = run.network.observations[(failed.number or 1) - 1]
        said = isinstance(item.action, Dialogue) and item.action.purpose in {"capabilities", "starttls"}
        if said and failed.failure.code in SPOKEN:
            others = await _others(run, endpoint, channel)
            await asyncio.gather(*(attempt(run, endpoint, channel, action) for action in others))
