"""Which programs fail, and where TLS is ended, by what was seen and not by a guess."""

from __future__ import annotations

import pytest

from diag.model.actions import StoreVerdict, TlsHandshake
from diag.rules import placing
from diag.wire.products import Product


def action(opened: float | None = None, **stores: bool) -> TlsHandshake:
    verdicts = tuple(StoreVerdict(store=name, trusted=ok, code=0 if ok else 20) for name, ok in stores.items())  # type: ignore[arg-type]
    return TlsHandshake(server_name="a", address="b", connect_took=opened, stores=verdicts)


@pytest.mark.parametrize(
    ("stores", "text"),
    [
        ({"public": False, "system": True}, placing.TRUSTED),
        ({"public": False, "system": False}, placing.UNTRUSTED_HERE),
        ({"public": False}, placing.NOT_KNOWN),
        ({"public": True, "system": False}, placing.BROUGHT_ALONG),
    ],
)
def test_who_trusts_the_ca_decides_which_programs_fail(stores: dict[str, bool], text: str) -> None:
    assert placing.trust(action(**stores)) == text


def test_what_tells_the_place_is_stated_or_that_nothing_does() -> None:
    assert placing.evidence(action(), None, []) == "Nothing that was seen tells which."
    near = placing.evidence(action(0.0002, system=False), None, [action(0.05)])
    assert "not in this computer's store" in near
    assert "opened after 0.2 ms" in near
    assert near.endswith("None of that settles which of the two it is.")
    assert "opened" not in placing.evidence(action(0.04), None, [action(0.05)])
    product = Product("Avast", "endpoint", "A", "Exempt it.", upstream_untrusted=False)
    assert placing.evidence(action(), product, []) == "That is told by the name of the CA, which is that of Avast."
