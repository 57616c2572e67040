"""Whether what was signed in to belongs together: the token's organisation and the mailbox's, its cloud and the hosts.

The sign-in service says which organisation a domain is verified in, and in which cloud that is; a token says of which
organisation it is. Nothing of this is guessed from names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag import clouds
from diag.model.finding import Finding
from diag.model.signin import GUID, TenantDiscovery
from diag.rules.sign_ins import at_exchange, outcomes, token
from diag.rules.token import FAILED, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.signin import TokenClaims
    from diag.rules.facts import Facts, Seen

PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant that stands for all personal Microsoft accounts."""


def elsewhere(facts: Facts) -> tuple[Seen[TokenClaims], Seen[TenantDiscovery]] | None:
    """Return the token and the mailbox's organisation, where both are known and are not the same."""
    seen = token(facts)
    own = next((found for found in facts.of(TenantDiscovery) if found.action.tenant and found.code is None), None)
    if seen is None or own is None:
        return None
    names = [(seen.action.tenant or "").casefold(), (own.action.tenant or "").casefold()]
    known = all(GUID.fullmatch(name) for name in names)
    return (seen, own) if known and len(set(names)) > 1 else None


def of_another_tenant(facts: Facts) -> Iterator[Finding]:
    """The token is of another organisation than the one in which the mailbox's domain is verified."""
    found, tried = elsewhere(facts), outcomes(facts)
    if found is None or any(one.outcome == "works" for one in tried) or not (at_exchange(facts) or not tried):
        return
    seen, own = found
    strange = (seen.action.tenant or "").casefold()
    values = values_of(
        facts,
        seen.action,
        tenant="that of personal Microsoft accounts" if strange == PERSONAL else strange,
        own_tenant=own.action.tenant or "",
        domain=own.action.domain,
    )
    failed = [number for one in tried if one.outcome in FAILED for number in one.evidence]
    yield Finding(
        code="token/of-another-tenant",
        subject=facts.target.address,
        evidence=(seen.number, own.number, *failed),
        values=values,
        confidence="likely" if failed else "certain",
    )


def another_cloud(facts: Facts) -> Iterator[Finding]:
    """The sign-in service says that the organisation is in another cloud than its own."""
    if any(one.outcome == "works" for one in outcomes(facts)):
        return
    for seen in facts.of(TenantDiscovery):
        asked, right = clouds.of_authority(seen.action.authority), clouds.of_instance(seen.action.cloud or "")
        if asked and right and asked is not right:
            values = {
                "domain": seen.action.domain,
                "asked": asked.name,
                "cloud": right.name,
                "instance": right.instance,
                "service": asked.sign_in[0],
                "authority": right.authority,
                "mail": " and ".join(right.mail[:2]),
                "imap": right.mail[0],
                "resource": right.resource,
                "address": facts.target.address,
            }
            yield Finding(
                code="entra/another-cloud", subject=facts.target.address, evidence=(seen.number,), values=values
            )


RULES = (of_another_tenant, another_cloud)
