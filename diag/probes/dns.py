"""Does the name lead to an address, as a name server says and as this computer's applications see it?"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from diag.model.actions import DnsQuery, SystemLookup
from diag.model.failure import FailureCode
from diag.net.classify import StepFailed
from diag.net.resolver import system_name_servers
from diag.probes.probe import probe

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from diag.model.target import Endpoint
    from diag.net.network import Step
    from diag.net.resolver import NameServer
    from diag.probes.run import Run

MOST_ADDRESSES = 8
"""Addresses of one host that are dialled; a front end behind more of them is not told apart by more attempts."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses to dial, in order of preference, with the observations that gave them."""

    found: tuple[str, ...]
    after: tuple[int, ...] = ()


def literal(host: str) -> str | None:
    """Return ``host`` if it is an address literal."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


async def addresses(run: Run, host: str) -> Addresses:
    """Resolve ``host``: A and AAAA from the name server and the applications' view, all at once.

    The applications' view decides, because theirs is the connection that does not work; where only the name server
    knows the name, its answer is used.

    :raises StepFailed: no address by either way.
    """
    if literal(host):
        return Addresses((host,))
    network = run.network
    servers = network.settings.name_servers
    asked = (servers if servers is not None else await asyncio.to_thread(system_name_servers))[:1]
    second = network.settings.second_name_server
    if second:
        await run.once(nonsense, asked)
    questions = [network.query(host, kind, server) for server in asked for kind in ("A", "AAAA")]
    beside = [network.query(host, kind, second, role="second") for kind in ("A", "AAAA") if second]
    system, *answered = await _outcomes(network.system_lookup(host), *questions, *beside)
    answered = answered[: len(questions)]
    steps = [step for step in answered if not isinstance(step, StepFailed)]
    served = [answer for step in steps if isinstance(step.action, DnsQuery) for answer in step.action.answers]
    after = tuple(step.number for step in steps)
    if not isinstance(system, StepFailed):
        own = system.action.addresses if isinstance(system.action, SystemLookup) else ()
        return _usable(run, host, list(own), (system.number, *after))
    if served:
        return _usable(run, host, served, after)
    raise system


async def nonsense(run: Run, servers: tuple[NameServer, ...]) -> None:
    """Ask for a name that nobody has registered: who has an answer for it invents answers."""
    name = "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(20)) + ".com"
    await _outcomes(*(run.network.query(name, "A", server, role="nonsense") for server in servers))


async def _outcomes(
    *steps: Coroutine[Any, Any, Step[DnsQuery]] | Coroutine[Any, Any, Step[SystemLookup]],
) -> list[Step[DnsQuery] | Step[SystemLookup] | StepFailed]:
    """Return the outcome of each question, whichever it is, so that all of them are waited for."""
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, StepFailed):
            raise outcome
    return cast("list[Step[DnsQuery] | Step[SystemLookup] | StepFailed]", outcomes)


def _usable(run: Run, host: str, order: list[str], after: tuple[int, ...]) -> Addresses:
    settings = run.network.settings
    wanted = [item for item in order if settings.uses(item)]
    if not wanted:
        with run.network.record(SystemLookup(name=host, addresses=tuple(order)), host, after) as step:
            raise step.fail(FailureCode.ADDRESS_UNAVAILABLE, " or ".join(settings.families))
    return Addresses(tuple(wanted[:MOST_ADDRESSES]), after)


@probe("dns", asks="Does the host name lead to an address?")
async def dns(run: Run, endpoint: Endpoint) -> None:
    """Ask for the addresses of the endpoint's host, unless the user gave them or a proxy looks them up."""
    key = (endpoint.host, endpoint.port)
    host, port = run.choices.connect_to.get(key, key)
    if key not in run.choices.resolve and not run.network.settings.proxies.resolves(host, port):
        await run.once(addresses, host)
