"""Whether somebody on the way ends TLS and begins it again, and whose product it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake
from diag.model.finding import Finding
from diag.rules.facts import host_and_port
from diag.wire.interception import CERTAIN, suspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Confidence, Value
    from diag.rules.facts import Facts
    from diag.wire.interception import Suspicion

WHERE = {
    "endpoint": "software on this computer, not a device on the way",
    "network": "a device or service on the way",
    "debug": "a debugging proxy that somebody has started",
}


def intercepted(facts: Facts) -> Iterator[Finding]:
    """The certificate shown is not the server's own."""
    for subject in dict.fromkeys(seen.subject for seen in facts.of(TlsHandshake)):
        seen = facts.of(TlsHandshake, subject)[0]
        suspicion = suspect(seen.action)
        if suspicion is None or not suspicion.suspected:
            continue
        place = host_and_port(subject)
        values = {**place, **_values(suspicion), "elsewhere": _elsewhere(facts, subject)}
        for key, value in place.items():
            values["exempt"] = str(values["exempt"]).replace(f"{{{key}}}", str(value))
        confidence: Confidence = "certain" if suspicion.score >= CERTAIN else "likely"
        yield Finding(
            code="tls/intercepted", subject=subject, evidence=(seen.number,), values=values, confidence=confidence
        )


def installed(facts: Facts) -> Iterator[Finding]:
    """The operating system trusts the CA of a product that intercepts, whether it did so here or not."""
    entries = [entry.partition(": ") for entry in facts.measurement.vantage.interceptor_roots]
    if entries:
        products = " and ".join(dict.fromkeys(product for product, _, _ in entries))
        values = {"product": products, "subject": "; ".join(subject for _, _, subject in entries)}
        yield Finding(code="this-computer/interceptor-trusted", subject="this-computer", evidence=(), values=values)


def _values(suspicion: Suspicion) -> dict[str, Value]:
    product = suspicion.product
    hint = product is not None and product.grade == "D"
    name = f"perhaps {product.name}" if product and hint else product.name if product else "unknown product"
    exempt = product.exempt if product else "Ask the administrator of the network which product has this CA."
    return {
        "product": name,
        "issuer": suspicion.issuer,
        "where": WHERE[product.kind] if product else "a device on the way or software on this computer",
        "signs": "\n".join(f"- {sign.seen} ({sign.name}, {sign.weight})" for sign in suspicion.signs),
        "score": suspicion.score,
        "exempt": exempt,
        "upstream": "The name also says that the product itself did not trust the server behind it."
        if product and product.upstream_untrusted
        else "",
    }


def _elsewhere(facts: Facts, subject: str) -> str:
    """Name the other endpoints that were not seen intercepted from this process."""
    others: dict[str, bool] = {}
    for seen in facts.of(TlsHandshake):
        suspicion = suspect(seen.action)
        if seen.subject != subject and suspicion is not None:
            others.setdefault(seen.subject, suspicion.suspected)
    clean = [other for other, suspected in others.items() if not suspected]
    return ", ".join(clean) or "none of the endpoints checked"
