"""The pages of the emulated sign-in service in a real browser."""

from __future__ import annotations

import threading
import webbrowser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from fakes.declare import Application, Entra, Mailbox, Tenant
from fakes.organisation import CLIENT_ID
from tests.real import browser
from tests.real.live import declared, live
from tests.real.test_msal import ADDRESS, SCOPES, opens_inbox, public

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.browser import Browser

pytestmark = [
    pytest.mark.real,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(browser.missing() is not None, reason=browser.missing() or ""),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("nothing_told"),
]
NO_CONSENT = Application(user_consent=(), admin_consent=())
NEXT = "#idSIButton9"
BACK = "http://localhost:9/"
"""Where an application would wait; nobody does, so the browser shows an error at that address."""


def sign_in(window: Browser) -> None:
    window.type("#i0116", ADDRESS)
    window.type("#i0118", "correct horse")
    window.click(NEXT)


def test_the_consent_page_leads_back_to_the_library_that_opened_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Mailbox(address=ADDRESS, mfa="required")
    with (
        live(declared(mailbox=box, application=NO_CONSENT), tmp_path) as world,
        browser.browser(world, tmp_path) as window,
    ):
        texts: list[str] = []

        def go(url: str) -> None:
            window.open(url)
            sign_in(window)
            window.type("#idTxtBx_SAOTCC_OTC", "123456")
            window.click("#idSubmit_SAOTCC_Continue")
            window.wait_for("#idBtn_Back")
            texts.append(window.text())
            window.picture(tmp_path / "consent.png")
            window.click(NEXT)

        class Chromium(webbrowser.BaseBrowser):
            """The browser of the person."""

            def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT002  as declared
                threading.Thread(target=go, args=(url,)).start()
                return True

        monkeypatch.setattr(webbrowser, "_browsers", {})
        monkeypatch.setattr(webbrowser, "_tryorder", [])
        webbrowser.register("chromium", None, Chromium(), preferred=True)
        result = public(world).acquire_token_interactive(SCOPES, timeout=60)
        assert opens_inbox(world, result["access_token"])
        for text in (
            "Permissions requested",
            "Axence OAuth2 Authentication",
            "SMTP.Send",
            "verified publisher",
            ADDRESS,
        ):
            assert text in texts[0]


def test_the_page_for_device_codes(tmp_path: Path) -> None:
    with live(declared(entra=Entra(interval=1)), tmp_path) as world, browser.browser(world, tmp_path) as window:
        app: Any = public(world)
        flow = app.initiate_device_flow(SCOPES)
        window.open(flow["verification_uri"])
        window.type("#otc", "WRONGCODE")
        window.click(NEXT)
        assert "That code didn't work" in window.text(".problem")
        window.type("#otc", flow["user_code"])
        window.click(NEXT)
        sign_in(window)
        window.wait_for("#idBtn_Back")
        assert "Are you trying to sign in to Axence OAuth2 Authentication?" in window.text("h1")
        window.click(NEXT)
        assert "You may now close this window" in window.text("#message")
        assert opens_inbox(world, app.acquire_token_by_device_flow(flow)["access_token"])


def test_the_page_for_those_who_may_not_consent(tmp_path: Path) -> None:
    declaration = declared(tenant=Tenant(user_consent="none"), application=NO_CONSENT)
    with live(declaration, tmp_path) as world, browser.browser(world, tmp_path) as window:
        asked = {"client_id": CLIENT_ID, "response_type": "code", "redirect_uri": BACK, "scope": " ".join(SCOPES)}
        window.open(f"https://login.microsoftonline.com/common/oauth2/v2.0/authorize?{urlencode(asked)}")
        sign_in(window)
        window.wait_for("#idBtn_Back")
        assert window.text("h1") == "Need admin approval"
        window.picture(tmp_path / "approval.png")
        window.click("#idBtn_Back")
        assert "AADSTS90094" in window.wait_until_at(BACK)
