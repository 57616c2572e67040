"""Which organisation a request is for: by identifier, by domain, or by a word that stands for any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes import tokens

if TYPE_CHECKING:
    from fakes.directory import Directory

MANY = ("common", "organizations", "consumers")
"""Words in the place of a tenant that leave open which one it is."""


def tenant_of(text: str, directory: Directory) -> str | None:
    """Return the identifier of the tenant that ``text`` names, the word that stands for any, or None."""
    lower = text.lower()
    if lower in MANY:
        return lower
    own = tokens.identifier(directory.tenant.name)
    return own if lower == own or lower in directory.domains() else None
