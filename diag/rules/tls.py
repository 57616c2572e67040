"""What a handshake shows, and the certificates that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake, TlsOffer, Trial
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules import acceptance, hello_hops, trials
from diag.rules.dates import chains
from diag.rules.facts import host_and_port
from diag.wire.issuers import UNTRUSTED, is_public_issuer, refuses, service_of
from diag.wire.products import product_of
from diag.wire.signs import SCT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from diag.model.actions import StoreVerdict
    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_CUT_OFF = {
    FailureCode.CONNECTION_RESET: "tls/handshake-reset",
    FailureCode.CONNECTION_CLOSED: "tls/handshake-closed",
    FailureCode.READ_TIMEOUT: "tls/handshake-silent",
}
_ENDS = {
    FailureCode.CONNECTION_RESET: "reset",
    FailureCode.CONNECTION_CLOSED: "closed",
    FailureCode.READ_TIMEOUT: "left without an answer",
}
_REFUSED = {FailureCode.TLS_VERSION, FailureCode.TLS_ALERT, FailureCode.TLS_PROTOCOL}
_OLD = {"TLSv1", "TLSv1.1"}


def not_tls(facts: Facts) -> Iterator[Finding]:
    """The server answers a ClientHello with something that is not TLS."""
    for seen in facts.failed(TlsHandshake, FailureCode.TLS_NOT_TLS):
        first = seen.action.first_bytes or ""
        code = trials.web_answer(first) or "tls/not-tls"
        values = {
            **host_and_port(seen.subject),
            "first": first,
            "speaks": trials.protocol_of(first) or "an unknown protocol",
        }
        values |= {"received": first, "protocol": "TLS", "where": trials.where_to(first)}
        yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def cut_off(facts: Facts) -> Iterator[Finding]:
    """The connection ends, or goes silent, in the middle of the handshake."""
    for seen in facts.failed(TlsHandshake, *_CUT_OFF):
        offers = facts.of(TlsOffer, seen.subject)
        if _about_versions(seen, [offer.action.version for offer in offers if offer.action.accepted]):
            continue
        evidence = (seen.number, *(offer.number for offer in offers))
        code = trials.cut_off(facts, seen)
        if code == "" or seen.code is None:
            continue
        tries = facts.of(Trial, seen.subject)
        values = {**_values(seen), "taken": trials.taken(seen.action.stalled), "how": _ENDS[seen.code]}
        at = hello_hops.locate(facts, seen.subject)
        values |= {**at.values(), "acceptor": acceptance.doubt(facts, seen.subject)}
        evidence = (*evidence, *(item.number for item in tries), *at.evidence)
        yield Finding(code=code or _CUT_OFF[seen.code], subject=seen.subject, evidence=evidence, values=values)


def refused(facts: Facts) -> Iterator[Finding]:
    """The handshake is refused: for its versions, on whichever side that lies, or for another reason."""
    for seen in facts.failed(TlsHandshake, *_REFUSED, *_CUT_OFF):
        offers = facts.of(TlsOffer, seen.subject)
        taken = [offer.action.version for offer in offers if offer.action.accepted]
        code = _about_versions(seen, taken)
        if code is None and seen.code in _REFUSED:
            code = "tls/handshake-refused"
        if code is not None:
            left = [offer.action.version for offer in offers if not offer.action.accepted]
            values = {
                **_values(seen),
                "versions": " and ".join(taken) or "no version",
                "offered": " and ".join(seen.action.offered),
                "refused": " and ".join(version for version in left if version in seen.action.offered),
                "service": service_of(seen.action.server_name) or "the service",
            }
            evidence = (seen.number, *(offer.number for offer in offers))
            yield Finding(code=code, subject=seen.subject, evidence=evidence, values=values)


def _about_versions(seen: Seen[TlsHandshake], taken: Sequence[str]) -> str | None:
    """Tell whose versions are at fault, by what was taken when each was offered alone; None where none is."""
    if not taken:
        return None
    if set(taken) <= _OLD:
        genuine = not any(refuses(seen.action.server_name, version) for version in taken)
        return "tls/old-version-only" if genuine else "tls/downgraded"
    if not set(taken) & set(seen.action.offered):
        return "this-computer/tls-versions"
    # Where all goes silent, packets got lost by their size, and not by what they offer.
    newest = "TLSv1.3" in seen.action.offered and "TLSv1.3" not in taken and "TLSv1.2" in taken
    return "tls/version-blocked" if newest and seen.code is not FailureCode.READ_TIMEOUT else None


def old_versions(facts: Facts) -> Iterator[Finding]:
    """Versions are taken that are retired, beside those that are not: fulfilled, and worth knowing (RFC 8996)."""
    good = {seen.subject for seen in facts.of(TlsHandshake) if seen.code is None}
    for subject in dict.fromkeys(offer.subject for offer in facts.of(TlsOffer)):
        taken = [item for item in facts.of(TlsOffer, subject) if item.action.accepted and item.action.version in _OLD]
        if taken and subject in good:
            versions = " and ".join(item.action.version for item in taken)
            values = {**host_and_port(subject), "versions": versions}
            numbers = tuple(item.number for item in taken)
            yield Finding(code="tls/old-version-accepted", subject=subject, evidence=numbers, values=values)


def _values(seen: Seen[TlsHandshake]) -> dict[str, Value]:
    detail = seen.action.alert or (seen.failure.detail if seen.failure else "")
    return {**host_and_port(seen.subject), "detail": detail, "address": seen.action.address}


def names(facts: Facts) -> Iterator[Finding]:
    """The leaf is for other names."""
    for seen, leaf in chains(facts):
        if seen.action.name_matches is False:
            shown = ", ".join(leaf.names[:6]) or leaf.subject
            values = {**host_and_port(seen.subject), "wanted": seen.action.server_name, "names": shown}
            yield Finding(
                code="tls/certificate-wrong-name", subject=seen.subject, evidence=(seen.number,), values=values
            )


def trust(facts: Facts) -> Iterator[Finding]:
    """The chain ends at no public root, and at none that the user named."""
    for seen, leaf in chains(facts):
        verdicts = {verdict.store: verdict for verdict in seen.action.stores}
        public = verdicts.get("public")
        named = verdicts.get("custom")
        if public is None or not _untrusted(public) or (named is not None and not _untrusted(named)):
            continue
        last = seen.action.chain[-1]
        values = {
            **host_and_port(seen.subject),
            "issuer": last.issuer,
            "subject": leaf.subject,
            "code": public.code,
            "resembles": _resembles(seen),
            "fetch": f"It can be had at {last.aia_issuers[0]}." if last.aia_issuers else "",
        }
        system = verdicts.get("system")
        if system is not None and not _untrusted(system):
            newer = is_public_issuer(last) and SCT in leaf.extensions
            code = "this-computer/old-roots" if newer else "tls/only-locally-trusted"
        elif leaf.self_issued and len(seen.action.chain) == 1:
            code = "tls/self-signed"
        elif not last.self_issued and is_public_issuer(last):
            code = "tls/missing-intermediate"
        else:
            code = "tls/untrusted-root"
        yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def _resembles(seen: Seen[TlsHandshake]) -> str:
    """Say which product has such names, of which by themselves nothing follows."""
    product = product_of(seen.action.chain)
    if product is None:
        return ""
    return (
        f"By its name the CA may be that of {product.name}, which inspects TLS;"
        " that is a hint and no proof, since anybody's own CA may be called so."
    )


def _untrusted(verdict: StoreVerdict) -> bool:
    return not verdict.trusted and verdict.code in UNTRUSTED
