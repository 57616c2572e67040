"""Could this user consent to this application? From the policies in force, the publisher and the classifications.

A pure decision that several rules and the table of steps share. "Not known" stays apart from "no" throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from diag.model.tenant import EXCHANGE_RESOURCE, GRAPH_RESOURCE, PERMISSIONS

if TYPE_CHECKING:
    from diag.model.finding import Confidence
    from diag.model.tenant import ConsentCondition
    from diag.rules.organisation import Organisation

Choice = Literal["none", "low", "legacy", "managed", "custom"]
_CHOICES: dict[str, Choice] = {
    "microsoft-user-default-low": "low",
    "microsoft-user-default-legacy": "legacy",
    "microsoft-user-default-recommended": "managed",
}
EXEMPTIONS = "microsoft-user-default-allow-consent-apps"
"""Comes with Microsoft's own choice and lets users consent to some well-known applications all the same."""
WORDS: dict[Choice, str] = {
    "none": "Do not allow user consent",
    "low": "Allow user consent for apps from verified publishers, for selected permissions",
    "legacy": "Allow user consent for apps",
    "managed": "Let Microsoft manage your consent settings",
    "custom": "a consent policy of the organisation's own",
}
"""The four choices as the portal writes them, and what stands there where none of them is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the user may consent to everything that the application asks for, and what is in the way if not."""

    choice: Choice | None
    may: bool | None
    why: Literal["", "off", "publisher", "classification", "policy"] = ""
    lacking: tuple[str, ...] = ()
    """Permissions that are not admitted."""
    confidence: Confidence = "certain"


@dataclass(frozen=True, slots=True)
class Unclassified:
    """What one resource has among the permissions that is not classified as low impact there."""

    resource: str
    lacking: tuple[str, ...]
    confidence: Confidence


def decide(tenant: Organisation) -> Verdict:
    """Decide for the tenant's user and application. Of several policies one that admits is enough."""
    policies = tenant.consent_policies
    if policies is None:
        return Verdict(choice=None, may=None)
    if not policies:
        return Verdict(choice="none", may=False, why="off")
    readable = [name for name in policies if name != EXEMPTIONS or tenant.conditions(name) is not None]
    verdicts = [_by_policy(tenant, name) for name in sorted(readable, key=EXEMPTIONS.__eq__)]
    order = (True, None, False)
    return min(verdicts, key=lambda verdict: order.index(verdict.may))


def unclassified(tenant: Organisation) -> tuple[Unclassified, ...]:
    """Say which permissions are not classified as low impact, at each resource; empty where all are, or if not known.

    The guide classifies at Microsoft Graph. The client asks Exchange Online for the mail permissions, where they exist
    a second time; whether the first classification holds for the second is nowhere published. So both are told, and
    what is missing only at Exchange Online is possible and no more.
    """
    found = []
    for resource, names, confidence in _listed(tenant):
        low = tenant.low_impact(resource)
        lacking = tuple(name for name in names if low is not None and name not in low)
        if lacking:
            found.append(Unclassified(resource, lacking, confidence))
    return tuple(found)


def _listed(tenant: Organisation) -> tuple[tuple[str, tuple[str, ...], Confidence], ...]:
    at_exchange = tuple(name for name in tenant.needed if EXCHANGE_RESOURCE in PERMISSIONS[name])
    return (GRAPH_RESOURCE, tenant.listed, "certain"), (EXCHANGE_RESOURCE, at_exchange, "possible")


def _by_policy(tenant: Organisation, policy: str) -> Verdict:
    choice = "managed" if policy == EXEMPTIONS else _CHOICES.get(policy, "custom")
    if choice == "legacy":
        return Verdict(choice=choice, may=True)
    if choice == "low":
        return _by_classification(tenant)
    conditions = tenant.conditions(policy)
    if conditions is not None:
        refused = tuple(name for name in tenant.listed if not _admits(conditions, name, tenant))
        return Verdict(choice=choice, may=not refused, why="policy" if refused else "", lacking=refused)
    if choice == "managed":
        refused = tuple(name for name in tenant.listed if name in _withheld_by_microsoft())
        confidence: Confidence = "likely"
        return Verdict(
            choice=choice, may=not refused, why="policy" if refused else "", lacking=refused, confidence=confidence
        )
    return Verdict(choice=choice, may=None)


def _by_classification(tenant: Organisation) -> Verdict:
    if tenant.application is not None and tenant.application.publisher is None:
        return Verdict(choice="low", may=False, why="publisher", confidence="likely")
    left = unclassified(tenant)
    if left:
        names = tuple(dict.fromkeys(name for each in left for name in each.lacking))
        return Verdict(choice="low", may=False, why="classification", lacking=names, confidence=left[0].confidence)
    known = tenant.low_impact(GRAPH_RESOURCE) is not None
    both = known and tenant.low_impact(EXCHANGE_RESOURCE) is not None
    return Verdict(choice="low", may=True if known else None, confidence="certain" if both else "likely")


@cache
def _withheld_by_microsoft() -> frozenset[str]:
    """Return what the policy that Microsoft manages does not let users consent to, as last published."""
    import tomllib  # noqa: PLC0415  only where that choice is in force and its content may not be read

    text = files("diag.data").joinpath("consent.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["managed"]["withholds"])


def _admits(conditions: list[ConsentCondition], name: str, tenant: Organisation) -> bool:
    """Tell whether conditions admit a permission: included at some resource that has it, and excluded at none."""
    places = PERMISSIONS.get(name, {GRAPH_RESOURCE: name})
    fitting = [item for item in conditions for place in places.items() if _fits(item, name, place, tenant)]
    return bool(fitting) and not any(item.excludes for item in fitting)


def _fits(item: ConsentCondition, name: str, place: tuple[str, str], tenant: Organisation) -> bool:
    resource, identifier = place
    application = tenant.application
    low = tenant.low_impact(resource) or set()
    return (
        item.permission_type in {"", "delegated", "delegatedUserConsentable"}
        and item.resource in {"", resource}
        and (not item.permissions or identifier in item.permissions)
        and (not item.clients or (application is not None and application.client_id in item.clients))
        and (item.classification == "" or (item.classification == "low" and name in low))
        and not (item.verified_publisher and application is not None and application.publisher is None)
    )
