"""What stands between the mailbox's user and a token: consent, and the enterprise application that it is given to.

Nothing is blamed while every permission that the mailbox needs has been consented to, whatever the settings are: they
decide about new consent only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.model.signin import TokenClaims
from diag.model.tenant import RESOURCES, Question
from diag.rules.consenting import WORDS, decide, unclassified
from diag.rules.organisation import Organisation
from diag.rules.sign_ins import outcomes
from diag.rules.tenant import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Finding
    from diag.rules.consenting import Unclassified, Verdict
    from diag.rules.facts import Facts

_WANTED = "ManagePermissionGrantsForSelf.microsoft-user-default-low"
_SHOW = (
    "Get-MgServicePrincipalDelegatedPermissionClassification"
    " -ServicePrincipalId (Get-MgServicePrincipal -Filter \"appId eq '{resource}'\").Id"
)
_POLICY = re.compile(r"[A-Za-z0-9.-]{1,200}")
_GRANTS = (Question.ADMIN_GRANTS, Question.USER_GRANTS)


def applications(facts: Facts) -> Iterator[Finding]:
    """The enterprise application is not there, is switched off, or lets in only users whom somebody assigned."""
    tenant = Organisation(facts)
    found = tenant.application
    if found is None:
        if tenant.is_absent(Question.APPLICATION):
            yield finding(tenant, "tenant/application-absent", Question.APPLICATION)
        return
    if found.enabled is False or found.disabled_by_microsoft:
        by = "Microsoft, for breaking its terms of service" if found.disabled_by_microsoft else "an administrator"
        yield finding(tenant, "tenant/application-disabled", Question.APPLICATION, values={"by": by})
    if found.assignment_required and tenant.assignments == []:
        yield finding(tenant, "tenant/user-not-assigned", Question.APPLICATION, Question.ASSIGNMENT)


def consents(facts: Facts) -> Iterator[Finding]:
    """A permission that the mailbox needs was consented to by nobody; says who could, and what is in the way."""
    tenant = Organisation(facts)
    if not tenant.missing:
        return
    values = {"missing": _listed(tenant.missing), **_tabs(tenant)}
    if _still_works(tenant):
        yield finding(tenant, "tenant/consent-gone", *_GRANTS, values=values)
        return
    verdict = decide(tenant)
    yield from _in_the_way(tenant, verdict)
    why = _only_an_administrator(tenant, verdict)
    if why:
        sure = "likely" if verdict.may is None else verdict.confidence
        asked = (*_GRANTS, Question.USER_CONSENT)
        code = "tenant/admin-consent-missing"
        yield finding(tenant, code, *asked, values={**values, "why": why}, confidence=sure)
    elif verdict.may and tenant.application is not None:
        code = "tenant/user-consent-missing"
        yield finding(tenant, code, *_GRANTS, values=values, confidence=verdict.confidence)


def _still_works(tenant: Organisation) -> bool:
    """Tell whether a server took a token of this application, which was then issued before the consent went."""
    taken = any(one.outcome in {"works", "not-connected"} for one in outcomes(tenant.facts))
    tokens = [seen.action for seen in tenant.facts.of(TokenClaims)]
    own = tenant.application is not None and {claims.app_id for claims in tokens} <= {
        tenant.application.client_id,
        None,
    }
    return taken and own and all(not claims.scopes or set(tenant.needed) & set(claims.scopes) for claims in tokens)


def _only_an_administrator(tenant: Organisation, verdict: Verdict) -> str:
    """Say why nobody but an administrator can consent, whatever else is set; empty where a user could."""
    if verdict.may:
        return ""
    if tenant.application is not None and tenant.application.publisher is None:
        return f"{tenant.application_name} has no verified publisher, so users may not consent to it"
    if verdict.choice == "custom" and verdict.why == "policy":
        return f"the organisation's own consent policy does not admit {_listed(verdict.lacking)}"
    return "whether users may consent could not be told" if verdict.may is None else ""


def _in_the_way(tenant: Organisation, verdict: Verdict) -> Iterator[Finding]:
    """Say what keeps users from consenting that the guide's steps 3 and 4 would mend."""
    if verdict.may is not False or verdict.choice == "custom":
        return
    asked = (Question.USER_CONSENT, Question.CONSENT_POLICY, *_GRANTS)
    values = {
        "choice": WORDS[verdict.choice] if verdict.choice else "",
        "wanted": WORDS["low"],
        "lacking": _listed(verdict.lacking),
        "policies": _policies(tenant),
    }
    if verdict.why == "off":
        yield finding(tenant, "tenant/user-consent-off", *asked, values=values)
    elif verdict.why == "policy":
        yield finding(tenant, "tenant/user-consent-managed", *asked, values=values, confidence=verdict.confidence)
    left = unclassified(tenant)
    if left and (left[0].confidence == "certain" or verdict.why == "classification"):
        code = "tenant/low-impact-missing"
        yield finding(tenant, code, Question.CLASSIFICATIONS, values=_left(left), confidence=left[0].confidence)


def _policies(tenant: Organisation) -> str:
    """Return the list to be written, in PowerShell: the guide's choice, with everything else as it is."""
    kept = [name for name in tenant.other_policies if _POLICY.fullmatch(name)]
    return ", ".join(f"'{name}'" for name in (_WANTED, *kept))


def _left(left: tuple[Unclassified, ...]) -> dict[str, str]:
    """Return the values of the page: each resource with what it lacks, and the lines of PowerShell for all of them."""
    each = [(RESOURCES[one.resource], _listed(one.lacking)) for one in left]
    return {
        "lacking": _listed(list(dict.fromkeys(name for one in left for name in one.lacking))),
        "resource": " and ".join(name for name, _ in each),
        "left": "; ".join(f"at {name}: {lacking}" for name, lacking in each),
        "additions": "; ".join(f"Add permissions > {name}: {lacking}" for name, lacking in each),
        "commands": "\n    ".join(line for one in left for line in _classifying(one)),
        "showing": "\n    ".join(_SHOW.format(resource=one.resource) for one in left),
    }


def _classifying(left: Unclassified) -> tuple[str, ...]:
    """Return the lines of PowerShell that classify what is left at one resource."""
    return (
        f"$resource = Get-MgServicePrincipal -Filter \"appId eq '{left.resource}'\"",
        f"{', '.join(repr(name) for name in left.lacking)} | ForEach-Object {{",
        "  $new = @{PermissionName = $_; Classification = 'low'}",
        "  New-MgServicePrincipalDelegatedPermissionClassification -ServicePrincipalId $resource.Id @new",
        "}",
    )


def _tabs(tenant: Organisation) -> dict[str, str]:
    """Return what the portal shows under the application's two tabs."""
    tabs = {"user_tab": tenant.user_consent, "admin_tab": tenant.admin_consent}
    return {name: "not known" if found is None else _listed(sorted(found)) for name, found in tabs.items()}


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names) or "nothing"
