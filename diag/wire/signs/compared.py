"""What shows beside the other endpoints of the same check: a key, an issuer, a behaviour where it does not belong."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from diag.wire.hello import WEB
from diag.wire.issuers import attribute, expected_issuers, service_of
from diag.wire.signs import sign
from diag.wire.signs.alone import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from diag.wire.signs import Shown, Sign

LATE = 0.15
"""Seconds between connection and answer from which on an answer may be called late, wherever it comes from."""
FACTOR = 4
"""How many times as long as the connection, and as the quickest answer of the other ports."""
NEAR = 0.5
"""Share of the round trip to genuine ports below which somebody nearer has answered."""
NEARER = 0.01
"""Seconds that somebody must be nearer at the least: less is what a network wavers by."""
ASKS = 2
"""How many times as long as the connection an answer takes from whoever asks the server first: direct, it is once."""
_COUNTRY_CODE, _SHORT_LABEL = 2, 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What became of the application protocol that was offered to an endpoint (ALPN, RFC 7301)."""

    number: int
    """The observation of the offer."""
    web: bool
    """Whether it is a web site, which usually takes one, and no mail server, which may well take none."""
    does: str


def signs(shown: Shown, others: Sequence[Shown], at: datetime) -> Iterator[Sign]:
    """Yield the signs that ``shown`` has beside ``others``."""
    if shown.private and not shown.named_by_the_user:
        yield from _key_reused(shown, others)
        yield from _one_issuer(shown, others)
        yield from _another_port_genuine(shown, others)
        yield from _covers_up(shown, others, at)
    if service_of(shown.host):
        yield from _answers_otherwise(shown, others)
        yield from _chooses_otherwise(shown, others)
        yield from islice(chain(_late_answer(shown, others), _early_answer(shown, others)), 1)


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


def _chooses_otherwise(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    """Yield where one port does with application protocols what another of its kind does not."""
    chosen = _choice(shown)
    if chosen is None or _looks_genuine(shown):
        return
    for other in others:
        theirs = _choice(other)
        if theirs is None or theirs.web != chosen.web or theirs.does == chosen.does:
            continue
        if _same_service(shown, other) and _looks_genuine(other):
            seen = f"{chosen.does} the application protocol that it was offered, {other.subject} {theirs.does} its own"
            yield sign("chooses otherwise", seen, chosen.number, theirs.number)
            return


def _choice(shown: Shown) -> Choice | None:
    """Return what an endpoint did with the protocol that belongs there; None where it chose one that does not."""
    for number, offer in shown.offers:
        refused = offer.alert == "no_application_protocol"
        if offer.protocols and (offer.accepted or refused) and offer.alpn in {None, offer.protocols[0]}:
            does = "refuses" if refused else "takes" if offer.alpn else "ignores"
            return Choice(number, web=offer.protocols[0] == WEB, does=does)
    return None


def _late_answer(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    opened, answered = shown.action.connect_took, shown.action.hello_took
    if opened is None or answered is None:
        return
    # Beside ports that show the same CA its time says nothing: the service itself may be slow, or this computer.
    elsewhere = [other for other in others if _same_service(shown, other) and _looks_genuine(other)]
    away = _quickest((other.action.connect_took, other) for other in elsewhere)
    said = _quickest((other.action.hello_took, other) for other in elsewhere)
    own = f"connected after {_ms(opened)}, but the answer took {_ms(answered)}"
    if away is not None and _nearer(opened, away[0]) and answered >= max(away[0], ASKS * opened):
        yield sign("timing", f"{own}; at {away[1].subject} it takes {_ms(away[0])} to connect", away[1].number)
    elif said is not None and answered - opened >= LATE and answered >= FACTOR * max(opened, said[0]):
        yield sign("timing", f"{own}; at {said[1].subject} {_ms(said[0])}", said[1].number)


def _early_answer(shown: Shown, others: Sequence[Shown]) -> Iterator[Sign]:
    """Yield where the answer is there before a packet can have gone to the host and come back.

    Only ports of one host are compared, since the hosts of a service may stand in different places. To one and the same
    address the way is the same, so that there a connection tells it as well, which a busy computer does not delay.
    """
    opened, answered = shown.action.connect_took, shown.action.hello_took
    elsewhere = [other for other in others if other.host == shown.host and _looks_genuine(other)]
    away = _quickest((other.action.connect_took, other) for other in elsewhere)
    alike = [other for other in elsewhere if other.action.address == shown.action.address]
    there = _quickest((other.action.connect_took, other) for other in alike)
    if answered is not None and away is not None and _nearer(answered, away[0]):
        seen = f"the answer took {_ms(answered)}, a round trip to {away[1].subject} {_ms(away[0])}"
        yield sign("timing", seen, away[1].number)
    elif opened is not None and there is not None and _nearer(opened, there[0]):
        seen = f"connected after {_ms(opened)}, and to {there[1].subject} at the same address after {_ms(there[0])}"
        yield sign("timing", seen, there[1].number)


def _quickest(times: Iterable[tuple[float | None, Shown]]) -> tuple[float, Shown] | None:
    known = [(took, other) for took, other in times if took is not None]
    return min(known, key=lambda item: item[0], default=None)


def _nearer(took: float, genuine: float) -> bool:
    """Tell whether whoever answered after ``took`` stands nearer than who did after ``genuine``."""
    return took < NEAR * genuine and genuine - took >= NEARER


def _ms(seconds: float) -> str:
    """Write a short time: to a tenth of a millisecond where that is much of it."""
    return f"{max(seconds * 1000, 0.1):.{1 if seconds < NEARER else 0}f} ms"


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
