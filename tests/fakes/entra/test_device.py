"""Signing in on another screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fakes.declare import Application, Declaration, Entra, Tenant
from fakes.entra.token import DEVICE
from fakes.organisation import CLIENT_ID
from tests.fakes.entra.asking import NO_CONSENT, SCOPE, Asking, code_of, heading, read, world

if TYPE_CHECKING:
    from fakes.web import Reply


def begin(here: Asking, tenant: str = "contoso.example", **form: str) -> dict[str, Any]:
    return read(here.post(f"/{tenant}/oauth2/v2.0/devicecode", {"client_id": CLIENT_ID, "scope": SCOPE, **form}))


def enter(here: Asking, flow: dict[str, Any]) -> Reply:
    return here.sign_in(here.post("/common/oauth2/deviceauth", {"otc": flow["user_code"].lower()}))


def poll(here: Asking, flow: dict[str, Any], later: float = 5) -> dict[str, Any]:
    here.now += later
    return read(here.token(DEVICE, device_code=flow["device_code"], code=flow["device_code"]))


def test_a_device_waits_for_the_person() -> None:
    here = Asking()
    flow = begin(here)
    assert flow["verification_uri"] == "https://login.microsoft.com/device"
    assert len(flow["user_code"]) == 9
    assert flow["user_code"] in flow["message"]
    assert [poll(here, flow)["error"] for _ in range(2)] == ["authorization_pending"] * 2
    page = enter(here, flow)
    assert heading(page).startswith("Are you trying to sign in to Axence")
    assert heading(here.press(page, "confirm")) == "Axence OAuth2 Authentication"
    assert {"access_token", "refresh_token", "id_token"} <= set(poll(here, flow))
    assert poll(here, flow)["error_codes"] == [70018], "once only"


def test_a_device_that_asks_too_often_is_told_to_slow_down() -> None:
    here = Asking()
    flow = begin(here)
    assert [poll(here, flow, later)["error"] for later in (5, 1, 5)] == [
        "authorization_pending", "slow_down", "authorization_pending",
    ]  # fmt: skip


def test_a_device_code_expires() -> None:
    here = Asking()
    flow = begin(here)
    assert poll(here, flow, 901)["error"] == "expired_token"
    page = here.post("/common/oauth2/deviceauth", {"otc": flow["user_code"]})
    assert "That code didn" in page.body.decode()
    short = Asking(world(entra=Entra(device_code_lifetime=0)))
    assert poll(short, begin(short), 0)["error_codes"] == [70019]


def test_a_person_can_decline() -> None:
    here = Asking()
    flow = begin(here)
    assert heading(here.press(enter(here, flow), "cancel")) == "Cancelled"
    assert poll(here, flow)["error"] == "authorization_declined"


def test_consent_is_given_on_the_way() -> None:
    here = Asking(world(application=NO_CONSENT))
    flow = begin(here)
    here.press(enter(here, flow), "accept")
    assert "access_token" in poll(here, flow)


@pytest.mark.parametrize(
    ("declared", "number"),
    [
        (world(tenant=Tenant(security_defaults=True)), 530035),
        (world(tenant=Tenant(device_code_blocked=True)), 53003),
        (world(application=Application(assignment_required=True)), 50105),
        (world(entra=Entra(answers=53004)), 53004),
    ],
)
def test_a_refusal_in_the_browser_reaches_the_device(declared: Declaration, number: int) -> None:
    here = Asking(declared)
    flow = begin(here)
    assert code_of(enter(here, flow)) == number
    assert poll(here, flow)["error_codes"] == [number]


@pytest.mark.parametrize(
    ("tenant", "form", "number"),
    [
        ("fabrikam.example", {}, 90002),
        ("consumers", {}, 90133),
        ("common", {"scope": ""}, 900144),
        ("common", {"client_id": "x"}, 700016),
        ("common", {"scope": "https://outlook.office.com/SMTP.Send https://graph.microsoft.com/User.Read"}, 28000),
    ],
)
def test_what_is_wrong_from_the_start(tenant: str, form: dict[str, str], number: int) -> None:
    assert begin(Asking(), tenant, **form)["error_codes"] == [number]


def test_confidential_applications_cannot() -> None:
    assert begin(Asking(world(application=Application(public_client=False))))["error_codes"] == [7000218]


def test_an_unknown_code_is_refused() -> None:
    here = Asking()
    assert code_of(here.token(DEVICE, device_code="invented")) == 70018
    assert heading(here.get("/device")) == "Enter code"
