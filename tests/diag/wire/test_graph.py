"""Bodies of Microsoft Graph and of Exchange's administration into facts: the published shapes, and everything else."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.model.tenant import (
    ClassifiedPermission,
    ConsentCondition,
    ConsentSetting,
    DirectoryChange,
    EnterpriseApplication,
    MailSwitches,
    PermissionGrant,
    Question,
    RoleAssignment,
    ServicePlan,
    UserAccount,
)
from diag.wire import graph
from diag.wire.lines import Malformed

APPLICATION: dict[str, Any] = {
    "id": "a1", "appId": "c1", "displayName": "Axence", "accountEnabled": True, "appOwnerOrganizationId": "t1",
    "appRoleAssignmentRequired": False, "disabledByMicrosoftStatus": None,
    "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
}  # fmt: skip
PLANS = [
    {
        "assignedDateTime": "2026-11-25T08:00:00Z",
        "capabilityStatus": "Enabled",
        "service": "exchange",
        "servicePlanId": "p",
    },
    {
        "assignedDateTime": "2026-11-25T08:30:00Z",
        "capabilityStatus": "Enabled",
        "service": "SharePoint",
        "servicePlanId": "p",
    },
    {
        "assignedDateTime": "2026-11-25T08:40:00Z",
        "capabilityStatus": "Deleted",
        "service": "exchange",
        "servicePlanId": "p",
    },
]


@pytest.mark.parametrize(
    ("question", "item", "expected"),
    [
        (Question.USER, {"id": "u1", "userPrincipalName": "u@d", "accountEnabled": True, "assignedPlans": PLANS},
         [UserAccount(id="u1", name="u@d", enabled=True, mail_plan_since="2026-11-25T08:00:00Z")]),
        (Question.LICENCES, {"skuPartNumber": "ENTERPRISEPACK", "servicePlans": [
            {"servicePlanName": "EXCHANGE_S_ENTERPRISE", "provisioningStatus": "Success", "appliesTo": "User"}]},
         [ServicePlan(name="EXCHANGE_S_ENTERPRISE", status="Success", product="ENTERPRISEPACK")]),
        (Question.USER_CONSENT, {"id": "authorizationPolicy", "defaultUserRolePermissions": {
            "allowedToCreateApps": True, "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.x"]}},
         [ConsentSetting(policies=("ManagePermissionGrantsForSelf.x",))]),
        (Question.CONSENT_POLICY, {"id": "x", "includes": [
            {"permissionType": "delegated", "permissionClassification": "low", "resourceApplication": "any", "permissions": ["all"],
             "clientApplicationIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": True}],
            "excludes": [{"permissionType": "delegated", "permissionClassification": "all", "resourceApplication": "r", "permissions": ["p"]}]},
         [ConsentCondition(excludes=False, permission_type="delegated", classification="low", verified_publisher=True),
          ConsentCondition(excludes=True, permission_type="delegated", resource="r", permissions=("p",))]),
        (Question.CLASSIFICATIONS, {"id": "2SG", "permissionId": "p", "permissionName": "SMTP.Send", "classification": "low"},
         [ClassifiedPermission(name="SMTP.Send", classification="low")]),
        (Question.APPLICATION, APPLICATION,
         [EnterpriseApplication(id="a1", client_id="c1", name="Axence", enabled=True, assignment_required=False, owner="t1")]),
        (Question.APPLICATION, APPLICATION | {"verifiedPublisher": {"displayName": "Axence Inc.", "verifiedPublisherId": "5"},
                                              "disabledByMicrosoftStatus": "DisabledDueToViolationOfServicesAgreement"},
         [EnterpriseApplication(id="a1", client_id="c1", name="Axence", enabled=True, assignment_required=False, owner="t1",
                                publisher="Axence Inc.", disabled_by_microsoft=True)]),
        (Question.ADMIN_GRANTS, {"clientId": "a1", "consentType": "AllPrincipals", "principalId": None, "resourceId": "r",
                                 "scope": " IMAP.AccessAsUser.All  SMTP.Send"},
         [PermissionGrant(by="admin", resource="r", permissions=("IMAP.AccessAsUser.All", "SMTP.Send"))]),
        (Question.USER_GRANTS, {"clientId": "a1", "consentType": "Principal", "principalId": "u", "resourceId": "r", "scope": ""},
         [PermissionGrant(by="user", resource="r", permissions=())]),
        (Question.ASSIGNMENT, {"principalDisplayName": "Helpdesk", "createdDateTime": "2026-01-01T00:00:00Z"},
         [RoleAssignment(to="Helpdesk", since="2026-01-01T00:00:00Z")]),
        (Question.MAILBOX_SWITCHES, {"Identity": "u", "ImapEnabled": True, "PopEnabled": False,
                                     "SmtpClientAuthenticationDisabled": None, "WhenChangedUTC": "2026-11-25T08:55:00"},
         [MailSwitches(imap=True, pop=False, smtp_auth=None, changed="2026-11-25T08:55:00")]),
        (Question.ORGANISATION_SWITCHES, {"SmtpClientAuthenticationDisabled": True}, [MailSwitches(smtp_auth=False)]),
        (Question.CHANGES, {"activityDisplayName": "Consent to application", "activityDateTime": "2026-11-25T08:57:00Z",
                            "targetResources": [{"id": "a1"}, {"id": None}]},
         [DirectoryChange(activity="Consent to application", at="2026-11-25T08:57:00Z", targets=("a1",))]),
    ],
)  # fmt: skip
def test_published_shapes(question: Question, item: dict[str, Any], expected: list[object]) -> None:
    assert list(graph.facts(question, [item])) == expected


@pytest.mark.parametrize(
    ("question", "item", "message"),
    [
        (Question.USER, {"id": "u1"}, "userPrincipalName"),
        (Question.USER, {"id": "u1", "userPrincipalName": "u", "accountEnabled": "yes"}, "accountEnabled"),
        (Question.USER_CONSENT, {}, "defaultUserRolePermissions"),
        (Question.ADMIN_GRANTS, {"consentType": 5, "resourceId": "r"}, "consentType"),
    ],
)
def test_another_shape_is_no_guess(question: Question, item: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        graph.facts(question, [item])


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_anything_is_facts_or_malformed(data: object) -> None:
    body = data if isinstance(data, dict) else {"value": data}
    for question in Question:
        with contextlib.suppress(Malformed):
            graph.facts(question, graph.items(body))
        with contextlib.suppress(Malformed):
            graph.facts(question, [body])
    graph.error_of(body)
    graph.next_page(body)


def test_texts_are_bounded_and_harmless() -> None:
    item = {"id": "\x1b[2J" + "x" * 5000, "userPrincipalName": "\u202eu@d"}
    (user,) = graph.facts(Question.USER, [item])
    assert isinstance(user, UserAccount)
    assert len(user.id) <= graph.LONGEST
    assert "\x1b" not in user.id
    assert "\u202e" not in user.name


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}},
         ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")),
        ({"error": {"code": "NotFound", "message": "Error executing request.", "details": [
            {"code": "Context", "message": "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed"}]}},
         ("NotFound", "The operation couldn't be performed")),
        ({"error": {"code": "X", "message": "m", "innererror": {"internalexception": {"type": "A.B.ManagementObjectNotFoundException", "message": "gone"}}}},
         ("ManagementObjectNotFoundException", "gone")),
        ({"error": "invalid"}, ("", "")),
        ({}, ("", "")),
    ],
)  # fmt: skip
def test_errors(body: dict[str, Any], expected: tuple[str, str]) -> None:
    code, message = graph.error_of(body)
    assert message == expected[1]
    assert code in {expected[0], "Ex6F9304"}


@pytest.mark.parametrize(
    ("status", "code", "absent"),
    [
        (404, "Request_ResourceNotFound", True),
        (404, "", False),  # of the path itself, such as when an undocumented interface is gone
        (404, "UnknownError", False),
        (400, "Request_ResourceNotFound", True),
        (400, "BadRequest", False),
        (403, "Authorization_RequestDenied", False),
    ],
)
def test_not_there(status: int, code: str, *, absent: bool) -> None:
    body = {"error": {"code": code, "message": "m"}} if code else {}
    assert graph.is_not_there(status, body) is absent
