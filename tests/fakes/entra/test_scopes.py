"""What a request asks for."""

from __future__ import annotations

import pytest

from fakes.declare import Application
from fakes.entra.aadsts import Refused
from fakes.entra.scopes import consented, first_resource, for_one, read, registered
from fakes.organisation import PERMISSIONS
from fakes.permissions import take_apart
from tests.fakes.entra.asking import ADDRESS, NO_CONSENT, Asking, world

SMTP = "https://outlook.office.com/SMTP.Send"
GRAPH = "https://graph.microsoft.com/Mail.Read"


def test_one_resource_besides_the_scopes_of_the_sign_in() -> None:
    wanted = for_one(f"{SMTP} offline_access openid")
    assert (wanted.resource.key, wanted.audience) == ("exchange", "https://outlook.office.com")
    assert (len(wanted.asked), wanted.sign_in) == (1, frozenset({"offline_access", "openid"}))
    assert for_one("openid").resource.key == "graph"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{SMTP} {GRAPH}", 28000),
        (f"{SMTP} https://outlook.office365.com/SMTP.Send", 28000),
        ("https://nobody.example/.default", 500011),
        ("https://outlook.office.com/SMTP.Receive", 70011),
    ],
)
def test_anything_else_is_refused(text: str, number: int) -> None:
    with pytest.raises(Refused) as caught:
        for_one(text)
    assert caught.value.number == number


def test_the_first_resource_is_the_one_a_code_is_for() -> None:
    assert first_resource(read(f"openid {GRAPH} {SMTP}")) == f"openid {GRAPH}"


def test_all_that_is_registered_stands_for_default() -> None:
    app = Application()
    assert registered(read(SMTP), app) == read(SMTP)
    found = registered(read("https://outlook.office.com/.default openid"), app)
    assert {item.permission for item in found} == {*PERMISSIONS}


def test_a_token_says_all_that_was_consented_to() -> None:
    here = Asking()
    assert consented(for_one(SMTP), here.directory, ADDRESS)[0] == "IMAP.AccessAsUser.All"
    without = Asking(world(application=NO_CONSENT)).directory
    for text in (SMTP, "https://outlook.office.com/.default"):
        with pytest.raises(Refused):
            consented(for_one(text), without, ADDRESS)
    without.consents.grant([take_apart(SMTP)], ADDRESS)
    assert consented(for_one(SMTP), without, ADDRESS) == ("SMTP.Send",)
