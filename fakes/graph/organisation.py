"""The organisation, its policies and its logs, as they are asked for."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from fakes.graph import conditional_access, licences, logs, policies, sign_ins
from fakes.graph.errors import GraphError, not_found
from fakes.graph.odata import Collection, Entity
from fakes.graph.times import iso
from fakes.licences import assigned
from fakes.tokens import identifier

if TYPE_CHECKING:
    from fakes.graph.call import Call
    from fakes.graph.odata import Row


def organization(call: Call) -> Collection:
    """Return the organisation itself: one row."""
    tenant = call.directory.tenant
    domain = {"name": tenant.name, "isDefault": True, "isInitial": True, "type": "Managed", "capabilities": "Email"}
    row: Row = {
        "id": identifier(tenant.name),
        "deletedDateTime": None,
        "displayName": tenant.name.partition(".")[0].title(),
        "countryLetterCode": "PL",
        "createdDateTime": "2021-05-04T07:00:00Z",
        "onPremisesSyncEnabled": None,
        "preferredLanguage": "pl",
        "tenantType": "AAD",
        "assignedPlans": [],
        "verifiedDomains": [domain],
    }
    return Collection(type="organization", set="organization", rows=[row])


def subscribed_skus(call: Call) -> Collection:
    """Return the products that the organisation has bought."""
    directory = call.directory
    used = Counter(product.name for box in directory.mailboxes() for product in assigned(box.plans))
    for box in islice(directory.population, 1):  # they are all alike
        used.update({product.name: len(directory.population) for product in assigned(box.plans)})
    rows = licences.subscribed(directory.tenant.name, used)
    return Collection(type="subscribedSku", set="subscribedSkus", rows=rows)


def authorization_policy(call: Call) -> Entity:
    """Return who may consent to what, in the form of v1.0."""
    row = policies.authorization(call.directory.tenant)
    return Entity(type="authorizationPolicy", set="policies/authorizationPolicy", row=row)


def authorization_policy_beta(call: Call) -> Collection:
    """Return the same as beta has it: a collection of one."""
    row = policies.authorization_beta(call.directory.tenant)
    return Collection(type="authorizationPolicy", set="policies/authorizationPolicy", rows=[row])


def authorization_policy_item(call: Call) -> Entity:
    """Return that one."""
    row = policies.authorization_beta(call.directory.tenant)
    return Entity(type="authorizationPolicy", set="policies/authorizationPolicy", row=row)


def grant_policies(call: Call) -> Collection:
    """Return the consent policies."""
    return Collection(
        type="permissionGrantPolicy",
        set="permissionGrantPolicies",
        rows=policies.grant_policies(call.directory.tenant),
        expandable=("includes", "excludes"),
    )


def grant_policy(call: Call) -> Entity:
    """Return one of them."""
    for row in policies.grant_policies(call.directory.tenant):
        if row["id"] == call.parts["id"]:
            kinds = ("includes", "excludes")
            return Entity(type="permissionGrantPolicy", set="permissionGrantPolicies", row=row, expandable=kinds)
    raise not_found(call.parts["id"])


def consent_requests(call: Call) -> Entity:
    """Return the admin consent workflow."""
    row = policies.consent_requests(call.directory.tenant)
    return Entity(type="adminConsentRequestPolicy", set="policies/adminConsentRequestPolicy", row=row)


def security_defaults(call: Call) -> Entity:
    """Return security defaults."""
    row = policies.security_defaults(call.directory.tenant)
    at = "policies/identitySecurityDefaultsEnforcementPolicy"
    return Entity(type="identitySecurityDefaultsEnforcementPolicy", set=at, row=row)


def access_policies(call: Call) -> Collection:
    """Return the Conditional Access policies."""
    when = iso(call.directory.began)
    rows = conditional_access.policies(call.directory.tenant, when)
    return Collection(
        type="conditionalAccessPolicy", set="identity/conditionalAccess/policies", rows=rows, filterable=("state",)
    )


def audits(call: Call) -> Collection:
    """Return what was changed."""
    rows = logs.audits(call.directory)
    at = "auditLogs/directoryAudits"
    return Collection(type="directoryAudit", set=at, rows=rows, filterable=logs.FILTERABLE, page=1000, largest=1000)


def signed_in(call: Call) -> Collection:
    """Return who signed in, or could not; a log that free editions do not offer."""
    if not call.directory.tenant.premium:
        code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
        raise GraphError(403, code, "Neither tenant is B2C or tenant doesn't have premium license")
    rows, at = sign_ins.rows(call.directory), "auditLogs/signIns"
    return Collection(type="signIn", set=at, rows=rows, filterable=sign_ins.FILTERABLE, page=1000, largest=1000)
