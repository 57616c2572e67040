"""Whether somebody on the way ends TLS and begins it again, and whose product it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake
from diag.model.finding import Finding
from diag.rules import placing
from diag.rules.facts import host_and_port
from diag.wire.interception import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Confidence, Value
    from diag.rules.facts import Facts, Seen
    from diag.wire.interception import Suspicion

DOUBT = (
    "By its name the CA is the one for servers that the product itself does not trust: the server's own certificate may"
    " be at fault as well, which another check will tell once the hosts are exempt."
)


def intercepted(facts: Facts) -> Iterator[Finding]:
    """The certificate shown is not the server's own."""
    weighed = weigh(facts.measurement.observations, facts.at)
    suspected: dict[str, tuple[Seen[TlsHandshake], Suspicion]] = {}
    for seen in facts.of(TlsHandshake):
        found = weighed.get(seen.number)
        if found is not None and found.suspected:
            suspected.setdefault(seen.subject, (seen, found))
    free = [seen.action for seen in facts.of(TlsHandshake) if seen.subject not in suspected]
    clean = [s for s in dict.fromkeys(seen.subject for seen in facts.of(TlsHandshake)) if s not in suspected]
    for subject, (seen, suspicion) in suspected.items():
        place = host_and_port(subject)
        values = {**place, **_values(suspicion), "elsewhere": ", ".join(clean) or "none of the endpoints checked"}
        beside = [action for action in free if action.server_name == seen.action.server_name]
        told_by = placing.evidence(seen.action, suspicion.product, beside)
        values |= {"trust": placing.trust(seen.action), "told_by": told_by}
        for key, value in place.items():
            values["exempt"] = str(values["exempt"]).replace(f"{{{key}}}", str(value))
        confidence: Confidence = "certain" if suspicion.certain else "likely"
        more = [number for sign in suspicion.signs for number in sign.evidence]
        yield Finding(
            code="starttls/inspected" if seen.action.after_starttls else "tls/intercepted",
            subject=subject,
            evidence=(seen.number, *dict.fromkeys(more)),
            values=values,
            confidence=confidence,
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
    exempt = product.exempt if product else "Ask the administrator of the network which product has this CA."
    return {
        "product": product.called if product else "unknown product",
        "issuer": suspicion.issuer,
        "where": placing.WHERE[product.kind] if product else placing.UNKNOWN,
        "who": placing.OWNERS.get(product.kind, "network admin") if product else "network admin",
        "signs": "\n".join(f"- {sign.seen} ({sign.name}, {sign.weight})" for sign in suspicion.signs),
        "score": suspicion.score,
        "exempt": exempt,
        "upstream": DOUBT if product and product.upstream_untrusted else "",
    }
