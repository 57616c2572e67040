"""What can be bought: products (SKUs) and the service plans in them, and which of these bring a mailbox."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICES = {"EXCHANGE": "exchange", "TEAMS": "TeamspaceAPI", "INTUNE": "SCO", "AAD": "AADPremiumService"}
"""What assignedPlans calls the service of a plan, by the beginning of the plan's name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A service plan."""

    name: str
    id: str
    mailbox: bool

    @property
    def service(self) -> str:
        """The service that it belongs to."""
        return next((word for start, word in SERVICES.items() if self.name.startswith(start)), "ProcessSimple")


@dataclass(frozen=True, slots=True)
class Product:
    """What is bought and assigned: a SKU."""

    name: str
    id: str
    plans: tuple[Plan, ...]


@cache
def plans() -> dict[str, Plan]:
    """Return the known service plans by name."""
    return {name: Plan(name, row["id"], row["mailbox"]) for name, row in _table()["plans"].items()}


@cache
def products() -> tuple[Product, ...]:
    """Return the known products."""
    found = _table()["products"].items()
    return tuple(Product(name, row["id"], tuple(plans()[plan] for plan in row["plans"])) for name, row in found)


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("fakes.data").joinpath("licences.toml").read_text("utf-8"))


def product_with(plan: str) -> Product:
    """Return the product by which an account gets a service plan.

    :raises ValueError: no product is known to hold it.
    """
    for product in products():
        if any(part.name == plan for part in product.plans):
            return product
    raise ValueError(f"no service plan {plan!r}; there are {', '.join(sorted(plans()))}")


def assigned(names: Iterable[str]) -> tuple[Product, ...]:
    """Return the products of an account with these service plans, no more than are needed."""
    found: dict[str, Product] = {}
    for name in names:
        if not any(part.name == name for product in found.values() for part in product.plans):
            product = product_with(name)
            found[product.name] = product
    return tuple(found.values())


def bring_mailbox(names: Iterable[str]) -> bool:
    """Tell whether one of these service plans comes with a mailbox. One that no table knows does not."""
    return any(name in plans() and plans()[name].mailbox for name in names)
