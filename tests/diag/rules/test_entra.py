"""The address at which an administrator consents leads, as it is printed, to the consent page and back."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from fakes.declare import Application, Mailbox
from tests.diag.cli.running import run
from tests.fakes.entra.asking import ADDRESS, NO_CONSENT, Asking, code_of, heading, returned, world


def consent_address(case: str) -> str:
    result = run("authorize", "--in", case, "--format", "json")
    return str(json.loads(result.stdout)["verdict"]["causes"][0]["values"]["consent_url"])


@pytest.mark.parametrize("case", ["entra/admin-approval-needed", "entra/application-risky"])
def test_the_address_leads_to_the_consent_page_and_back(case: str) -> None:
    address = urlsplit(consent_address(case))
    assert (address.scheme, address.hostname) == ("https", "login.microsoftonline.com")
    here = Asking(world(Mailbox(address=ADDRESS, roles=("Global Administrator",)), application=NO_CONSENT))
    page = here.sign_in(here.get(f"{address.path}?{address.query}"))
    assert heading(page) == "Permissions requested"
    assert returned(here.press(page, "accept"))["admin_consent"] == "True"
    assert {consent.user for consent in here.directory.consents.given} == {None}


def test_without_a_way_back_it_would_not() -> None:
    address = urlsplit(consent_address("entra/admin-approval-needed"))
    query = "&".join(part for part in address.query.split("&") if not part.startswith("redirect_uri="))
    assert code_of(Asking(world()).get(f"{address.path}?{query}")) == 900144
    strange = Asking(world(application=Application(redirect_uris=("https://app.contoso.example/back",))))
    assert code_of(strange.get(f"{address.path}?{address.query}")) == 50011
