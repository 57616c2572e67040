"""Who has consented, and who may."""

from __future__ import annotations

import pytest

from fakes.consents import Consents
from fakes.declare import Application, Tenant
from fakes.organisation import MAIL_PERMISSIONS
from fakes.permissions import Asked, resources, take_apart

ME = "helpdesk@contoso.example"
ANNA = "anna@contoso.example"
MAIL = [take_apart(f"https://outlook.office.com/{name}") for name in MAIL_PERMISSIONS]
SMTP = [take_apart("https://outlook.office.com/SMTP.Send")]
GRAPH = [take_apart("Mail.Read")]
NONE = Application(user_consent=(), admin_consent=())


def consents(tenant: Tenant | None = None, application: Application | None = None) -> Consents:
    return Consents(tenant or Tenant(), application or NONE, ME, now=lambda: 1_800_000_000.0)


@pytest.mark.parametrize(
    ("application", "user", "missing"),
    [
        (Application(), ME, 0),
        (Application(), ANNA, 0),
        (Application(admin_consent=()), ME.upper(), 0),
        (Application(admin_consent=()), ANNA, 3),
        (Application(user_consent=("SMTP.Send",), admin_consent=()), ME, 2),
        (Application(present=False), ME, 3),
    ],
)
def test_consents_are_a_users_own_or_an_administrators(application: Application, user: str, missing: int) -> None:
    assert len(consents(application=application).missing(MAIL, user)) == missing


def test_what_was_consented_to_is_granted_and_can_be_withdrawn() -> None:
    here = consents()
    here.grant([*MAIL, take_apart("openid")], ME)
    assert here.missing(MAIL, ME) == []
    assert here.granted(resources()["exchange"], ME) == MAIL_PERMISSIONS
    assert here.granted(resources()["graph"], ME) == ()
    assert len(here.missing(MAIL, ANNA)) == 3
    here.given.clear()
    assert len(here.missing(MAIL, ME)) == 3


@pytest.mark.parametrize(
    ("tenant", "application", "asked", "number"),
    [
        (Tenant(), NONE, MAIL, None),
        (Tenant(), Application(verified_publisher=False), MAIL, 90094),
        (Tenant(), Application(verified_publisher=False, tenants="own"), MAIL, None),
        (Tenant(low_impact_graph=(), low_impact_exchange=()), NONE, MAIL, 90094),
        (Tenant(low_impact_graph=("SMTP.Send",), low_impact_exchange=()), NONE, SMTP, None),
        (Tenant(low_impact_exchange=(), low_impact_graph_suffices=False), NONE, SMTP, 90094),
        (Tenant(low_impact_graph=()), NONE, MAIL, None),
        (Tenant(low_impact_graph=()), NONE, GRAPH, 90094),
        (Tenant(user_consent="none"), NONE, SMTP, 90094),
        (Tenant(user_consent="none", consent_requests=True), NONE, SMTP, 90095),
        (Tenant(user_consent="legacy", low_impact_graph=()), NONE, GRAPH, None),
        (Tenant(user_consent="legacy"), Application(verified_publisher=False), MAIL, 900941),
        (Tenant(user_consent="managed"), NONE, MAIL, 90094),
        (Tenant(user_consent="managed"), NONE, SMTP, None),
        (Tenant(user_consent="managed"), NONE, GRAPH, 90094),
        (Tenant(user_consent="managed"), Application(client_id="9e5f94bc-e8a4-4e73-b8be-63364c29d753"), MAIL, None),
        (Tenant(consent_changed_ago=60), NONE, MAIL, 90094),
        (Tenant(consent_changed_ago=601), NONE, MAIL, None),
        (Tenant(user_consent="legacy"), NONE, [take_apart("Policy.Read.All")], 90094),
    ],
)
def test_whether_a_user_may_consent(
    tenant: Tenant, application: Application, asked: list[Asked], number: int | None
) -> None:
    assert consents(tenant, application).refusal(asked) == number
