"""Signs in a handshake that somebody else than the server has answered it.

No single sign is taken for proof: each has a weight, and what adds up to the threshold is suspected. The weights are
such that any one sign may be missing where a well-known service is intercepted. The service's genuine certificate has
none of them, whichever public CA it comes from.

Everything here is a pure function of what was recorded, because two ask: the probe that must not send a credential
into such a channel, and the rule that explains it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.model.actions import Certificate, TlsHandshake

SCT = "1.3.6.1.4.1.11129.2.4.2"
"""The extension with embedded signed certificate timestamps (RFC 6962 section 3.3)."""
UNTRUSTED = {2, 18, 19, 20, 21}
"""OpenSSL's codes for a chain that ends at no trusted root (x509_vfy.h)."""
PATTERNS = {"cn", "o", "ou"}
THRESHOLD = 4
CERTAIN = 7


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: its name, its weight, and what was seen."""

    name: str
    weight: int
    seen: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product that intercepts, as the table has it."""

    name: str
    kind: str
    grade: str
    exempt: str
    upstream_untrusted: bool
    """Whether the name says that the product itself did not trust the server."""


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
        return self.score >= THRESHOLD

    def without(self, name: str) -> Suspicion:
        """Return the same without one sign, to see whether the others suffice."""
        return Suspicion(tuple(sign for sign in self.signs if sign.name != name), self.product, self.issuer)


@cache
def _products() -> tuple[dict[str, Any], ...]:
    rows = tomllib.loads(files("diag.data").joinpath("interceptors.toml").read_text("utf-8"))["product"]
    # A row with more patterns says more, so it comes first.
    rows.sort(key=lambda row: -len(PATTERNS & set(row)))
    return tuple(
        {**row, **{key: re.compile(row[key]) for key in (*PATTERNS, "untrusted") if key in row}} for row in rows
    )


@cache
def _issuers() -> dict[str, Any]:
    return tomllib.loads(files("diag.data").joinpath("issuers.toml").read_text("utf-8"))


def attribute(name: str, key: str) -> str:
    """Return one attribute of a distinguished name as :mod:`diag.wire.x509` writes it, empty where it has none."""
    match = re.search(rf"(?:^|, ){key}=((?:\\,|[^,])*)", name)
    return match[1].replace("\\,", ",") if match else ""


def is_public_issuer(certificate: Certificate) -> bool:
    """Tell whether a certificate names a public CA as its issuer; the name alone proves nothing."""
    return attribute(certificate.issuer, "O") in _issuers()["public"]["organisations"]


def expected_issuers(host: str) -> tuple[str, ...]:
    """Return the organisations that issue for a well-known mail service, none for any other host."""
    for service in _issuers()["service"]:
        if any(host == name or host.endswith(f".{name}") for name in service["hosts"]):
            return tuple(service["organisations"])
    return ()


def product_of(chain: tuple[Certificate, ...]) -> Product | None:
    """Find the product whose names some certificate of the chain has; certain rows come before hints."""
    names = [name for certificate in chain for name in (certificate.issuer, certificate.subject)]
    for graded in ("ABC", "D"):
        rows = {name: _row_of(name, graded) for name in names}
        found = min((name for name in names if rows[name] is not None), key=lambda name: rows[name] or 0, default=None)
        if found is not None:
            row = _products()[rows[found] or 0]
            doubts = "untrusted" in row and row["untrusted"].search(attribute(found, "CN")) is not None
            return Product(row["name"], row["kind"], row["grade"], row["exempt"], doubts)
    return None


@lru_cache(maxsize=1024)
def _row_of(name: str, grades: str) -> int | None:
    """Return the place of the first row of these grades that a name fits; the same few names come again and again."""
    fitting = (at for at, row in enumerate(_products()) if row["grade"] in grades and _fits(row, name))
    return next(fitting, None)


def installed(roots: Iterable[Certificate]) -> tuple[str, ...]:
    """Name the products whose CAs are among trusted roots; they may intercept, which is no proof that they do."""
    found = ((root, product_of((root,))) for root in roots)
    return tuple(f"{product.name}: {root.subject}" for root, product in found if product and product.grade != "D")


def _fits(row: dict[str, Any], name: str) -> bool:
    return all(row[key].search(attribute(name, key.upper())) for key in PATTERNS & set(row))


def suspect(action: TlsHandshake) -> Suspicion | None:
    """Weigh the signs of one handshake; None where no certificate was shown."""
    if not action.chain:
        return None
    product = product_of(action.chain)
    return Suspicion(tuple(_signs(action, product)), product, action.chain[0].issuer)


def _signs(action: TlsHandshake, product: Product | None) -> Iterator[Sign]:
    leaf, last = action.chain[0], action.chain[-1]
    stores = {verdict.store: verdict for verdict in action.stores}
    public = stores.get("public")
    untrusted = public is not None and not public.trusted and public.code in UNTRUSTED
    logged = SCT in leaf.extensions
    expected = expected_issuers(action.server_name)
    if product is not None and untrusted:
        yield Sign("product", 4, f"the names of {product.name}")
    if not expected:
        return  # of a server that nobody knows, a private CA says nothing
    if untrusted and not (logged and is_public_issuer(leaf)):
        yield Sign("no public root", 4, f"the chain ends at {last.issuer}, which is no public CA")
    if attribute(leaf.issuer, "O") not in expected:
        yield Sign("unexpected issuer", 3, f"issued by {leaf.issuer}, expected {' or '.join(expected)}")
    if not logged:
        yield Sign("not logged", 3, "no signed certificate timestamp, which every public CA embeds")
    if not (leaf.aia_issuers or leaf.ocsp or leaf.crl):
        yield Sign("no pointers", 2, "no pointer to issuer or revocation")
    if untrusted and last.self_issued and len(action.chain) > 1:
        yield Sign("root sent", 1, "the CA itself is part of the handshake")
    system = stores.get("system")
    if untrusted and system is not None and system.trusted:
        yield Sign("trusted here only", 2, "the operating system trusts the CA, no public list has it")
