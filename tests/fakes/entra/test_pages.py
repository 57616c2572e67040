"""The pages that a person sees."""

from __future__ import annotations

import pytest

from fakes.declare import Application
from fakes.entra import pages
from fakes.permissions import take_apart


def test_whatever_is_put_in_is_escaped() -> None:
    text = pages.show("done", heading="<b>", text='"><script>', title="<u>", brand="&").body.decode()
    assert "<b>" not in text
    assert "<u>" not in text
    assert "<script>" not in text
    assert "&lt;b&gt;" in text


def test_no_page_may_be_framed_or_load_anything() -> None:
    headers = dict(pages.error("x").headers)
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_permissions_are_listed_once_with_the_resources_own_first() -> None:
    asked = [take_apart(name) for name in ("openid", "SMTP.Send", "https://outlook.office.com/SMTP.Send", "Invented")]
    text = pages.permissions(asked)
    assert text.count("<li>") == 3
    assert text.index("SMTP AUTH") < text.index("Sign you in")


@pytest.mark.parametrize(("verified", "text"), [(True, "verified publisher"), (False, "unverified")])
def test_the_publisher_is_marked(verified: bool, text: str) -> None:
    assert text in pages.badge(Application(verified_publisher=verified))


@pytest.mark.parametrize("number", pages.APPROVAL)
def test_who_may_not_consent_is_told_who_may(number: int) -> None:
    text = pages.approval(number, Application(), user="me", ctx="c", back="").body.decode()
    assert f"AADSTS{number}" in text
    assert "only an admin can grant" in text


def test_a_form_takes_the_fields_back() -> None:
    text = pages.form_post("https://app.example/", {"state": '"'}).body.decode()
    assert '<input type="hidden" name="state" value="&quot;">' in text
