"""Products that intercept TLS, known by the names in the certificates that they make (diag/data/interceptors.toml)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from diag.wire.issuers import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.actions import Certificate

PATTERNS = {"cn", "o", "ou"}
HINTS = "CD"
"""Grades of names that prove nothing: no reliable default is known, or the administrator chooses the name."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product that intercepts, as the table has it."""

    name: str
    kind: str
    grade: str
    exempt: str
    upstream_untrusted: bool
    """Whether the name says that the product itself did not trust the server."""

    @property
    def hint(self) -> bool:
        """Whether the name may as well be that of somebody's own CA."""
        return self.grade in HINTS

    @property
    def called(self) -> str:
        """The name, with the reserve that it deserves."""
        return f"perhaps {self.name}" if self.hint else self.name


@cache
def _products() -> tuple[dict[str, Any], ...]:
    rows = tomllib.loads(files("diag.data").joinpath("interceptors.toml").read_text("utf-8"))["product"]
    # A row with more patterns says more, so it comes first.
    rows.sort(key=lambda row: -len(PATTERNS & set(row)))
    return tuple(
        {**row, **{key: re.compile(row[key]) for key in (*PATTERNS, "untrusted") if key in row}} for row in rows
    )


def product_of(chain: tuple[Certificate, ...]) -> Product | None:
    """Find the product whose names some certificate of the chain has; certain rows come before hints."""
    return _with_names(tuple(name for item in chain for name in (item.issuer, item.subject)))


@lru_cache(maxsize=256)
def _with_names(names: tuple[str, ...]) -> Product | None:
    for graded in ("AB", "C", "D"):
        for row in _products():
            if row["grade"] in graded:
                found = next((name for name in names if _fits(row, name)), None)
                if found is not None:
                    doubts = "untrusted" in row and row["untrusted"].search(attribute(found, "CN")) is not None
                    return Product(row["name"], row["kind"], row["grade"], row["exempt"], doubts)
    return None


def installed(roots: Iterable[Certificate]) -> tuple[str, ...]:
    """Name the products whose CAs are among trusted roots; they may intercept, which is no proof that they do."""
    found = ((root, product_of((root,))) for root in roots)
    return tuple(f"{product.called}: {root.subject}" for root, product in found if product and product.grade != "D")


def _fits(row: dict[str, Any], name: str) -> bool:
    return all(row[key].search(attribute(name, key.upper())) for key in PATTERNS & set(row))
