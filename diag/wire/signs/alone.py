"""What a handshake shows by itself: in its certificates, and in the answers to questions put to the same endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from diag.wire.issuers import attribute, expected_issuers, longest_life, refuses, service_of, takes
from diag.wire.signs import SCT, sign
from diag.wire.timestamps import FRESH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.wire.products import Product
    from diag.wire.signs import Shown, Sign

POLICIES, AUTHORITY_KEY = "2.5.29.32", "2.5.29.35"
"""Extensions that every public CA sets (RFC 5280 section 4.2.1; CA/Browser Forum Baseline Requirements)."""
SERIAL_BITS = 48
"""Of 64 random bits, fewer are left only once in 65,536 certificates."""
JUST_MADE = timedelta(days=2, hours=1)


def signs(shown: Shown, product: Product | None, at: datetime) -> Iterator[Sign]:
    """Yield the signs of one endpoint; ``at`` is when it was seen."""
    if product is not None and not product.hint and (shown.untrusted or SCT not in shown.leaf.extensions):
        yield sign("product", f"the names of {product.name}")
    false = next((stamp for stamp in shown.action.timestamps if stamp.verdict == "invalid"), None)
    if false is not None:
        yield sign("false timestamp", f"a timestamp of {false.log} whose signature is for another certificate")
    yield from _made_to_order(shown)
    # Of a server that nobody knows, a private CA or a certificate out of the ordinary says nothing.
    if service_of(shown.host):
        if product is not None and product.hint and not _as_expected(shown):
            yield sign("perhaps a product", f"a name that {product.name} may have been given")
        yield from _of_the_issuer(shown)
        yield from _of_the_logs(shown, at)
        yield from _of_the_shape(shown)
        yield from _of_the_dates(shown, at)
        yield from _of_the_versions(shown)
        yield from _of_the_web(shown)


def _as_expected(shown: Shown) -> bool:
    """Tell whether one of those who issue for the service may have issued the certificate, by what it says itself."""
    logged = SCT in shown.leaf.extensions and not shown.untrusted
    return logged and attribute(shown.leaf.issuer, "O") in expected_issuers(shown.host)


def _of_the_issuer(shown: Shown) -> Iterator[Sign]:
    leaf, last = shown.leaf, shown.action.chain[-1]
    if shown.private:
        yield sign("no public root", f"the chain ends at {last.issuer}, which is no public CA")
    expected = expected_issuers(shown.host)
    if attribute(leaf.issuer, "O") not in expected:
        yield sign("unexpected issuer", f"issued by {leaf.issuer}, expected {' or '.join(expected)}")
    system = shown.store("system")
    if shown.untrusted and system is not None and system.trusted:
        yield sign("trusted here only", "the operating system trusts the CA, no public list has it")
    if shown.root_sent:
        yield sign("root sent", "the root itself is part of the handshake")


def _of_the_logs(shown: Shown, at: datetime) -> Iterator[Sign]:
    stamps = shown.action.timestamps
    if SCT not in shown.leaf.extensions:
        yield sign("not logged", "no signed certificate timestamp, which every public CA embeds")
    elif stamps and all(stamp.verdict == "unknown-log" for stamp in stamps) and _fresh(shown, at):
        yield sign("unlisted log", f"timestamps of logs alone that the list of {shown.action.log_list} does not have")


def _fresh(shown: Shown, at: datetime) -> bool:
    """Tell whether the list of logs was young enough to have every log in use."""
    dated = moment(shown.action.log_list or "")
    return dated is not None and at - dated <= FRESH + timedelta(days=1)


def _of_the_shape(shown: Shown) -> Iterator[Sign]:
    leaf = shown.leaf
    if not (leaf.aia_issuers or leaf.ocsp or leaf.crl):
        yield sign("no pointers", "no pointer to issuer or revocation")
    wanted = {POLICIES: "certificate policies", AUTHORITY_KEY: "the key identifier of the issuer"}
    missing = [name for oid, name in wanted.items() if oid not in leaf.extensions]
    if missing:
        yield sign("bare extensions", f"without {' and '.join(missing)}")
    if leaf.serial and int(leaf.serial, 16).bit_length() < SERIAL_BITS:
        yield sign("short serial", f"the serial number is {leaf.serial}")


def _of_the_dates(shown: Shown, at: datetime) -> Iterator[Sign]:
    begins, ends = moment(shown.leaf.not_before), moment(shown.leaf.not_after)
    if begins is None or ends is None:
        return
    longest = longest_life(begins)
    if longest is not None and ends - begins > longest:
        allowed = longest.days - 1
        yield sign("too long", f"valid for {(ends - begins).days} days, where public CAs may give {allowed}")
    if timedelta(0) <= at - begins <= JUST_MADE:
        yield sign("just made", f"valid since {begins:%Y-%m-%d %H:%M} UTC, shortly before it was shown")


def _of_the_versions(shown: Shown) -> Iterator[Sign]:
    taken = [(n, item.version) for n, item in shown.offers if item.accepted and refuses(shown.host, item.version)]
    left = [(n, item.version) for n, item in shown.offers if item.accepted is False and takes(shown.host, item.version)]
    words = []
    if taken:
        words.append(f"{' and '.join(version for _, version in taken)} taken, which the service refuses")
    if left:
        words.append(f"{' and '.join(version for _, version in left)} refused, which the service takes")
    if words:
        yield sign("other versions", "; ".join(words), *(number for number, _ in (*taken, *left)))


def _of_the_web(shown: Shown) -> Iterator[Sign]:
    """Yield where a mail port chooses the web's protocol, and any port one that was not offered to it."""
    for number, offer in shown.offers:
        if offer.alpn is not None and offer.alpn not in offer.protocols[:1]:
            offered = " or ".join(offer.protocols) or "nothing"
            seen = f"offered {offered} as the application protocol, it chose {offer.alpn or 'one without a name'}"
            yield sign("web protocol", seen, number)
            return


def _made_to_order(shown: Shown) -> Iterator[Sign]:
    for number, test in shown.name_tests:
        if test.matches:
            yield sign("made to order", f"a certificate for {test.server_name}, a name that nobody can have", number)
            return


def moment(text: str) -> datetime | None:
    """Read a time of the record; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
