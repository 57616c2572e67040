"""Who may ask what."""

from __future__ import annotations

import pytest

from fakes.bearers import Caller
from fakes.declare import Mailbox
from fakes.graph.errors import GraphError
from fakes.graph.permissions import check, table

POLICY = "/policies/authorizationPolicy"
LICENCES = "/users/{id}/licenseDetails"
USER = Mailbox(address="reader@contoso.example")


def user(*permissions: str, roles: tuple[str, ...] = ()) -> Caller:
    return Caller(user=USER, permissions=frozenset(permissions), roles=frozenset(roles))


def app(*permissions: str) -> Caller:
    return Caller(user=None, permissions=frozenset(permissions), roles=frozenset())


@pytest.mark.parametrize(
    ("path", "who", "itself"),
    [
        (POLICY, user("Policy.Read.All", roles=("Global Reader",)), False),
        (POLICY, user("Policy.ReadWrite.Authorization", roles=("Global Administrator",)), False),
        (POLICY, app("Policy.Read.All"), False),
        (LICENCES, user("LicenseAssignment.Read.All"), False),
        (LICENCES, user("User.Read"), True),
        (LICENCES, app("User.Read.All"), False),
    ],
)
def test_may(path: str, who: Caller, itself: bool) -> None:
    check(path, who, about_itself=itself)


@pytest.mark.parametrize(
    ("path", "who", "itself", "code"),
    [
        (POLICY, user("Policy.Read.All"), False, "Authorization_RequestDenied"),
        (POLICY, user("Policy.Read.All", roles=("Exchange Administrator",)), False, "Authorization_RequestDenied"),
        (POLICY, user("User.Read", roles=("Global Reader",)), False, "Authorization_RequestDenied"),
        (LICENCES, user("User.Read"), False, "Authorization_RequestDenied"),
        (LICENCES, app("User.Read"), True, "Authorization_RequestDenied"),
        ("/me", app("User.Read.All"), False, "BadRequest"),
    ],
)
def test_may_not(path: str, who: Caller, itself: bool, code: str) -> None:
    with pytest.raises(GraphError) as refused:
        check(path, who, about_itself=itself)
    assert refused.value.code == code


def test_a_role_is_asked_for_where_policies_and_logs_are() -> None:
    guarded = {path for path, needed in table().items() if needed.roles}
    assert guarded == {path for path in table() if path.startswith(("/policies", "/identity", "/auditLogs"))}
