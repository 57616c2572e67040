"""The devices that forged certificates, by what they copy from the genuine ones and what they do in their own way."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from diag.model.actions import TlsHandshake, TlsOffer
from diag.wire.hello import VERSIONS
from diag.wire.interception import weigh
from diag.wire.issuers import attribute
from diag.wire.products import product_of
from diag.wire.signs import SCT
from diag.wire.signs.alone import POLICIES
from fakes.forging import vendors

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.rules.facts import Seen
    from diag.wire.interception import Suspicion
    from scenarios.recording.sketch import Sketch

LATE = 0.5
"""Seconds that a recorded device takes to answer, where it is its lateness that gives it away."""


def _weighed(sketch: Sketch) -> dict[int, Suspicion]:
    return weigh(sketch.measurement.observations, sketch.facts.at)


def suspected(sketch: Sketch, number: int) -> bool:
    """Tell whether the certificate of a handshake was forged."""
    found = _weighed(sketch).get(number)
    return found is not None and found.suspected


def authority(sketch: Sketch, seen: Seen[TlsHandshake]) -> str:
    """Return whose CA signed what was shown: that of a product, or a private one."""
    return _vendor(seen.action) if suspected(sketch, seen.number) else "private"


def draw(sketch: Sketch, endpoint: Endpoint, seen: Seen[TlsHandshake]) -> None:
    """Draw the device that forged the certificate; the one behind it is taken for right, unless it covers that up."""
    action = seen.action
    suspicion = _weighed(sketch)[seen.number]
    signs = {sign.name for sign in suspicion.signs}
    wanted: dict[str, Any] = {"vendor": _vendor(action), **_trusted(action), **_copied(action, signs)}
    if wanted["vendor"] == "unknown" and product_of(action.chain) is not None:
        sketch.leave_out(None, f"the product that intercepts {sketch.place(endpoint)}, of which no fake is there")
    if "one issuer" in signs and "key reused" not in signs:
        wanted["one_key"] = False
    if "timing" in signs and not suspicion.without("timing").suspected:
        wanted["slow_start"] = LATE
    wanted |= _answers(sketch, endpoint, action, signs)
    leaf = action.chain[0]
    service = sketch.service(endpoint)
    if "covers up" in signs:
        wanted["upstream"] = "accepts"
        service["certificate"] = {"expired_days_ago": 9}
    elif _doubts(action):
        service["certificate"] = {"expired_days_ago": 9}
    elif [name for name in leaf.names if name != endpoint.host]:
        service["certificate"] = {"names": [sketch.pseudonyms.host(name) for name in leaf.names]}
    sketch.intercept(endpoint, wanted)
    _knowledge(sketch, action)


def _trusted(action: TlsHandshake) -> dict[str, bool]:
    stores = {verdict.store: verdict.trusted for verdict in action.stores}
    found = {"trusted_by_os": stores.get("system", False)}
    if stores.get("public"):
        found = {"trusted_by_programs": True, "trusted_by_os": False}
    return found


def _copied(action: TlsHandshake, signs: set[str]) -> dict[str, Any]:
    leaf = action.chain[0]
    copies = []
    if leaf.aia_issuers or leaf.ocsp or leaf.crl:
        copies.append("pointers")
    if POLICIES in leaf.extensions:
        copies.append("policies")
    if not signs & {"just made", "too long"} and copies:
        copies.append("dates")
    if "false timestamp" in signs:
        copies.append("timestamps")
    elif SCT in leaf.extensions:
        return {"copies": copies, "own_log": True}
    return {"copies": copies} if copies else {}


def _versions(sketch: Sketch, endpoint: Endpoint, action: TlsHandshake) -> list[str]:
    taken = {offer.action.version for offer in sketch.facts.of(TlsOffer, endpoint.subject) if offer.action.accepted}
    found = [version for version in VERSIONS if version in taken or version == action.version]
    return list(VERSIONS[VERSIONS.index(found[0]) : VERSIONS.index(found[-1]) + 1])


def _answers(sketch: Sketch, endpoint: Endpoint, action: TlsHandshake, signs: set[str]) -> dict[str, Any]:
    """Return how the device answers a ClientHello, where that gave it away."""
    found: dict[str, Any] = {}
    if "made to order" in signs:
        found["made_to_order"] = True
    if signs & {"other versions", "answers otherwise"}:
        found["tls_versions"] = _versions(sketch, endpoint, action)
    if "web protocol" in signs:
        found["application_protocols"] = "web"
    elif "chooses otherwise" in signs and _takes_its_own(sketch, endpoint):
        found["application_protocols"] = "takes"
    return found


def _takes_its_own(sketch: Sketch, endpoint: Endpoint) -> bool:
    offers = [offer.action for offer in sketch.facts.of(TlsOffer, endpoint.subject)]
    return any(offer.alpn is not None and offer.alpn in offer.protocols for offer in offers)


def _knowledge(sketch: Sketch, action: TlsHandshake) -> None:
    """Draw how old the list of logs was, where a log that it lacks may speak against a certificate."""
    if any(stamp.verdict == "unknown-log" for stamp in action.timestamps) and action.log_list:
        from datetime import date

        age = (sketch.facts.at.date() - date.fromisoformat(action.log_list)).days
        sketch.world.setdefault("client", {})["log_list_age"] = age


@cache
def _names_of(vendor: str, ca: str = "ca") -> dict[str, str]:
    return dict(vendors()[vendor].get(ca, {}))


def _signed_by(action: TlsHandshake, vendor: str, ca: str = "ca") -> bool:
    """Tell whether a CA with the names of the vendor's signed what was shown."""
    names = _names_of(vendor, ca)
    issuers = {action.chain[0].issuer, action.chain[-1].issuer}
    return bool(names) and any(
        all(attribute(issuer, key) == value for key, value in names.items()) for issuer in issuers
    )


def _doubts(action: TlsHandshake) -> bool:
    """Tell whether the device says by the name of its CA that it does not trust the server behind it."""
    return any(_signed_by(action, name, "doubts") for name in vendors())


def _vendor(action: TlsHandshake) -> str:
    """Return the fake product with the same names; one of the same product where the names have a number in them."""
    product = product_of(action.chain)
    for name in vendors():
        if _signed_by(action, name) or _signed_by(action, name, "doubts"):
            return name
    for name in vendors():
        if product is not None and name.replace("-", " ") in product.name.lower():
            return name
    return "unknown"
