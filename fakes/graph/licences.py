"""What a user and the organisation have of products (licenseDetails, assignedPlans, subscribedSkus)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.licences import assigned, products
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.graph.odata import Row
    from fakes.licences import Plan


def details(user: str, names: tuple[str, ...], status: str) -> Iterator[Row]:
    """Yield the licenses of a user; ``status`` is how far those plans are that the user was given."""
    for product in assigned(names):
        yield {
            "id": identifier(f"{user} {product.name}").replace("-", "")[:27],
            "skuId": product.id,
            "skuPartNumber": product.name,
            "servicePlans": [_service_plan(plan, _status(plan, names, status)) for plan in product.plans],
        }


def _status(plan: Plan, names: tuple[str, ...], status: str) -> str:
    """Say how far a plan is: only those that bring a mailbox can lag, and what was not given is switched off."""
    if plan.mailbox and plan.name in names:
        return status
    return "Disabled" if plan.mailbox else "Success"


def _service_plan(plan: Plan, status: str) -> Row:
    return {
        "servicePlanId": plan.id,
        "servicePlanName": plan.name,
        "provisioningStatus": status,
        "appliesTo": "User",
    }


def assigned_plans(names: tuple[str, ...], status: str, when: str) -> list[Row]:
    """Return what the user object says of its plans."""
    return [
        {
            "assignedDateTime": when,
            "capabilityStatus": "Deleted" if _status(plan, names, status) == "Disabled" else "Enabled",
            "service": plan.service,
            "servicePlanId": plan.id,
        }
        for product in assigned(names)
        for plan in product.plans
    ]


def subscribed(tenant: str, used: dict[str, int]) -> Iterator[Row]:
    """Yield the products that the organisation has bought, a few more of each than are used."""
    for product in products():
        if product.name not in used:
            continue
        yield {
            "id": f"{identifier(tenant)}_{product.id}",
            "accountId": identifier(tenant),
            "accountName": tenant.partition(".")[0],
            "appliesTo": "User",
            "capabilityStatus": "Enabled",
            "consumedUnits": used[product.name],
            "prepaidUnits": {"enabled": used[product.name] + 5, "suspended": 0, "warning": 0, "lockedOut": 0},
            "skuId": product.id,
            "skuPartNumber": product.name,
            "subscriptionIds": [identifier(f"{tenant} {product.name}")],
            "servicePlans": [_service_plan(plan, "Success") for plan in product.plans],
        }
