"""How the sign-ins of one check went, side by side: what several rules look at together."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from diag.model.actions import Dialogue
from diag.model.failure import FailureCode
from diag.model.signin import TokenClaims
from diag.model.target import Protocol
from diag.rules.replies import meaning

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.rules.facts import Facts, Seen

Outcome = Literal["works", "refused", "not-connected", "other", "not-tried"]
"""``refused``: by the sentence that a service has for any bad credential; ``not-connected``: Exchange takes the token
and opens no mailbox with it; ``other``: the answer says by itself what is wrong, or the conversation broke."""
PERMISSIONS = {
    Protocol.IMAP: ("IMAP.AccessAsUser.All", "IMAP.AccessAsApp"),
    Protocol.POP3: ("POP.AccessAsUser.All", "POP.AccessAsApp"),
    Protocol.SMTP: ("SMTP.Send", "SMTP.SendAsApp"),
}
"""The delegated and the application permission that each protocol needs at Exchange Online."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What came of the sign-in at one endpoint, and the observations that show it."""

    endpoint: Endpoint
    outcome: Outcome
    evidence: tuple[int, ...] = ()


@cache
def exchange_hosts() -> frozenset[str]:
    """Return the hosts of Exchange Online's mail protocols."""
    table = tomllib.loads(files("diag.data").joinpath("hosts.toml").read_text("utf-8"))["right"]
    return frozenset(host for hosts in table.values() for host in hosts)


def is_exchange(endpoint: Endpoint) -> bool:
    """Tell whether an endpoint is Exchange Online's."""
    return endpoint.host in exchange_hosts()


def at_exchange(facts: Facts) -> bool:
    """Tell whether all mail of the check goes by Exchange Online."""
    mail = [endpoint for endpoint in facts.endpoints if endpoint.protocol is not Protocol.HTTPS]
    return bool(mail) and all(is_exchange(endpoint) for endpoint in mail)


def token(facts: Facts) -> Seen[TokenClaims] | None:
    """Return the token that the sign-ins were made with, as it was read."""
    return next(iter(facts.of(TokenClaims)), None)


def outcomes(facts: Facts) -> tuple[SignedIn, ...]:
    """Return what came of the sign-in at each mail endpoint."""
    return facts.once(_outcomes)


def _outcomes(facts: Facts) -> tuple[SignedIn, ...]:
    mail = [endpoint for endpoint in facts.endpoints if endpoint.protocol is not Protocol.HTTPS]
    return tuple(_outcome(facts, endpoint) for endpoint in mail)


def _outcome(facts: Facts, endpoint: Endpoint) -> SignedIn:
    steps = [seen for seen in facts.of(Dialogue, endpoint.subject) if seen.action.purpose in {"sign-in", "inbox"}]
    failed = next((seen for seen in steps if seen.failure), None)
    if failed is not None and failed.code not in {FailureCode.REPLY_REFUSED, FailureCode.WITHHELD}:
        # Cut off on the way; another try, such as in small packets, may have told what the server thinks.
        steps = [seen for seen in steps if seen.number > failed.number] or [failed]
        failed = next((seen for seen in steps if seen.failure), None)
    if failed is None:
        return SignedIn(endpoint, "works" if steps else "not-tried", tuple(seen.number for seen in steps))
    return SignedIn(endpoint, _kind(facts, failed), (failed.number,))


def _kind(facts: Facts, seen: Seen[Dialogue]) -> Outcome:
    if seen.code is not FailureCode.REPLY_REFUSED:
        return "not-tried" if seen.code is FailureCode.WITHHELD else "other"
    said = (meaning(facts, seen) or "").partition("/")[2]
    return {"sign-in-refused": "refused", "authenticated-but-not-connected": "not-connected"}.get(said, "other")  # type: ignore[return-value]


def permission(endpoint: Endpoint, claims: TokenClaims) -> str:
    """Return the permission that ``endpoint`` asks of a token of this kind."""
    return PERMISSIONS[endpoint.protocol][claims.by_app]


def allows(endpoint: Endpoint, claims: TokenClaims) -> bool:
    """Tell whether a token has the permission for the protocol of ``endpoint``."""
    return permission(endpoint, claims) in (claims.roles if claims.by_app else claims.scopes)
