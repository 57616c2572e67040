"""The token endpoint, grant by grant."""

from __future__ import annotations

import jwt
import pytest

from fakes.declare import Application, Declaration, Mailbox, Session, Tenant
from fakes.organisation import CLIENT_ID, MAIL_PERMISSIONS
from fakes.web import Request
from tests.fakes.entra.asking import (
    ADDRESS,
    APP_SCOPE,
    NO_CONSENT,
    OUTLOOK,
    PASSWORD,
    SCOPE,
    TENANT,
    Asking,
    code_of,
    read,
    world,
)  # fmt: skip

GRAPH = "https://graph.microsoft.com"


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_code_becomes_tokens_once() -> None:
    here = Asking()
    code = here.code(nonce="n1")
    found = read(here.redeem(code))
    assert found["token_type"] == "Bearer"
    assert found["scope"].split()[:3] == [f"{OUTLOOK}/{name}" for name in MAIL_PERMISSIONS]
    token = claims(found["access_token"])
    assert (token["aud"], token["upn"], token["appid"], token["appidacr"]) == (OUTLOOK, ADDRESS, CLIENT_ID, "0")
    assert claims(found["id_token"])["nonce"] == "n1"
    assert here.directory.check_token("imap", ADDRESS, found["access_token"]) is None
    assert code_of(here.redeem(code)) == 54005


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({"redirect_uri": "http://localhost:1"}, 500112),
        ({"code_verifier": "w" * 50}, 501481),
        ({"code_verifier": ""}, 900144),
    ],
)
def test_a_code_is_checked(form: dict[str, str], number: int) -> None:
    here = Asking()
    assert code_of(here.redeem(here.code(), **form)) == number


def test_what_is_no_code_is_refused() -> None:
    here = Asking()
    assert [code_of(here.redeem(text)) for text in ("", "invented")] == [900144, 70000]


def test_a_code_expires() -> None:
    here = Asking()
    code = here.code()
    here.now += 601
    assert code_of(here.redeem(code)) == 70008


def test_one_refresh_token_serves_each_resource_in_turn() -> None:
    here = Asking()
    mail = read(here.redeem(here.code(scope=f"{SCOPE} {GRAPH}/User.Read")))
    assert claims(mail["access_token"])["aud"] == OUTLOOK
    form = {"refresh_token": mail["refresh_token"], "scope": f"{GRAPH}/User.Read offline_access"}
    graph = read(here.token("refresh_token", **form))
    assert claims(graph["access_token"])["aud"] == GRAPH
    assert graph["refresh_token"] != mail["refresh_token"]
    assert "id_token" not in graph


def test_a_bare_permission_is_one_of_graph_which_exchange_refuses() -> None:
    here = Asking()
    found = read(here.refresh(scope="IMAP.AccessAsUser.All"))
    assert claims(found["access_token"])["aud"] == GRAPH
    assert here.directory.check_token("imap", ADDRESS, found["access_token"]) is not None


@pytest.mark.parametrize(
    ("declared", "session", "number"),
    [
        (world(Mailbox(address=ADDRESS, enabled=False)), Session(), 50057),
        (world(Mailbox(address=ADDRESS, sessions_revoked_ago=60)), Session(), 50173),
        (world(Mailbox(address=ADDRESS, mfa="required")), Session(strong=False), 50076),
        (world(Mailbox(address=ADDRESS, mfa="enrolment")), Session(strong=False), 50079),
        (world(), Session(granted_ago=91 * 86400), 700082),
        (world(tenant=Tenant(access_policy="sign-in-frequency")), Session(), 70043),
        (world(tenant=Tenant(access_policy="approved-app")), Session(), 53002),
        (world(tenant=Tenant(device_code_blocked=True)), Session(by_device=True), 530036),
        (world(application=NO_CONSENT), Session(), 65001),
        (world(application=Application(enabled=False)), Session(), 7000112),
        (world(), Session(user="gone@contoso.example"), 50034),
    ],
)
def test_a_refresh_token_dies_of_many_things(declared: Declaration, session: Session, number: int) -> None:
    assert code_of(Asking(declared).refresh(session)) == number


@pytest.mark.parametrize(
    ("declared", "session"),
    [
        (world(Mailbox(address=ADDRESS, sessions_revoked_ago=90000)), Session()),
        (world(Mailbox(address=ADDRESS, mfa="required")), Session()),
        (world(), Session(granted_ago=300 * 86400, issued_ago=86400)),
        (world(tenant=Tenant(access_policy="sign-in-frequency")), Session(granted_ago=60)),
        (world(tenant=Tenant(device_code_blocked=True)), Session()),
    ],
)
def test_and_lives_otherwise(declared: Declaration, session: Session) -> None:
    assert "access_token" in read(Asking(declared).refresh(session))


def test_a_consent_that_is_withdrawn_is_missed_at_the_next_refresh() -> None:
    here = Asking()
    assert here.refresh().status == 200
    here.directory.consents.given.clear()
    assert code_of(here.refresh()) == 65001


def test_an_application_signs_in_for_itself() -> None:
    here = Asking(world(application=Application(secret="s3", roles=("IMAP.AccessAsApp",))))
    found = read(here.token("client_credentials", client_secret="s3", scope=APP_SCOPE))
    assert set(found) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    token = claims(found["access_token"])
    assert (token["roles"], token["idtyp"], token["appidacr"]) == (["IMAP.AccessAsApp"], "app", "1")
    assert here.directory.check_token("imap", ADDRESS, found["access_token"]) is None
    assert here.directory.check_token("pop3", ADDRESS, found["access_token"]) is not None


def test_an_application_to_which_nothing_was_granted_gets_a_token_of_no_use() -> None:
    here = Asking(world(application=Application(secret="s3")))
    found = read(here.token("client_credentials", client_secret="s3", scope=APP_SCOPE))
    assert "roles" not in claims(found["access_token"])
    assert here.directory.check_token("imap", ADDRESS, found["access_token"]) is not None


@pytest.mark.parametrize(
    ("application", "tenant", "form", "number"),
    [
        (Application(secret="s3"), "common", {}, 9001023),
        (Application(secret="s3", present=False), TENANT, {}, 7000229),
        (Application(secret="s3"), TENANT, {"scope": f"{OUTLOOK}/SMTP.Send"}, 1002012),
        (Application(secret="s3"), TENANT, {"scope": ""}, 900144),
        (Application(secret="s3"), TENANT, {"client_secret": ""}, 7000215),
        (Application(), TENANT, {}, 700025),
    ],
)
def test_an_application_is_checked(application: Application, tenant: str, form: dict[str, str], number: int) -> None:
    here = Asking(world(application=application))
    usual = {"client_secret": "s3", "scope": APP_SCOPE}
    assert code_of(here.token("client_credentials", tenant, **{**usual, **form})) == number


@pytest.mark.parametrize(
    ("mailbox", "password", "number"),
    [
        (Mailbox(address=ADDRESS), "wrong", 50126),
        (Mailbox(address=ADDRESS, locked=True), PASSWORD, 50053),
        (Mailbox(address=ADDRESS, password_expired=True), PASSWORD, 50055),
        (Mailbox(address=ADDRESS, mfa="required"), PASSWORD, 50076),
        (Mailbox(address=ADDRESS, upn="other@contoso.example"), PASSWORD, 50034),
    ],
)
def test_a_password_is_checked(mailbox: Mailbox, password: str, number: int) -> None:
    here = Asking(world(mailbox))
    assert code_of(here.token("password", username=ADDRESS, password=password, scope=SCOPE)) == number


def test_a_right_password_is_enough_where_nothing_else_is_asked() -> None:
    here = Asking()
    form = {"username": ADDRESS, "password": PASSWORD, "scope": SCOPE}
    assert "access_token" in read(here.token("password", **form))
    assert code_of(here.token("password", "common", **form)) == 9001023


@pytest.mark.parametrize(
    ("tenant", "form", "number"),
    [
        ("nowhere.example", {"grant_type": "password"}, 90002),
        ("common", {}, 900144),
        ("common", {"grant_type": "magic"}, 900144),
        ("common", {"grant_type": "magic", "client_id": CLIENT_ID}, 70003),
        ("common", {"grant_type": "refresh_token", "client_id": CLIENT_ID}, 900144),
        ("common", {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": "x"}, 70000),
    ],
)
def test_requests_that_are_none(tenant: str, form: dict[str, str], number: int) -> None:
    assert code_of(Asking().post(f"/{tenant}/oauth2/v2.0/token", form)) == number


def test_bytes_that_are_no_form_are_refused() -> None:
    assert code_of(Asking().ask(Request("POST", "/common/oauth2/v2.0/token", body=b"\xff\x00=&&&;"))) == 900144


def test_refusals_have_the_headers_of_the_endpoint() -> None:
    headers = dict(Asking().token("magic").headers)
    assert headers["Cache-Control"] == "no-store, no-cache"
    assert {"x-ms-request-id", "x-ms-ests-server", "P3P"} <= set(headers)
