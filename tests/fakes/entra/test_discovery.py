"""What a client learns before it signs anybody in."""

from __future__ import annotations

import jwt
import pytest

from fakes.declare import Declaration, Mailbox, Tenant, Token
from fakes.tokens import identifier
from tests.fakes.entra.asking import ADDRESS, Asking, code_of, read

TID = identifier("contoso.example")
AUTHORIZE = "https%3A%2F%2F{host}%2Fcommon%2Foauth2%2Fv2.0%2Fauthorize"


def test_a_host_of_a_cloud_is_known() -> None:
    asked = AUTHORIZE.format(host="login.microsoftonline.com")
    found = read(Asking().get(f"/common/discovery/instance?authorization_endpoint={asked}&api-version=1.1"))
    assert found["tenant_discovery_endpoint"] == (
        "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"
    )
    assert "login.windows.net" in found["metadata"][0]["aliases"]


@pytest.mark.parametrize(
    "asked", ["", AUTHORIZE.format(host="login.evil.example"), "http%3A%2F%2Flogin.windows.net%2F"]
)
def test_another_host_is_not(asked: str) -> None:
    reply = Asking().get(f"/common/discovery/instance?authorization_endpoint={asked}")
    assert (reply.status, read(reply)["error"], code_of(reply)) == (400, "invalid_instance", 50049)


@pytest.mark.parametrize(("name", "issuer"), [("contoso.example", TID), (TID, TID), ("common", "{tenantid}")])
def test_a_tenant_has_its_endpoints(name: str, issuer: str) -> None:
    reply = Asking().get(f"/{name}/v2.0/.well-known/openid-configuration")
    found = read(reply)
    assert dict(reply.headers)["x-ms-ests-server"].endswith("ProdSlices")
    assert found["issuer"] == f"https://login.microsoftonline.com/{issuer}/v2.0"
    assert found["token_endpoint"].endswith("/oauth2/v2.0/token")


def test_an_unknown_tenant_is_said_to_be_none() -> None:
    reply = Asking().get("/fabrikam.example/v2.0/.well-known/openid-configuration")
    assert (reply.status, read(reply)["error"], code_of(reply)) == (400, "invalid_tenant", 90002)
    assert code_of(Asking().get("/fabrikam.example/discovery/v2.0/keys")) == 90002


def test_the_published_key_verifies_the_tokens() -> None:
    here = Asking()
    key = jwt.PyJWKSet.from_dict(read(here.get("/common/discovery/v2.0/keys"))).keys[0]
    token = here.directory.issue(Token())
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    verified = jwt.decode_complete(
        token, key, options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    )
    assert verified["payload"]["upn"] == ADDRESS


def test_the_realm_says_who_checks_passwords() -> None:
    federated = Asking(Declaration(mailbox=Mailbox(address=ADDRESS), tenant=Tenant(federated=True)))
    found = [read(here.get(f"/common/userrealm/{ADDRESS}?api-version=1.0")) for here in (Asking(), federated)]
    assert [item["account_type"] for item in found] == ["Managed", "Federated"]
    assert found[1]["federation_metadata_url"].startswith("https://sts.contoso.example/")
    assert read(Asking().get("/common/userrealm/x@nowhere.example"))["account_type"] == "Unknown"
