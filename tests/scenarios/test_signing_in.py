"""Tokens of cases that come from a sign-in: from every grant, with the right application and person."""

from __future__ import annotations

import asyncio

import pytest

from diag.model.signin import TokenClaims, TokenGrant
from scenarios.load import load
from scenarios.play import play

GRANTS = {
    "signed-in-by-code": "code",
    "signed-in-by-device-code": "device-code",
    "signed-in-silently": "refresh",
    "signed-in-by-client-secret": "client-secret",
    "signed-in-by-certificate": "client-certificate",
}


@pytest.mark.parametrize(("name", "method"), GRANTS.items())
def test_a_token_comes_from_the_grant_that_a_case_names(name: str, method: str) -> None:
    played = asyncio.run(play(load(f"healthy/{name}")))
    actions = [item.action for item in played.measurement.observations]
    (grant,) = (action for action in actions if isinstance(action, TokenGrant))
    (claims,) = (action for action in actions if isinstance(action, TokenClaims))
    assert (grant.method, claims.source, claims.form) == (method, method, "jwt")
    assert claims.by_app == method.startswith("client-")
    assert grant.lifetime
