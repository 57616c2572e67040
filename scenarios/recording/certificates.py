"""The certificates that were shown, by their difference from right ones, and how handshakes failed."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from diag.model.actions import TlsOffer
from diag.model.failure import FailureCode
from diag.model.target import Protocol, Tls
from diag.wire.hello import VERSIONS
from diag.wire.issuers import UNTRUSTED, attribute, is_public_issuer
from fakes.certificates import public_cas
from scenarios.recording import interceptors
from scenarios.recording.known import plain

if TYPE_CHECKING:
    from diag.model.actions import Certificate, TlsHandshake
    from diag.model.target import Endpoint
    from diag.rules.facts import Seen
    from scenarios.recording.sketch import Sketch

SOON = timedelta(days=14)
_DAY = timedelta(days=1)
_OLD = {"TLSv1", "TLSv1.1"}
_REFUSED = {FailureCode.TLS_VERSION, FailureCode.TLS_ALERT, FailureCode.TLS_PROTOCOL}
_WEAK = {"RSA 512", "RSA 768", "RSA 1024"}
_CUT = {FailureCode.CONNECTION_RESET: "resets_hello", FailureCode.CONNECTION_CLOSED: "hangs_up_at_once"}


def draw(sketch: Sketch, endpoint: Endpoint, service: dict[str, Any]) -> None:
    """Draw the handshake of an endpoint: its certificate, or how it ended without one."""
    handshake = next(iter(sketch.seen_handshakes(endpoint.subject)), None)
    if handshake is None:
        return
    action = handshake.action
    if interceptors.suspected(sketch, handshake.number) and not sketch.is_impostor(endpoint.host):
        interceptors.draw(sketch, endpoint, handshake)
    elif action.chain:
        _certificate(sketch, endpoint, action, service)
        _versions(sketch, endpoint, action, service)
        _protocols(sketch, endpoint, service)
    elif any(sketch.found(code, endpoint.subject) for code in ("tls/name-filtered", "tls/version-blocked")):
        return
    elif handshake.code is not None and (endpoint.tls is Tls.STARTTLS or not sketch.on_the_path(handshake)):
        _failed(sketch, endpoint, handshake, service)


def _failed(sketch: Sketch, endpoint: Endpoint, seen: Seen[TlsHandshake], service: dict[str, Any]) -> None:
    code = seen.code
    offers = sketch.facts.of(TlsOffer, endpoint.subject)
    taken = [offer.action.version for offer in offers if offer.action.accepted]
    if taken and set(taken) <= _OLD:
        service["tls_versions"] = taken
    elif sketch.found("this-computer/tls-versions", endpoint.subject):
        service["tls_versions"] = taken
        sketch.world.setdefault("client", {})["tls_versions"] = ["TLSv1.2" if "TLSv1.3" in taken else "TLSv1.3"]
    elif code is FailureCode.TLS_NOT_TLS:
        if endpoint.tls is Tls.IMPLICIT and not (seen.action.first_bytes or "").startswith("HTTP/"):
            service["tls"] = "starttls"  # a service that begins in plaintext where TLS is expected
    elif code in _REFUSED:
        service["behaves"] = ["refuses_hello"]
    elif code in _CUT:
        after = endpoint.tls is Tls.STARTTLS
        service["behaves"] = ["resets_after_starttls" if after else _CUT[code]]
    elif not sketch.on_the_path(seen):
        sketch.leave_out(None, f"the handshake at {sketch.place(endpoint)}: {code}")


def _certificate(sketch: Sketch, endpoint: Endpoint, action: TlsHandshake, service: dict[str, Any]) -> None:
    leaf, last = action.chain[0], action.chain[-1]
    stores = {verdict.store: verdict for verdict in action.stores}
    public = stores.get("public")
    untrusted = public is not None and not public.trusted and public.code in UNTRUSTED
    found: dict[str, Any] = {}
    names = [sketch.pseudonyms.host(name) for name in leaf.names]
    if names != [sketch.pseudonyms.host(endpoint.host)] and (not leaf.self_issued or action.name_matches is False):
        found["names"] = names
    found.update(_dates(leaf, sketch.now))
    found.update(_made_of(action))
    if leaf.self_issued and len(action.chain) == 1:
        found["issuer"] = "self"
    elif sketch.found("this-computer/old-roots", endpoint.subject):
        sketch.world.setdefault("client", {})["old_roots"] = True
    elif untrusted and is_public_issuer(last) and not last.self_issued:
        found["send_intermediate"] = False
    elif untrusted:
        found["issuer"] = "private"
        if name := plain(attribute(last.issuer, "CN")):  # which may be like that of a product
            sketch.world["private_ca"] = name
        if any(store.store == "system" and store.trusted for store in action.stores):
            sketch.world.setdefault("client", {}).setdefault("trusts", ["private"])
    if found:
        service["certificate"] = found
    _public_ca(sketch)


def _versions(sketch: Sketch, endpoint: Endpoint, action: TlsHandshake, service: dict[str, Any]) -> None:
    """Draw the versions of TLS where the server takes an old one, or not each of the newer ones."""
    offers = {seen.action.version: seen.action.accepted for seen in sketch.facts.of(TlsOffer, endpoint.subject)}
    taken = {version for version, accepted in offers.items() if accepted} | {action.version}
    refused = {version for version, accepted in offers.items() if accepted is False}
    if taken & _OLD or refused - _OLD:
        service["tls_versions"] = [version for version in VERSIONS if version in taken]


def _protocols(sketch: Sketch, endpoint: Endpoint, service: dict[str, Any]) -> None:
    """Draw the application protocol that a mail server takes, which most ignore."""
    if endpoint.protocol is not Protocol.HTTPS:
        offers = [seen.action for seen in sketch.facts.of(TlsOffer, endpoint.subject)]
        if taken := [offer.alpn for offer in offers if offer.alpn in offer.protocols]:
            service["application_protocols"] = taken


def _made_of(action: TlsHandshake) -> dict[str, bool]:
    """Return what is wrong with the key, the signature or the purpose."""
    leaf = action.chain[0]
    found = {
        "weak_key": leaf.key in _WEAK,
        "weak_signature": any(item.signature == "sha1" for item in action.chain if not item.self_issued),
        "for_clients": leaf.key_usages == ("clientAuth",),
    }
    return {name: True for name, wrong in found.items() if wrong}


def _dates(leaf: Certificate, at: datetime) -> dict[str, int]:
    """Return how far the validity is off, in whole days, so that the same finding comes out at any time."""
    begins, ends = datetime.fromisoformat(leaf.not_before), datetime.fromisoformat(leaf.not_after)
    if ends < at:
        return {"expired_days_ago": (at - ends) // _DAY}
    if begins > at:
        return {"valid_from_in_days": math.ceil((begins - at) / _DAY)}
    if ends - at < SOON:
        return {"expired_days_ago": -math.ceil((ends - at) / _DAY)}
    return {}


def _public_ca(sketch: Sketch) -> None:
    """Draw the public CA that most of the certificates come from."""
    known = {shape["root"].get("O") or shape["issuing"].get("O"): name for name, shape in public_cas().items()}
    known |= {shape["issuing"].get("O"): name for name, shape in public_cas().items()}
    issuers = [attribute(item.chain[0].issuer, "O") for item in sketch.handshakes() if item.chain]
    counted = Counter(known[issuer] for issuer in issuers if issuer in known)
    if counted and counted.most_common(1)[0][0] != "digicert":
        sketch.world["public_ca"] = counted.most_common(1)[0][0]
