"""What was found of many mailboxes, from one site or from several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diag.model.measurement import Measurement
from diag.model.verdict import Verdict

Scope = Literal["everywhere", "all-here", "site", "mailbox", "some"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One mailbox as seen from one site."""

    site: str
    address: str
    verdict: Verdict
    measurement: Measurement
    saved: bool = False
    """Whether it was measured earlier or elsewhere, and read from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of a site's mailboxes have a cause in common."""

    site: str
    found: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One cause that several results have, and what that says of where it lies.

    ``everywhere``: at every mailbox from every site. ``all-here``: at every mailbox of the only site. ``site``: at
    every mailbox from the sites in ``where`` and at none from the others. ``mailbox``: at the addresses in ``where``
    from every site that looked at them, and at no other. ``some``: none of these.
    """

    code: str
    subject: str
    """The endpoint or host; empty where the cause belongs to accounts."""
    scope: Scope
    where: tuple[str, ...]
    addresses: tuple[str, ...]
    shares: tuple[Share, ...]
