"""Certificates that OpenSSL refuses for what they are made of, and for any other reason that no rule names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules.dates import chains, validity
from diag.rules.facts import host_and_port
from diag.wire.issuers import UNTRUSTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.actions import Certificate, TlsHandshake
    from diag.rules.facts import Facts, Seen

_WEAK_KEY = {66, 67}
"""X509_V_ERR_EE_KEY_TOO_SMALL and X509_V_ERR_CA_KEY_TOO_SMALL (x509_vfy.h)."""
_WEAK_SIGNATURE = {68}
"""X509_V_ERR_CA_MD_TOO_WEAK."""
_BROKEN = {"md5", "sha1"}


def rejected(facts: Facts) -> Iterator[Finding]:
    """OpenSSL refuses the chain for a reason of its own."""
    for seen, leaf in chains(facts):
        if seen.code is not FailureCode.TLS_CERTIFICATE_REJECTED:
            continue
        number = seen.action.verify_code or 0
        if number not in _WEAK_KEY | _WEAK_SIGNATURE and _has_a_plainer_reason(seen, leaf, facts):
            continue
        chain = seen.action.chain
        public = next((verdict for verdict in seen.action.stores if verdict.store == "public"), None)
        depth = public.depth if public is not None and not public.trusted else 0
        concerned = chain[min(depth, len(chain) - 1)]
        code = "tls/certificate-rejected"
        if number in _WEAK_KEY:
            code = "tls/weak-key"
        elif number in _WEAK_SIGNATURE:
            code = "tls/weak-signature"
            concerned = next((item for item in chain if item.signature in _BROKEN), concerned)
        values = {
            **host_and_port(seen.subject),
            "detail": seen.failure.detail if seen.failure else "",
            "code": number,
            "certificate": concerned.subject,
            "key": concerned.key,
            "signature": concerned.signature or "unknown",
        }
        yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def _has_a_plainer_reason(seen: Seen[TlsHandshake], leaf: Certificate, facts: Facts) -> bool:
    span = validity(leaf)
    dated = span is not None and not span[0] <= facts.at <= span[1]
    untrusted = any(
        verdict.store == "public" and not verdict.trusted and verdict.code in UNTRUSTED
        for verdict in seen.action.stores
    )
    return dated or untrusted or seen.action.name_matches is False
