"""The pages, as a person goes through them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.declare import Application, Declaration, Entra, Mailbox, Tenant
from fakes.organisation import PERMISSIONS
from tests.fakes.entra.asking import (
    ADDRESS,
    NO_CONSENT,
    Asking,
    code_of,
    ctx_of,
    heading,
    read,
    returned,
    world,
)  # fmt: skip


def test_a_password_is_asked_for_until_it_is_right() -> None:
    here = Asking()
    page = here.authorize(login_hint=ADDRESS)
    assert f'value="{ADDRESS}"' in page.body.decode()
    for user, password, text in ((ADDRESS, "wrong", "incorrect"), ("nobody@contoso.example", "x", "find an account")):
        page = here.sign_in(page, user, password)
        assert text in page.body.decode()
    assert returned(here.sign_in(page))["state"] == "s1"


@pytest.mark.parametrize(
    ("declared", "number"),
    [
        (world(Mailbox(address=ADDRESS, locked=True)), 50053),
        (world(Mailbox(address=ADDRESS, enabled=False)), 50057),
        (world(Mailbox(address=ADDRESS, password_expired=True)), 50055),
        (world(application=Application(enabled=False)), 7000112),
        (world(application=Application(assignment_required=True)), 50105),
        (world(tenant=Tenant(access_policy="blocked")), 53003),
        (world(tenant=Tenant(access_policy="compliant-device")), 53000),
        (world(tenant=Tenant(user_consent="none"), application=NO_CONSENT), 90094),
        (world(tenant=Tenant(user_consent="none", consent_requests=True), application=NO_CONSENT), 90095),
        (world(entra=Entra(answers=50097)), 50097),
        (world(entra=Entra(answers=50097, answers_at="pages")), 50097),
    ],
)
def test_a_refusal_is_shown_and_the_way_back_tells_it(declared: Declaration, number: int) -> None:
    here = Asking(declared)
    page = here.sign_in(here.authorize())
    assert (page.status, code_of(page)) == (200, number)
    back = here.press(page, "return")
    assert code_of(back) == number
    assert returned(back)["error"] in {"access_denied", "unauthorized_client", "interaction_required"}


def test_an_account_of_another_organisation_is_told_so() -> None:
    here = Asking()
    assert code_of(here.sign_in(here.authorize(), "me@fabrikam.example")) == 50020


def test_assigned_users_come_in() -> None:
    here = Asking(world(application=Application(assignment_required=True, assigned=(ADDRESS.upper(),))))
    assert here.code()


def test_a_second_factor_is_shown() -> None:
    here = Asking(world(Mailbox(address=ADDRESS, mfa="required")))
    page = here.sign_in(here.authorize())
    assert heading(page) == "Enter code"
    page = here.post("/common/SAS/ProcessAuth", {"ctx": ctx_of(page), "otc": "000000"})
    assert "expected verification code" in page.body.decode()
    assert returned(here.post("/common/SAS/ProcessAuth", {"ctx": ctx_of(page), "otc": "123456"}))["code"]
    assert returned(here.authorize())["code"], "the browser remembers"


def test_a_second_factor_is_registered_first() -> None:
    here = Asking(world(Mailbox(address=ADDRESS, mfa="enrolment")))
    page = here.sign_in(here.authorize())
    assert heading(page) == "More information required"
    page = here.post("/common/SAS/ProcessAuth", {"ctx": ctx_of(page), "action": "enrol"})
    assert heading(page) == "Enter code"
    assert here.declaration.mailbox.mfa == "enrolment", "what was declared stays"


@pytest.mark.parametrize(("mfa", "number"), [("required", 50076), ("enrolment", 50079)])
def test_without_pages_a_second_factor_cannot_be_shown(mfa: str, number: int) -> None:
    here = Asking()
    here.code()
    box = here.directory.find(ADDRESS)
    assert box is not None
    box.mfa = mfa  # type: ignore[assignment]
    assert code_of(here.authorize(prompt="none")) == number


def test_consent_is_asked_for_once() -> None:
    here = Asking(world(application=NO_CONSENT))
    page = here.sign_in(here.authorize())
    assert heading(page) == "Permissions requested"
    text = page.body.decode()
    assert "IMAP.AccessAsUser.All" in text
    assert "verified publisher" in text
    assert "on behalf of your organization" not in text
    assert code_of(here.authorize(prompt="none")) == 65001
    code = returned(here.press(page, "accept"))["code"]
    scope = read(here.redeem(code))["scope"].split()
    assert [name.rpartition("/")[2] for name in scope[:2]] == ["IMAP.AccessAsUser.All", "SMTP.Send"]
    assert returned(here.authorize(prompt="none"))["code"]


def test_consent_can_be_declined() -> None:
    here = Asking(world(application=NO_CONSENT))
    back = here.press(here.sign_in(here.authorize()), "cancel")
    assert (code_of(back), returned(back)["error"]) == (65004, "access_denied")
    assert here.directory.consents.given == []


def test_consent_is_asked_for_again_where_the_application_wants_it() -> None:
    here = Asking()
    assert heading(here.sign_in(here.authorize(prompt="consent"))) == "Permissions requested"


def test_nobody_consents_past_the_page() -> None:
    here = Asking(world(Mailbox(address=ADDRESS, mfa="required"), application=NO_CONSENT))
    page = here.sign_in(here.authorize())
    assert heading(here.press(page, "accept")) == "Enter code"
    assert here.directory.consents.given == []


def test_an_administrator_may_consent_for_all() -> None:
    declared = world(
        Mailbox(address=ADDRESS, roles=("Global Administrator",)),
        tenant=Tenant(user_consent="none"), application=NO_CONSENT,
    )  # fmt: skip
    here = Asking(declared)
    page = here.sign_in(here.authorize(scope=" ".join(PERMISSIONS)))
    assert "on behalf of your organization" in page.body.decode()
    assert returned(here.press(page, "accept", organization="1"))["code"]
    assert {consent.user for consent in here.directory.consents.given} == {None}


def test_an_administrator_goes_on_where_a_user_may_not() -> None:
    declared = world(tenant=Tenant(user_consent="none"), application=NO_CONSENT)
    admin = Mailbox(address="admin@contoso.example", roles=("Global Administrator",))
    here = Asking(replace(declared, mailboxes={"admin": admin}))
    page = here.sign_in(here.authorize())
    assert heading(page) == "Need admin approval"
    page = here.get(f"/common/reprocess?ctx={ctx_of(page)}")
    assert heading(here.press(page, "accept")) == "Sign in", "nobody is known yet"
    page = here.sign_in(page, admin.address)
    assert returned(here.press(page, "accept", organization="1"))["code"]
    assert returned(here.sign_in(here.authorize(prompt="login")))["code"], "and now the user comes in"
    assert code_of(here.get("/common/reprocess?ctx=invented")) == 165000


def test_federation_is_seen_on_the_page() -> None:
    here = Asking(world(tenant=Tenant(federated=True)))
    assert "contoso.example federation service" in here.authorize().body.decode()


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
def test_the_way_back_has_other_modes(mode: str) -> None:
    here = Asking()
    reply = here.sign_in(here.authorize(response_mode=mode))
    if mode == "fragment":
        assert "#code=" in dict(reply.headers)["Location"]
    else:
        assert 'name="code"' in reply.body.decode()


@pytest.mark.parametrize("path", ["/common/login", "/common/SAS/ProcessAuth", "/common/Consent/Set"])
def test_a_visit_that_nobody_began_is_lost(path: str) -> None:
    assert code_of(Asking().post(path, {"ctx": "invented"})) == 165000


def test_what_is_typed_never_becomes_html() -> None:
    here = Asking()
    page = here.sign_in(here.authorize(login_hint='"><script>'), '"><script>alert(1)</script>@contoso.example')
    assert "<script>" not in page.body.decode()
