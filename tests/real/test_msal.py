"""The emulated sign-in service, seen by Microsoft's own library, of which nothing is changed.

Only what any user of the library sets is set: the authority, the CA to trust, and the proxy to go through.
"""

from __future__ import annotations

import hashlib
import imaplib
import ssl
import threading
import webbrowser
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msal
import pytest

from fakes.declare import Application, Entra, Mailbox, Tenant
from fakes.organisation import CLIENT_ID
from tests.real.live import Live, declared, live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fakes.declare import Declaration

pytestmark = pytest.mark.usefixtures("nothing_told")
ADDRESS = "helpdesk@contoso.example"
AUTHORITY = "https://login.microsoftonline.com/contoso.example"
SCOPES = [f"https://outlook.office.com/{name}" for name in ("IMAP.AccessAsUser.All", "SMTP.Send")]
APP_SCOPES = ["https://outlook.office365.com/.default"]
NO_CONSENT = Application(user_consent=(), admin_consent=())


def options(world: Live) -> dict[str, Any]:
    return {"authority": AUTHORITY, "verify": str(world.ca_file), "proxies": {"https": world.proxy}}


def public(world: Live) -> msal.PublicClientApplication:
    return msal.PublicClientApplication(CLIENT_ID, **options(world))


def opens_inbox(world: Live, token: str) -> bool:
    """Sign in to the mail server of the same world by the standard library's client."""
    host, port = world.place("outlook.office365.com", 993)
    context = ssl.create_default_context(cafile=str(world.ca_file))
    context.check_hostname = False  # the standard library has no --connect-to
    with imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=10) as client:
        try:
            client.authenticate("XOAUTH2", lambda _: f"user={ADDRESS}\x01auth=Bearer {token}\x01\x01".encode())
        except imaplib.IMAP4.error:
            return False
        return client.select("INBOX", readonly=True)[0] == "OK"


def sign_in(world: Live, app: msal.PublicClientApplication, scopes: list[str]) -> dict[str, Any]:
    """Sign in at the page as the library wants it: with PKCE, and with the code in a form that posts itself."""
    flow = app.initiate_auth_code_flow(scopes, redirect_uri="http://localhost", response_mode="form_post")
    assert "code_challenge_method=S256" in flow["auth_uri"]
    person = world.person()
    world.run(person.sign_in(flow["auth_uri"]))
    assert person.posted is not None
    found: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, dict(parse_qsl(person.posted.decode())))
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Live]:
    with live(declared(application=NO_CONSENT), tmp_path) as running:
        yield running


def test_a_code_with_pkce_then_silent_refreshes(world: Live) -> None:
    app = public(world)
    result = sign_in(world, app, SCOPES)
    assert result["id_token_claims"]["preferred_username"] == ADDRESS
    assert opens_inbox(world, result["access_token"])
    (account,) = app.get_accounts()
    assert account["username"] == ADDRESS
    silent = app.acquire_token_silent(SCOPES, account)
    assert (silent["access_token"], silent["token_source"]) == (result["access_token"], "cache")
    fresh = app.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert fresh["access_token"] != result["access_token"]
    assert opens_inbox(world, fresh["access_token"])


def test_a_browser_that_the_library_opens(world: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    class Browser(webbrowser.BaseBrowser):
        """Somebody who signs in and is led back to the library's own server."""

        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT002  as declared
            def go() -> None:
                person = world.person()
                world.run(person.arrive(world.run(person.sign_in(url))))

            threading.Thread(target=go).start()
            return True

    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    webbrowser.register("somebody", None, Browser(), preferred=True)
    result = public(world).acquire_token_interactive(SCOPES, timeout=20)
    assert opens_inbox(world, result["access_token"])


def test_a_device_code(tmp_path: Path) -> None:
    with live(declared(application=NO_CONSENT, entra=Entra(interval=1)), tmp_path) as world:
        app = public(world)
        flow = app.initiate_device_flow(SCOPES)
        once = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
        assert once["error"] == "authorization_pending"
        text = world.run(world.person().enter_code(flow["verification_uri"], flow["user_code"]))
        assert "You may now close this window" in text
        result = app.acquire_token_by_device_flow(flow)
        assert opens_inbox(world, result["access_token"])


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (
            lambda world, flow: world.person(accepts=False).enter_code(flow["verification_uri"], flow["user_code"]),
            "authorization_declined",
        ),
        (None, "expired_token"),
    ],
)
def test_a_device_code_that_comes_to_nothing(
    make: Callable[[Live, dict[str, str]], Any] | None, error: str, tmp_path: Path
) -> None:
    lifetime = 900 if make else 0
    with live(declared(entra=Entra(interval=1, device_code_lifetime=lifetime)), tmp_path) as world:
        app = public(world)
        flow = app.initiate_device_flow(SCOPES)
        if make:
            world.run(make(world, flow))
        assert app.acquire_token_by_device_flow(flow)["error"] == error


def test_a_password_where_the_organisation_allows_it(tmp_path: Path) -> None:
    with live(declared(), tmp_path) as world:
        for password, numbers in (("correct horse", None), ("x", [50126])):
            with pytest.warns(DeprecationWarning, match="more secure flow"):
                result = public(world).acquire_token_by_username_password(ADDRESS, password, SCOPES)
            assert result.get("error_codes") == numbers


def by_secret() -> str:
    return "s3cret"


def by_certificate() -> dict[str, str]:
    pem = files("fakes.data").joinpath("client-certificate.pem").read_text("ascii")
    certificate = pem[pem.index("-----BEGIN CERTIFICATE") :]
    return {
        "private_key": pem,
        "thumbprint": hashlib.sha1(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest(),  # noqa: S324  as the library has it
        "public_certificate": certificate,
    }


def by_certificate_of_today() -> dict[str, str]:
    """Leave the choice of the thumbprint to the library, which then takes SHA-256 and PS256."""
    made = by_certificate()
    return {"private_key": made["private_key"], "public_certificate": made["public_certificate"]}


@pytest.mark.parametrize(
    ("application", "credential"),
    [
        (Application(secret="s3cret", roles=("IMAP.AccessAsApp",)), by_secret),
        (Application(certificate="own", roles=("IMAP.AccessAsApp",)), by_certificate),
        (Application(certificate="own", roles=("IMAP.AccessAsApp",)), by_certificate_of_today),
    ],
)
def test_a_service_signs_in_for_itself(application: Application, credential: Callable[[], Any], tmp_path: Path) -> None:
    with live(declared(application=application), tmp_path) as world:
        app = msal.ConfidentialClientApplication(CLIENT_ID, client_credential=credential(), **options(world))
        result = app.acquire_token_for_client(APP_SCOPES)
        assert result.get("token_type") == "Bearer", result
        assert opens_inbox(world, result["access_token"])


@pytest.mark.parametrize(
    ("world_of", "number", "suberror"),
    [
        (declared(mailbox=Mailbox(address=ADDRESS, enabled=False)), 50057, None),
        (declared(mailbox=Mailbox(address=ADDRESS, sessions_revoked_ago=60)), 50173, "bad_token"),
        (declared(application=NO_CONSENT), 65001, "consent_required"),
        (declared(tenant=Tenant(access_policy="blocked")), 53003, "message_only"),
        (declared(application=Application(enabled=False)), 7000112, None),
    ],
)
def test_a_refusal_reaches_the_caller(world_of: Declaration, number: int, suberror: str | None, tmp_path: Path) -> None:
    with live(world_of, tmp_path) as world:
        result = public(world).acquire_token_by_refresh_token(world.stage.world.refresh_token, SCOPES)
        assert result["error_codes"] == [number]
        assert result.get("suberror") == suberror
        assert result["error_description"].startswith(f"AADSTS{number}: ")
        assert result["correlation_id"]


def test_a_tenant_that_does_not_exist(world: Live) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        msal.PublicClientApplication(
            CLIENT_ID, **{**options(world), "authority": f"{AUTHORITY}.nowhere"}
        ).get_accounts()


def test_what_changes_in_the_directory_changes_what_the_mail_server_says(world: Live) -> None:
    app = public(world)
    for scopes, opens in ((SCOPES[1:], False), (SCOPES, True)):
        assert opens_inbox(world, sign_in(world, app, scopes)["access_token"]) is opens
    (account,) = app.get_accounts()
    world.stage.world.directory.consents.given.clear()
    refused = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert (refused["error_codes"], refused["classification"]) == ([65001], "consent_required")
