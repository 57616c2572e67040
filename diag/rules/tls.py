"""What a handshake shows, and the certificates that came with it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake, TlsOffer, Trial
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules import trials
from diag.rules.facts import host_and_port
from diag.wire.issuers import UNTRUSTED, is_public_issuer
from diag.wire.signs import SCT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.actions import Certificate, StoreVerdict
    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

SOON = timedelta(days=14)
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
_SPEAKS = ((r"\* (OK|PREAUTH|BYE)\b", "IMAP"), (r"(\+OK|-ERR)\b", "POP3"), (r"(220|421|554)[ -]", "SMTP"),
           (r"HTTP/1\.", "HTTP"))  # fmt: skip


def protocol_of(text: str) -> str | None:
    """Tell which protocol a server's first words belong to."""
    return next((name for pattern, name in _SPEAKS if re.match(pattern, text)), None)


def not_tls(facts: Facts) -> Iterator[Finding]:
    """The server answers a ClientHello with something that is not TLS."""
    for seen in facts.failed(TlsHandshake, FailureCode.TLS_NOT_TLS):
        first = seen.action.first_bytes or ""
        code = trials.web_answer(first) or "tls/not-tls"
        values = {**host_and_port(seen.subject), "first": first, "speaks": protocol_of(first) or "an unknown protocol"}
        values |= {"received": first, "protocol": "TLS", "where": trials.where_to(first)}
        yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def cut_off(facts: Facts) -> Iterator[Finding]:
    """The connection ends, or goes silent, in the middle of the handshake."""
    for seen in facts.failed(TlsHandshake, *_CUT_OFF):
        if _old_only(facts, seen):
            continue
        offers = facts.of(TlsOffer, seen.subject)
        evidence = (seen.number, *(offer.number for offer in offers))
        code = trials.cut_off(facts, seen)
        if code == "" or seen.code is None:
            continue
        tries = facts.of(Trial, seen.subject)
        values = {**_values(seen), "taken": trials.taken(seen.action.stalled), "how": _ENDS[seen.code]}
        evidence = (*evidence, *(item.number for item in tries))
        yield Finding(code=code or _CUT_OFF[seen.code], subject=seen.subject, evidence=evidence, values=values)


def refused(facts: Facts) -> Iterator[Finding]:
    """The server refuses the handshake: because it is too old for TLS 1.2, or for a reason of its own."""
    for seen in facts.failed(TlsHandshake, *_REFUSED, *_CUT_OFF):
        offers = facts.of(TlsOffer, seen.subject)
        evidence = (seen.number, *(offer.number for offer in offers))
        if _old_only(facts, seen):
            taken = ", ".join(offer.action.version for offer in offers if offer.action.accepted)
            values = {**_values(seen), "versions": taken}
            yield Finding(code="tls/old-version-only", subject=seen.subject, evidence=evidence, values=values)
        elif seen.code in _REFUSED:
            yield Finding(code="tls/handshake-refused", subject=seen.subject, evidence=evidence, values=_values(seen))


def _old_only(facts: Facts, seen: Seen[TlsHandshake]) -> bool:
    taken = {offer.action.version for offer in facts.of(TlsOffer, seen.subject) if offer.action.accepted}
    return bool(taken) and taken <= _OLD


def _values(seen: Seen[TlsHandshake]) -> dict[str, Value]:
    detail = seen.action.alert or (seen.failure.detail if seen.failure else "")
    return {**host_and_port(seen.subject), "detail": detail, "address": seen.action.address}


def _chains(facts: Facts) -> Iterator[tuple[Seen[TlsHandshake], Certificate]]:
    """Yield the first handshake of each endpoint that showed a certificate, with the leaf."""
    done: set[str] = set()
    for seen in facts.of(TlsHandshake):
        if seen.action.chain and seen.subject not in done:
            done.add(seen.subject)
            yield seen, seen.action.chain[0]


def dates(facts: Facts) -> Iterator[Finding]:
    """The leaf is not valid at the time of the measurement, by this computer's clock."""
    for seen, leaf in _chains(facts):
        begins, ends = _date(leaf.not_before), _date(leaf.not_after)
        if begins is None or ends is None:
            continue
        values = {**host_and_port(seen.subject), "begins": f"{begins:%Y-%m-%d %H:%M} UTC",
                  "ends": f"{ends:%Y-%m-%d %H:%M} UTC", "now": f"{facts.at:%Y-%m-%d %H:%M} UTC"}  # fmt: skip
        if facts.at > ends:
            values["days"] = (facts.at - ends).days
            yield Finding(code="tls/certificate-expired", subject=seen.subject, evidence=(seen.number,), values=values)
        elif facts.at < begins:
            code = "tls/certificate-not-yet-valid"
            yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def names(facts: Facts) -> Iterator[Finding]:
    """The leaf is for other names."""
    for seen, leaf in _chains(facts):
        if seen.action.name_matches is False:
            shown = ", ".join(leaf.names[:6]) or leaf.subject
            values = {**host_and_port(seen.subject), "wanted": seen.action.server_name, "names": shown}
            yield Finding(
                code="tls/certificate-wrong-name", subject=seen.subject, evidence=(seen.number,), values=values
            )


def trust(facts: Facts) -> Iterator[Finding]:
    """The chain ends at no public root, and at none that the user named."""
    for seen, leaf in _chains(facts):
        verdicts = {verdict.store: verdict for verdict in seen.action.stores}
        public = verdicts.get("public")
        named = verdicts.get("custom")
        if public is None or not _untrusted(public) or (named is not None and not _untrusted(named)):
            continue
        last = seen.action.chain[-1]
        values = {**host_and_port(seen.subject), "issuer": last.issuer, "subject": leaf.subject, "code": public.code}
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


def _untrusted(verdict: StoreVerdict) -> bool:
    return not verdict.trusted and verdict.code in UNTRUSTED


def rejected(facts: Facts) -> Iterator[Finding]:
    """OpenSSL refuses the chain for a reason that no other rule knows, such as a weak key or an old intermediate."""
    for seen, leaf in _chains(facts):
        if seen.code is not FailureCode.TLS_CERTIFICATE_REJECTED or _has_a_plainer_reason(seen, leaf, facts.at):
            continue
        public = next((verdict for verdict in seen.action.stores if verdict.store == "public"), None)
        depth = public.depth if public is not None and not public.trusted else 0
        chain = seen.action.chain
        values = {
            **host_and_port(seen.subject),
            "detail": seen.failure.detail if seen.failure else "",
            "code": seen.action.verify_code or 0,
            "certificate": chain[min(depth, len(chain) - 1)].subject,
            "key": leaf.key,
        }
        yield Finding(code="tls/certificate-rejected", subject=seen.subject, evidence=(seen.number,), values=values)


def _has_a_plainer_reason(seen: Seen[TlsHandshake], leaf: Certificate, at: datetime) -> bool:
    begins, ends = _date(leaf.not_before), _date(leaf.not_after)
    dated = begins is not None and ends is not None and not begins <= at <= ends
    untrusted = any(verdict.store == "public" and _untrusted(verdict) for verdict in seen.action.stores)
    return dated or untrusted or seen.action.name_matches is False


def expires_soon(facts: Facts) -> Iterator[Finding]:
    """The leaf is valid for a few days more."""
    for seen, leaf in _chains(facts):
        ends = _date(leaf.not_after)
        if ends is not None and seen.code is None and timedelta(0) <= ends - facts.at < SOON:
            values = {
                **host_and_port(seen.subject),
                "ends": f"{ends:%Y-%m-%d %H:%M} UTC",
                "days": (ends - facts.at).days,
            }
            code = "tls/certificate-expires-soon"
            yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
