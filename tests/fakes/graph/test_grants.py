"""Consents as Graph shows them."""

from __future__ import annotations

from fakes.declare import Application, Tenant
from fakes.graph.grants import every
from fakes.graph.people import find, user_id
from fakes.permissions import take_apart
from tests.fakes.graph.asking import APP, EXCHANGE, GRAPH, HELPDESK, Asking, declare

MANY = Tenant(users=50000)


def test_what_was_consented_to_at_exchange_is_told_apart() -> None:
    app = Application(user_consent=("https://outlook.office.com/IMAP.AccessAsUser.All", "User.Read"), admin_consent=())
    rows = Asking(declare(application=app)).read("/v1.0/oauth2PermissionGrants", "Directory.Read.All")["value"]
    assert [(row["resourceId"], row["principalId"], row["scope"]) for row in rows] == [
        (EXCHANGE, HELPDESK, " IMAP.AccessAsUser.All"),
        (GRAPH, HELPDESK, " User.Read"),
    ]
    assert len({row["id"] for row in rows}) == 2


def test_a_consent_shows_as_soon_as_it_is_given() -> None:
    here = Asking(declare(application=Application(user_consent=(), admin_consent=())))
    assert here.read("/v1.0/oauth2PermissionGrants", "Directory.Read.All")["value"] == []
    here.directory.consents.grant([take_apart("https://outlook.office365.com/SMTP.Send")], None)
    [row] = here.read("/v1.0/oauth2PermissionGrants", "Directory.Read.All")["value"]
    assert (row["clientId"], row["consentType"], row["scope"]) == (APP, "AllPrincipals", " SMTP.Send")


def test_the_consents_of_a_large_organisation_come_in_pages_and_can_be_asked_for_one_by_one() -> None:
    here = Asking(declare(tenant=MANY))
    page = here.read(f"/v1.0/servicePrincipals/{APP}/oauth2PermissionGrants", "Directory.Read.All")
    assert len(page["value"]) == 100
    assert "@odata.nextLink" in page
    key = user_id(find(here.directory, "user40000@contoso.example"))
    mine = here.read(f"/v1.0/users/{key}/oauth2PermissionGrants", "Directory.Read.All")["value"]
    assert [row["principalId"] for row in mine] == [key]
    assert len(list(every(here.directory, {"consentType": "allprincipals"}))) == 2
    assert len(list(every(here.directory, {"principalId": "nobody"}))) == 2


def test_without_the_application_there_are_none() -> None:
    here = Asking(declare(tenant=MANY, application=Application(present=False)))
    assert list(every(here.directory, {})) == []
