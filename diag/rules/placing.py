"""Where TLS is ended, on this computer or on the way: what speaks for it, and who has to act where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.wire.issuers import UNTRUSTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.actions import StoreVerdict, TlsHandshake
    from diag.wire.products import Product

WHERE = {
    "endpoint": "software on this computer, not a device on the way",
    "network": "a device or service on the way",
    "either": "a service on the way, to which software on this computer or a device leads",
    "debug": "a debugging proxy that somebody has started",
}
UNKNOWN = "a device on the way or software on this computer"
OWNERS = {"endpoint": "user", "debug": "user"}
"""Who looks after products of a kind; all others are the network's."""
NEAR, NEARER = 0.5, 0.01
"""A connection opens nearby in less than this share of the time of others, and in so many seconds less."""
TRUSTED = (
    "The operating system trusts that CA: programs that use its list, such as Outlook, work and are read along;"
    " programs that bring their own list, such as many helpdesk tools, refuse the connection."
)
UNTRUSTED_HERE = (
    "The operating system does not trust that CA: programs that use its list, such as Outlook, fail as well as"
    " those that bring their own, such as many helpdesk tools."
)
NOT_KNOWN = (
    "Whether the operating system trusts that CA is not known. Where it does, programs that use its list work, such as"
    " Outlook; programs that bring their own, such as many helpdesk tools, do not."
)
BROUGHT_ALONG = (
    "The list of CAs that programs bring along has that CA here: no program complains, and all are read along."
)


def trust(action: TlsHandshake) -> str:
    """Say which programs fail, by who trusts the CA."""
    public = _trusts(action, "public")
    system = _trusts(action, "system")
    if public:
        return BROUGHT_ALONG
    return NOT_KNOWN if system is None else TRUSTED if system else UNTRUSTED_HERE


def _trusts(action: TlsHandshake, store: str) -> bool | None:
    """Tell whether a set of roots has the CA; a chain that is bad in another way may end at it all the same."""
    verdict: StoreVerdict | None = next((item for item in action.stores if item.store == store), None)
    return None if verdict is None else verdict.trusted or verdict.code not in UNTRUSTED


def evidence(action: TlsHandshake, product: Product | None, others: Iterable[TlsHandshake]) -> str:
    """Say what tells software on this computer and a device on the way apart, or that nothing does."""
    seen = [*(_by_name(product) if product else _by_store(action)), *_by_times(action, others)]
    if product is None:
        seen.append("None of that settles which of the two it is." if seen else "Nothing that was seen tells which.")
    return " ".join(seen)


def _by_name(product: Product) -> Iterable[str]:
    yield f"That is told by the name of the CA, which {'may be' if product.hint else 'is'} that of {product.name}."


def _by_store(action: TlsHandshake) -> Iterable[str]:
    """Yield what the store tells of an unknown CA; a known product may have one that is distrusted on purpose."""
    if _trusts(action, "system") is False:
        yield "The CA is not in this computer's store, into which software that inspects here usually puts its own."


def _by_times(action: TlsHandshake, others: Iterable[TlsHandshake]) -> Iterable[str]:
    opened = action.connect_took
    away = min((other.connect_took for other in others if other.connect_took is not None), default=None)
    if opened is not None and away is not None and opened < NEAR * away and away - opened >= NEARER:
        times = f"{max(opened * 1000, 0.1):.1f} ms, and to a port that is not inspected after {away * 1000:.0f} ms"
        yield f"The connection opened after {times}: whoever ends TLS is on this computer or near it."
