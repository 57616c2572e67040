"""Back to the application."""

from __future__ import annotations

from fakes.entra.aadsts import Refused
from fakes.entra.returning import consented, with_code, with_error
from fakes.entra.visit import Visit
from fakes.permissions import take_apart
from tests.fakes.entra.asking import TID, Asking, returned


def test_a_query_is_added_to() -> None:
    location = dict(with_code(Visit("code", (), "http://localhost:1/x?a=b", state="s&t"), "c").headers)["Location"]
    assert location.startswith("http://localhost:1/x?a=b&code=c&session_state=")
    assert location.endswith("&state=s%26t")


def test_without_a_state_none_comes_back() -> None:
    assert "state" not in returned(with_code(Visit("code", (), "http://localhost"), "c"))


def test_an_error_has_a_name_that_a_redirect_may_have() -> None:
    here = Asking().directory
    asked = {
        number: returned(with_error(Visit("code", (), "http://x"), Refused(number), here)) for number in (53003, 65004)
    }
    assert [found["error"] for found in asked.values()] == ["access_denied", "access_denied"]
    assert asked[53003]["error_subcode"] == "message_only"
    silent = Visit("code", (), "http://x", prompt="none")
    assert returned(with_error(silent, Refused(65001), here))["error"] == "interaction_required"


def test_the_consent_of_an_administrator_names_the_tenant() -> None:
    found = returned(consented(Visit("admin", (take_apart("SMTP.Send"),), "http://x", state="1"), Asking().directory))
    assert found == {"admin_consent": "True", "tenant": TID, "scope": "SMTP.Send", "state": "1"}
