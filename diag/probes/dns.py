"""Does the name lead to an address, as a name server says and as this computer's applications see it?"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.failure import Failure, FailureCode
from diag.net.classify import StepFailed
from diag.net.resolver import system_name_servers
from diag.probes.probe import probe

if TYPE_CHECKING:
    from diag.model.actions import DnsQuery
    from diag.model.target import Endpoint
    from diag.net.network import Step
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

    The applications' view decides the order, because theirs is the connection that does not work; where only the
    name server knows the name, its answer is used.

    :raises StepFailed: no address by either way.
    """
    if literal(host):
        return Addresses((host,))
    network = run.network
    servers = network.settings.name_servers
    questions = []
    for server in (servers if servers is not None else await asyncio.to_thread(system_name_servers))[:1]:
        questions += [network.query(host, kind, server) for kind in ("A", "AAAA")]
    results = await asyncio.gather(network.system_lookup(host), *questions, return_exceptions=True)
    system, *answered = results
    _reraise_defects(results)
    steps: list[Step[DnsQuery]] = [step for step in answered if not isinstance(step, BaseException)]
    served = [answer for step in steps for answer in step.action.answers]
    if not isinstance(system, BaseException):
        order = [*system.action.addresses, *(address for address in served if address not in system.action.addresses)]
        return _usable(run, order, (system.number, *(step.number for step in steps)))
    if served:
        return _usable(run, served, tuple(step.number for step in steps))
    raise system


def _usable(run: Run, order: list[str], after: tuple[int, ...]) -> Addresses:
    families = run.network.settings.families
    wanted = [item for item in order if ("ipv6" if ":" in item else "ipv4") in families]
    if not wanted:
        raise StepFailed(Failure.of(FailureCode.ADDRESS_UNAVAILABLE, f"no address of {' or '.join(families)}"))
    return Addresses(tuple(wanted[:MOST_ADDRESSES]), after)


def _reraise_defects(results: list[object]) -> None:
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, StepFailed):
            raise result


@probe("dns", asks="Does the host name lead to an address?")
async def dns(run: Run, endpoint: Endpoint) -> None:
    """Ask for the addresses of the endpoint's host, unless the user gave them."""
    if (endpoint.host, endpoint.port) not in run.choices.resolve:
        await run.once(addresses, run.choices.connect_to.get((endpoint.host, endpoint.port), (endpoint.host, 0))[0])
