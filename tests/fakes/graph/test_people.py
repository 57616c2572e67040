"""Users as Graph shows them."""

from __future__ import annotations

import pytest

from fakes.declare import Mailbox
from fakes.graph import people
from fakes.graph.errors import GraphError
from tests.fakes.graph.asking import ADDRESS, HELPDESK, Asking, declare

EXCHANGE_1 = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"


def test_a_user_is_found_by_sign_in_name_and_by_id_but_not_by_another_address() -> None:
    directory = Asking(declare(mailbox=Mailbox(address=ADDRESS, upn="hd@contoso.example"))).directory
    box = people.find(directory, "HD@contoso.example")
    assert people.find(directory, people.user_id(box).upper()) is box
    for stranger in (ADDRESS, "nobody@contoso.example", HELPDESK):
        with pytest.raises(GraphError, match=f"Resource '{stranger}' does not exist"):
            people.find(directory, stranger)


def test_one_of_many_is_found_by_id() -> None:
    declared = declare()
    declared.tenant.users = 1000
    directory = Asking(declared).directory
    key = people.user_id(people.find(directory, "user01000@contoso.example"))
    assert people.find(directory, key).address == "user01000@contoso.example"


def test_licences_are_seen_at_the_user() -> None:
    directory = Asking(declare(mailbox=Mailbox(address=ADDRESS, licensed_ago=3600))).directory
    row = people.user(people.find(directory, ADDRESS), directory)
    assert row["assignedPlans"][0] == {  # type: ignore[index]
        "assignedDateTime": "2027-01-15T07:00:00Z",
        "capabilityStatus": "Enabled",
        "service": "exchange",
        "servicePlanId": EXCHANGE_1,
    }
    assert row["licenseAssignmentStates"][0]["lastUpdatedDateTime"] == "2027-01-15T07:00:00Z"  # type: ignore[index]


def test_without_a_mailbox_there_is_no_address() -> None:
    box = Mailbox(address=ADDRESS, plans=("EXCHANGE_S_FOUNDATION",), enabled=False, sessions_revoked_ago=60)
    row = people.user(box, Asking(declare(mailbox=box)).directory)
    assert (row["mail"], row["proxyAddresses"], row["accountEnabled"]) == (None, [], False)
    assert row["signInSessionsValidFromDateTime"] == "2027-01-15T07:59:00Z"


def test_roles_keep_their_templates() -> None:
    found = list(people.directory_roles(Mailbox(address=ADDRESS, roles=("Exchange Administrator", "Own Role"))))
    assert found[0]["roleTemplateId"] == "29232cdf-9323-42fd-ade2-1d097af3e4de"
    assert found[1]["displayName"] == "Own Role"


def test_names_are_made_of_addresses() -> None:
    assert people.display_name(Mailbox(address="anna.nowak@contoso.example")) == "Anna Nowak"


@pytest.mark.parametrize(
    "equals",
    [
        {"id": HELPDESK},
        {"userPrincipalName": ADDRESS},
        {"mail": ADDRESS, "accountEnabled": "true"},
        {"proxyAddresses": f"smtp:{ADDRESS}"},
    ],
)
def test_who_can_have_certain_values(equals: dict[str, str]) -> None:
    declared = declare()
    declared.tenant.users = 1000
    found = list(people.users(Asking(declared).directory, equals))
    assert [row["id"] for row in found] == [HELPDESK]
    assert list(people.users(Asking(declared).directory, {"mail": "nobody@x"})) == []
