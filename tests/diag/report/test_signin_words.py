"""Each step of a sign-in has words, with and without what it may lack."""

from __future__ import annotations

import pytest

from diag.model.signin import TenantDiscovery, TokenClaims, TokenGrant
from diag.report.signin_words import SignInStep, moment, seen, what

GRANT = TokenGrant(method="device-code", authority="https://login.example/t", client_id="app", scopes=("s",))


@pytest.mark.parametrize(
    ("action", "asked", "learnt"),
    [
        (TenantDiscovery(domain="b.example", authority="https://login.example", tenant="t", cloud="c", account="Managed"),
         "Tenant of b.example at https://login.example", "t, cloud c, account managed"),
        (TenantDiscovery(domain="b.example", authority="https://login.example"),
         "Tenant of b.example at https://login.example", "no such tenant, account unknown"),
        (GRANT, "Token by device code for the application app", "granted: what was asked for, for None s"),
        (TokenClaims(form="opaque"), "Access token, as it says of itself", "opaque, it says nothing"),
        (TokenClaims(form="jwt", audience="a", user="u", scopes=("s",), expires_at=0), "Access token, as it says of itself",
         "for a, of u, allows s, until 1970-01-01 00:00:00 UTC"),
        (TokenClaims(form="jwt", audience="a", by_app=True, app_id="app"), "Access token, as it says of itself",
         "for a, of the application app, allows nothing"),
    ],
)  # fmt: skip
def test_words(action: SignInStep, asked: str, learnt: str) -> None:
    assert (what(action), seen(action)) == (asked, learnt)


def test_the_last_moment_of_the_calendar_can_be_written() -> None:
    assert moment(253402300799) == "9999-12-31 23:59:59 UTC"
