"""Tokens, headers and the form of refusals."""

from __future__ import annotations

import uuid

import pytest

from fakes.declare import Token
from tests.fakes.graph.asking import AUDIENCE, READER, Asking, declare, document, refusal

GOOD = Token(audience=AUDIENCE, user=READER, scopes=("User.Read",))


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (Token(audience=AUDIENCE, user=READER, issued_ago=5000), "Access token has expired or is not yet valid."),
        (Token(user=READER), "Access token validation failure. Invalid audience."),
        (Token(audience=AUDIENCE, user=READER, revoked=True),
         "Continuous access evaluation resulted in challenge with result: InteractionRequired"),
    ],
)  # fmt: skip
def test_a_token_that_does_not_count(token: Token, message: str) -> None:
    here = Asking()
    reply = here.ask("/v1.0/me", f"Bearer {here.directory.issue(token)}")
    assert refusal(reply) == (401, "InvalidAuthenticationToken", message)
    assert dict(reply.headers)["WWW-Authenticate"].startswith('Bearer realm="", authorization_uri=')


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Access token is empty."),
        ("Basic eDp5", "Access token is empty."),
        ("Bearer eyJ", "CompactToken parsing failed with error code: 80049217"),
    ],
)
def test_what_is_no_token(header: str | None, message: str) -> None:
    assert refusal(Asking().ask("/v1.0/me", header)) == (401, "InvalidAuthenticationToken", message)


def test_a_user_who_was_blocked_reads_nothing_more() -> None:
    here = Asking()
    token = f"Bearer {here.directory.issue(GOOD)}"
    assert here.ask("/v1.0/me", token).status == 200
    reader = here.directory.find(READER)
    assert reader is not None
    reader.enabled = False
    assert here.ask("/v1.0/me", token).status == 401


def test_an_application_is_nobody_in_particular() -> None:
    here = Asking()
    token = here.directory.issue(Token(audience=AUDIENCE, roles=("User.Read.All", "Policy.Read.All")))
    assert refusal(here.ask("/v1.0/me", f"Bearer {token}"))[:2] == (400, "BadRequest")
    assert here.ask("/v1.0/users/reader@contoso.example", f"Bearer {token}").status == 200
    assert here.ask("/v1.0/policies/authorizationPolicy", f"Bearer {token}").status == 200


def test_a_refusal_says_which_request_it_is_about() -> None:
    own = str(uuid.uuid4())
    reply = Asking().ask("/v1.0/me", client_request_id=own, **{"client-request-id": own})
    error = document(reply)["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert error["innerError"]["client-request-id"] == own
    assert error["innerError"]["date"] == "2027-01-15T08:00:00"
    assert dict(reply.headers)["request-id"] == error["innerError"]["request-id"] != own


def test_an_answer_has_the_headers_of_the_service() -> None:
    headers = dict(Asking().get("/v1.0/me", "User.Read").headers)
    assert headers["OData-Version"] == "4.0"
    assert headers["Content-Type"].startswith("application/json;odata.metadata=minimal")
    assert headers["Date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_links_lead_to_where_the_request_came() -> None:
    declared = declare()
    declared.tenant.users = 200
    page = Asking(declared).read("/beta/users?$top=1", "User.Read.All", host="127.0.0.1:8443")
    assert page["@odata.nextLink"].startswith("https://127.0.0.1:8443/beta/users?$top=1&$skiptoken=")
