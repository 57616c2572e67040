"""What shows beside the other endpoints of the same check: a key, an issuer, a behaviour where it does not belong."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from diag.wire.issuers import attribute, expected_issuers, service_of
from diag.wire.signs import sign
from diag.wire.signs.alone import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from diag.wire.signs import Shown, Sign

LATE = 0.15
"""Seconds between connection and answer from which on an answer may be called late."""
FACTOR = 4
"""How many times as long as the connection, and as the quickest answer of the other ports."""
_COUNTRY_CODE, _SHORT_LABEL = 2, 3


def signs(shown: Shown, others: Sequence[Shown], at: datetime) -> Iterator[Sign]:
    """Yield the signs that ``shown`` has beside ``others``."""
    if shown.private and not shown.named_by_the_user:
        yield from _key_reused(shown, others)
        yield from _one_issuer(shown, others)
        yield from _another_port_genuine(shown, others)
        yield from _covers_up(shown, others, at)
    if service_of(shown.host):
        yield from _answers_otherwise(shown, others)
        yield from _late_answer(shown, others)


def _key_reused(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    for other in others:
        same = other.leaf.spki_sha256 == shown.leaf.spki_sha256 != ""
        if same and other.leaf.sha256 != shown.leaf.sha256 and unrelated(shown.host, other.host):
            yield sign("key reused", f"the certificate of {other.host} has the same key", other.number)
            return


def _one_issuer(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    for other in others:
        same = other.leaf.issuer == shown.leaf.issuer and other.leaf.authority_key == shown.leaf.authority_key
        if same and other.private and not shown.leaf.self_issued and unrelated(shown.host, other.host):
            seen = f"{shown.leaf.issuer} also issued the certificate of {other.host}"
            yield sign("one issuer", seen, other.number)
            return


def _another_port_genuine(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    for other in others:
        if other.public and _same_service(shown, other):
            seen = f"{other.subject} shows a certificate of {attribute(other.leaf.issuer, 'O') or other.leaf.issuer}"
            yield sign("another port genuine", seen, other.number)
            return


def _covers_up(shown: Shown, others: Sequence[Shown], at: datetime) -> Iterator[Sign]:
    system = shown.store("system")
    if system is None or not system.trusted or not shown.action.name_matches:
        return
    for other in others:
        if other.host == shown.host and set(other.leaf.names) & set(shown.leaf.names):
            fault = _fault(other, at)
            if fault and not _fault(shown, at):
                yield sign("covers up", f"the certificate of {other.subject} {fault}, here a CA vouches", other.number)
                return


def _fault(shown: Shown, at: datetime) -> str | None:
    """Say what is bad about a certificate itself, whoever issued it."""
    ends = moment(shown.leaf.not_after)
    if ends is not None and ends < at:
        return f"expired on {ends:%Y-%m-%d}"
    if shown.leaf.self_issued:
        return "is self-signed"
    return None if shown.action.name_matches else "is for other names"


def _answers_otherwise(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    if _looks_genuine(shown):
        return
    for other in others:
        differs = shown.action.hello and other.action.hello and shown.action.hello != other.action.hello
        if differs and _same_service(shown, other) and _looks_genuine(other):
            seen = f"answers with {shown.action.hello}, {other.subject} with {other.action.hello}"
            yield sign("answers otherwise", seen, other.number)
            return


def _late_answer(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    opened, answered = shown.action.connect_took, shown.action.hello_took
    if opened is None or answered is None or answered - opened < LATE or answered < FACTOR * opened:
        return
    # Beside ports that show the same CA a late answer says nothing: the service itself may be slow, or this computer.
    elsewhere = [
        (other.action.hello_took, other)
        for other in others
        if other.action.hello_took is not None and _same_service(shown, other) and _looks_genuine(other)
    ]
    if elsewhere:
        quickest, other = min(elsewhere, key=lambda item: item[0])
        if answered >= FACTOR * quickest:
            seen = (
                f"connected after {opened * 1000:.1f} ms, but the answer took {answered * 1000:.0f} ms; "
                f"at {other.subject} {quickest * 1000:.0f} ms"
            )
            yield sign("late answer", seen, other.number)


def _looks_genuine(shown: Shown) -> bool:
    return shown.public and attribute(shown.leaf.issuer, "O") in expected_issuers(shown.host)


def _same_service(shown: Shown, other: Shown) -> bool:
    service = service_of(shown.host)
    return shown.host == other.host or (service is not None and service == service_of(other.host))


def unrelated(host: str, other: str) -> bool:
    """Tell whether two hosts belong to different owners, by the label that an owner registers."""
    own, theirs = _label(host), _label(other)
    return bool(own and theirs) and own != theirs


def _label(host: str) -> str:
    """Return ``contoso`` of mail.contoso.com, mail.contoso.co.uk and contoso.local, nothing of an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        parts = host.rstrip(".").lower().split(".")
    else:
        return ""
    if len(parts) > _COUNTRY_CODE and len(parts[-1]) == _COUNTRY_CODE and len(parts[-2]) <= _SHORT_LABEL:
        return parts[-3]
    return parts[-2] if len(parts) > 1 else ""
