"""Names of tenants."""

from __future__ import annotations

import pytest

from fakes.entra.tenants import tenant_of
from fakes.tokens import identifier
from tests.fakes.entra.asking import Asking

TID = identifier("contoso.example")


@pytest.mark.parametrize(
    ("name", "found"),
    [("Common", "common"), ("Contoso.Example", TID), (TID.upper(), TID), ("fabrikam.example", None), ("", None)],
)
def test_a_tenant_is_named_in_several_ways(name: str, found: str | None) -> None:
    assert tenant_of(name, Asking().directory) == found
