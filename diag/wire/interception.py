"""Whether somebody else than the server has answered its handshake: the signs of all endpoints, weighed.

No single sign is taken for proof: each has a weight (diag/data/signs.toml), and what adds up to the threshold is
suspected. The weights are such that any one sign may be missing where a well-known service is intercepted. The
service's genuine certificate has none of them, whichever public CA it comes from.

Everything here is a pure function of what was recorded, because two ask: the probe that must not send a credential
into such a channel, and the rule that explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.actions import NameTest, TlsHandshake, TlsOffer
from diag.wire.products import product_of
from diag.wire.signs import Shown, Sign, alone, compared, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from diag.model.measurement import Observation
    from diag.wire.products import Product


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the signs of one handshake amount to."""

    signs: tuple[Sign, ...]
    product: Product | None
    issuer: str

    @property
    def score(self) -> int:
        """The sum of the weights."""
        return sum(sign.weight for sign in self.signs)

    @property
    def suspected(self) -> bool:
        """Whether that is enough to call the channel intercepted."""
        return self.score >= int(table()["suspected"])

    @property
    def certain(self) -> bool:
        """Whether it is enough to say so without reserve."""
        return self.score >= int(table()["certain"])

    def without(self, name: str) -> Suspicion:
        """Return the same without one sign, to see whether the others suffice."""
        return Suspicion(tuple(sign for sign in self.signs if sign.name != name), self.product, self.issuer)


def weigh(observations: Sequence[Observation], at: datetime) -> dict[int, Suspicion]:
    """Weigh the signs of every handshake that showed a certificate, by the number of its observation.

    ``at`` is the time of the measurement by the client's clock.
    """
    all_shown = _shown(observations)
    return {
        shown.number: _weigh(shown, [other for other in all_shown if other is not shown], at) for shown in all_shown
    }


def _weigh(shown: Shown, others: Sequence[Shown], at: datetime) -> Suspicion:
    product = product_of(shown.action.chain)
    signs: tuple[Sign, ...] = ()
    if not shown.genuine:
        others = [other for other in others if other.subject != shown.subject]
        signs = (*alone.signs(shown, product, at), *compared.signs(shown, others, at))
    return Suspicion(signs, product, shown.leaf.issuer)


def _shown(observations: Sequence[Observation]) -> list[Shown]:
    offers: dict[str, list[tuple[int, TlsOffer]]] = {}
    tests: dict[str, list[tuple[int, NameTest]]] = {}
    for item in observations:
        if isinstance(item.action, TlsOffer):
            offers.setdefault(item.subject, []).append((item.number, item.action))
        elif isinstance(item.action, NameTest):
            tests.setdefault(item.subject, []).append((item.number, item.action))
    return [
        Shown(
            item.number,
            item.subject,
            item.action,
            tuple(offers.get(item.subject, ())),
            tuple(tests.get(item.subject, ())),
        )
        for item in observations
        if isinstance(item.action, TlsHandshake) and item.action.chain
    ]
