"""What a probe is: a question with a name, asked of some endpoints by one coroutine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.target import Protocol, Tls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from diag.model.target import Endpoint
    from diag.probes.run import Run

MAIL = (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question, for the endpoints with one of ``protocols`` and ``tls``."""

    name: str
    asks: str
    measure: Callable[[Run, Endpoint], Awaitable[object]]
    protocols: tuple[Protocol, ...]
    tls: tuple[Tls, ...]

    def applies(self, endpoint: Endpoint) -> bool:
        """Tell whether the question makes sense for ``endpoint``."""
        return endpoint.protocol in self.protocols and endpoint.tls in self.tls


def probe(
    name: str,
    *,
    asks: str,
    protocols: tuple[Protocol, ...] = tuple(Protocol),
    tls: tuple[Tls, ...] = tuple(Tls),
) -> Callable[[Callable[[Run, Endpoint], Awaitable[object]]], Probe]:
    """Make a :class:`Probe` of the coroutine below: ``@probe("imap", asks="Can the account sign in?")``."""

    def make(measure: Callable[[Run, Endpoint], Awaitable[object]]) -> Probe:
        return Probe(name=name, asks=asks, measure=measure, protocols=protocols, tls=tls)

    return make
