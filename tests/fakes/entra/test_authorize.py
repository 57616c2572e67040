"""Where a sign-in begins."""

from __future__ import annotations

import pytest

from fakes.declare import Application, Mailbox
from fakes.entra.authorize import is_registered
from tests.fakes.entra.asking import ADDRESS, SCOPE, TID, Asking, code_of, heading, returned, world

NATIVE = "https://login.microsoftonline.com/common/oauth2/nativeclient"


@pytest.mark.parametrize(
    ("uri", "known"),
    [
        ("http://localhost", True),
        ("http://localhost:53117/", True),
        ("http://127.0.0.1:53117", False),
        ("https://localhost", False),
        (NATIVE, True),
        ("https://login.microsoftonline.com:8443/common/oauth2/nativeclient", False),
        ("http://localhost.evil.example", False),
        ("http://localhost:80\r\nX: y", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_a_sign_in_leads_back_to_a_registered_address_only(uri: str, known: bool) -> None:
    assert is_registered(uri, Application()) is known


@pytest.mark.parametrize(
    ("tenant", "asked", "number"),
    [
        ("fabrikam.example", {}, 90002),
        ("common", {"client_id": ""}, 900144),
        ("common", {"client_id": "5f1c1e0e-8d2f-4e3b-9a37-1d0a6a2f7c11"}, 700016),
        ("common", {"redirect_uri": "https://evil.example"}, 50011),
    ],
)
def test_without_a_way_back_there_is_a_page(tenant: str, asked: dict[str, str], number: int) -> None:
    reply = Asking().authorize(tenant, **asked)
    assert (reply.status, code_of(reply)) == (400, number)


@pytest.mark.parametrize(
    ("asked", "number", "error"),
    [
        ({"scope": ""}, 900144, "invalid_request"),
        ({"scope": "https://nobody.example/x"}, 500011, "invalid_resource"),
        ({"scope": "IMAP.Everything"}, 70011, "invalid_scope"),
        ({"response_type": "token"}, 90023, "invalid_request"),
        ({"code_challenge_method": "plain"}, 501491, "invalid_request"),
        ({"prompt": "none"}, 50058, "login_required"),
    ],
)
def test_what_is_wrong_is_told_to_the_application(asked: dict[str, str], number: int, error: str) -> None:
    reply = Asking().authorize(**asked)
    assert (code_of(reply), returned(reply)["error"], returned(reply)["state"]) == (number, error, "s1")


def test_an_application_without_any_address_gets_none() -> None:
    assert code_of(Asking(world(application=Application(redirect_uris=()))).authorize()) == 500113


def test_an_application_of_one_organisation_must_name_it() -> None:
    here = Asking(world(application=Application(tenants="own")))
    assert code_of(here.authorize("common")) == 50194
    assert heading(here.authorize(TID)) == "Sign in"


def test_an_administrator_consents_for_all() -> None:
    declared = world(
        Mailbox(address=ADDRESS, roles=("Global Administrator",)),
        application=Application(present=False, user_consent=(), admin_consent=()),
    )
    here = Asking(declared)
    asked = f"client_id={here.directory.application.client_id}&redirect_uri=http://localhost&state=7"
    page = here.sign_in(here.get(f"/contoso.example/v2.0/adminconsent?{asked}&scope={SCOPE.replace(' ', '+')}"))
    assert heading(page) == "Permissions requested"
    back = returned(here.press(page, "accept"))
    assert (back["admin_consent"], back["tenant"], back["state"]) == ("True", TID, "7")
    assert {consent.user for consent in here.directory.consents.given} == {None}
    assert here.directory.application.present


def test_nobody_else_can() -> None:
    here = Asking()
    asked = f"client_id={here.directory.application.client_id}&redirect_uri=http://localhost"
    page = here.sign_in(here.get(f"/common/adminconsent?{asked}"))
    assert code_of(page) == 90093
    assert code_of(here.get("/common/adminconsent?client_id=x")) == 700016


def test_signing_out_forgets_the_browser() -> None:
    here = Asking()
    here.code()
    assert returned(here.authorize(prompt="none"))["code"]
    assert heading(here.get("/common/oauth2/v2.0/logout")) == "You signed out"
    assert code_of(here.authorize(prompt="none")) == 50058


def test_an_application_without_a_web_address_ends_at_a_page() -> None:
    here = Asking()
    assert "code=" in dict(here.sign_in(here.authorize(redirect_uri=NATIVE)).headers)["Location"]
    assert heading(here.get("/common/oauth2/nativeclient")) == "Done"
