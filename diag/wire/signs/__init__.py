"""The signs of interception, one by one: what each one says is in diag/data/signs.toml, where their weights stand.

:mod:`~diag.wire.signs.alone` finds those that a handshake shows by itself, :mod:`~diag.wire.signs.compared` those that
show only beside the other endpoints of the same check.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from diag.wire.issuers import UNTRUSTED, is_public_issuer

if TYPE_CHECKING:
    from diag.model.actions import Certificate, NameTest, StoreVerdict, TlsHandshake, TlsOffer

SCT = "1.3.6.1.4.1.11129.2.4.2"
"""The extension with embedded signed certificate timestamps (RFC 6962 section 3.3)."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: its name, its weight, what was seen, and the further observations that show it."""

    name: str
    weight: int
    seen: str
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A handshake that showed a certificate, with what else was asked of the same endpoint."""

    number: int
    subject: str
    action: TlsHandshake
    offers: tuple[tuple[int, TlsOffer], ...] = ()
    name_tests: tuple[tuple[int, NameTest], ...] = ()

    @property
    def host(self) -> str:
        """The host that the certificate should be for."""
        return self.action.server_name

    @property
    def leaf(self) -> Certificate:
        """The server's own certificate."""
        return self.action.chain[0]

    def store(self, name: str) -> StoreVerdict | None:
        """Return what one set of roots says of the chain."""
        return next((verdict for verdict in self.action.stores if verdict.store == name), None)

    @property
    def named_by_the_user(self) -> bool:
        """Whether the user vouches for the CA, as one does for the CA of one's own company."""
        custom = self.store("custom")
        return custom is not None and custom.trusted

    @property
    def untrusted(self) -> bool:
        """Whether the chain ends at no public root."""
        public = self.store("public")
        return public is not None and not public.trusted and public.code in UNTRUSTED

    @property
    def may_be_public(self) -> bool:
        """Whether the chain may well be a public CA's although this list of roots does not end it.

        It lacks its intermediate, or its root is younger than the list: then the leaf names a public CA, has timestamps
        that nobody has found false, and comes without its root.
        """
        false = any(stamp.verdict == "invalid" for stamp in self.action.timestamps)
        return SCT in self.leaf.extensions and not false and is_public_issuer(self.leaf) and not self.root_sent

    @property
    def private(self) -> bool:
        """Whether a CA vouches for the chain that is no public one."""
        return self.untrusted and not self.may_be_public

    @property
    def public(self) -> bool:
        """Whether a public root vouches for the chain."""
        public = self.store("public")
        return public is not None and public.trusted

    @property
    def genuine(self) -> bool:
        """Whether a log has signed this very certificate, which nobody but its CA can obtain."""
        return any(stamp.verdict == "valid" for stamp in self.action.timestamps)

    @property
    def root_sent(self) -> bool:
        """Whether the chain was sent down to a root."""
        return len(self.action.chain) > 1 and self.action.chain[-1].self_issued


@cache
def table() -> dict[str, Any]:
    """Return signs.toml."""
    return tomllib.loads(files("diag.data").joinpath("signs.toml").read_text("utf-8"))


@cache
def weights() -> dict[str, int]:
    """Return the weight of each sign by its name."""
    return {row["name"]: row["weight"] for row in table()["sign"]}


def sign(name: str, seen: str, *evidence: int) -> Sign:
    """Make a sign with the weight that the table gives it."""
    return Sign(name, weights()[name], seen, evidence)
