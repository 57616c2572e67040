"""The log of sign-ins."""

from __future__ import annotations

from fakes.declare import Mailbox, Session, Tenant
from fakes.entra.token import DEVICE
from fakes.organisation import CLIENT_ID
from tests.fakes.entra.asking import ADDRESS, SCOPE, Asking, read, world


def written(here: Asking) -> list[tuple[str, int, str]]:
    return [(item.user, item.error, item.transfer) for item in here.directory.sign_ins.newest_first()]


def test_what_somebody_got_and_what_not_is_written_down() -> None:
    here = Asking()
    page = here.sign_in(here.authorize(), password="wrong")
    here.sign_in(page)
    here.refresh()
    here.directory.consents.given.clear()
    here.refresh()
    assert written(here) == [(ADDRESS, 65001, "none"), (ADDRESS, 0, "none"), (ADDRESS, 50126, "none")]
    assert "has not consented to use the application" in here.directory.sign_ins.newest_first()[0].reason


def test_a_sign_in_that_began_at_a_device_stays_one() -> None:
    here = Asking(world(tenant=Tenant(device_code_blocked=True)))
    here.refresh(Session(by_device=True))
    assert written(here) == [(ADDRESS, 530036, "deviceCodeFlow")]


def test_a_device_that_waits_is_no_attempt() -> None:
    here = Asking(world(Mailbox(address=ADDRESS, locked=True)))
    flow = read(here.post("/common/oauth2/v2.0/devicecode", {"client_id": CLIENT_ID, "scope": SCOPE}))
    here.token(DEVICE, device_code=flow["device_code"])
    assert written(here) == []
    here.sign_in(here.post("/common/oauth2/deviceauth", {"otc": flow["user_code"]}))
    assert written(here) == [(ADDRESS, 50053, "deviceCodeFlow")]
