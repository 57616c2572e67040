"""Whether a person may use the application."""

from __future__ import annotations

import pytest

from fakes.declare import Application, Mailbox, Tenant
from fakes.entra.aadsts import Refused
from fakes.entra.admission import POLICIES, account_of, check_policies, is_administrator
from tests.fakes.entra.asking import ADDRESS, Asking, world


def test_an_account_signs_in_by_its_name_and_not_by_its_address() -> None:
    here = Asking(world(Mailbox(address=ADDRESS, upn="desk@contoso.example"))).directory
    assert account_of("DESK@contoso.example", here).address == ADDRESS
    for name, number in ((ADDRESS, 50034), ("x@fabrikam.example", 50020), ("x", 50034), ("@", 50034)):
        with pytest.raises(Refused) as caught:
            account_of(name, here)
        assert caught.value.number == number


@pytest.mark.parametrize(("policy", "number"), POLICIES.items())
def test_a_policy_is_never_met(policy: str, number: int) -> None:
    here = Asking(world(tenant=Tenant(access_policy=policy))).directory  # type: ignore[arg-type]
    with pytest.raises(Refused) as caught:
        check_policies(Mailbox(address=ADDRESS), here)
    assert caught.value.number == number


def test_an_assignment_counts_by_the_sign_in_name() -> None:
    app = Application(assignment_required=True, assigned=("desk@contoso.example",))
    here = Asking(world(application=app)).directory
    check_policies(Mailbox(address=ADDRESS, upn="desk@contoso.example"), here)
    with pytest.raises(Refused):
        check_policies(Mailbox(address=ADDRESS), here)


def test_some_roles_consent_for_all() -> None:
    roles = ((), ("Global Reader",), ("Global Administrator",), ("Privileged Role Administrator", "Global Reader"))
    assert [is_administrator(Mailbox(address=ADDRESS, roles=some)) for some in roles] == [False, False, True, True]
