"""Every request of Graph's that is served: who may make it, and what comes, word by word as Microsoft publishes it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from typing import Any
from urllib.parse import quote

import pytest

from fakes.declare import Declaration, Mailbox, Service, Token
from fakes.graph import PATHS
from fakes.graph.permissions import table
from tests.fakes.graph.asking import APP, AUDIENCE, EXCHANGE, GRAPH, HELPDESK, TENANT, Asking, declare, refusal
from tests.fakes.serving import serving

ROOT = "https://graph.microsoft.com/v1.0/$metadata#"
NINE = "offline_access IMAP.AccessAsUser.All POP.AccessAsUser.All SMTP.Send Mail.Read User.Read email openid profile"
LOW = (
    ("7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access"),
    ("652390e4-393a-48de-9484-05f9b1212954", "IMAP.AccessAsUser.All"),
)

CONTRACT: list[tuple[str, str, dict[str, Any]]] = [
    ("/v1.0/users/helpdesk@contoso.example/licenseDetails", "LicenseAssignment.Read.All", {
        "@odata.context": f"{ROOT}users('{HELPDESK}')/licenseDetails",
        "value": [{
            "skuId": "3b555118-da6a-4418-894f-7df1e2096870",
            "skuPartNumber": "O365_BUSINESS_ESSENTIALS",
            "servicePlans": [
                {"servicePlanId": "9aaf7827-d63c-4b61-89c3-182f06f82e5c", "servicePlanName": "EXCHANGE_S_STANDARD",
                 "provisioningStatus": "Success", "appliesTo": "User"},
                {"servicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929", "servicePlanName": "TEAMS1",
                 "provisioningStatus": "Success", "appliesTo": "User"},
            ],
        }],
    }),
    ("/v1.0/users/helpdesk@contoso.example?$select=id,userPrincipalName,mail,proxyAddresses,accountEnabled", "User.Read.All", {
        "@odata.context": f"{ROOT}users(id,userPrincipalName,mail,proxyAddresses,accountEnabled)/$entity",
        "id": HELPDESK,
        "userPrincipalName": "helpdesk@contoso.example",
        "mail": "helpdesk@contoso.example",
        "proxyAddresses": ["SMTP:helpdesk@contoso.example"],
        "accountEnabled": True,
    }),
    (f"/v1.0/users/{HELPDESK}", "User.ReadBasic.All", {
        "@odata.context": f"{ROOT}users/$entity",
        "businessPhones": [], "displayName": "Helpdesk", "givenName": None, "jobTitle": None,
        "mail": "helpdesk@contoso.example", "mobilePhone": None, "officeLocation": None, "preferredLanguage": None,
        "surname": None, "userPrincipalName": "helpdesk@contoso.example", "id": HELPDESK,
    }),
    ("/v1.0/users?$filter=accountEnabled eq true&$select=userPrincipalName&$top=1", "User.Read.All", {
        "@odata.context": f"{ROOT}users(userPrincipalName)", "value": [{"userPrincipalName": "helpdesk@contoso.example"}],
    }),
    ("/v1.0/me?$select=displayName", "User.Read", {
        "@odata.context": f"{ROOT}users(displayName)/$entity", "displayName": "Reader",
    }),
    ("/v1.0/me/licenseDetails", "User.Read", {"value": []}),
    ("/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole", "User.Read", {
        "@odata.context": f"{ROOT}directoryRoles",
        "value": [{"displayName": "Global Reader", "roleTemplateId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"}],
    }),
    ("/v1.0/organization", "User.Read", {
        "@odata.context": f"{ROOT}organization", "value": [{"id": TENANT, "displayName": "Contoso", "tenantType": "AAD"}],
    }),
    ("/v1.0/subscribedSkus", "LicenseAssignment.Read.All", {
        "@odata.context": f"{ROOT}subscribedSkus",
        "value": [{
            "skuId": "3b555118-da6a-4418-894f-7df1e2096870", "skuPartNumber": "O365_BUSINESS_ESSENTIALS",
            "capabilityStatus": "Enabled", "consumedUnits": 1, "appliesTo": "User",
            "prepaidUnits": {"enabled": 6, "suspended": 0, "warning": 0, "lockedOut": 0},
        }],
    }),
    ("/v1.0/policies/authorizationPolicy", "Policy.Read.All", {
        "@odata.context": f"{ROOT}policies/authorizationPolicy/$entity",
        "id": "authorizationPolicy", "allowInvitesFrom": "everyone", "blockMsolPowerShell": False,
        "defaultUserRolePermissions": {
            "allowedToCreateApps": True,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-low", ...],
        },
    }),
    ("/beta/policies/authorizationPolicy/authorizationPolicy", "Policy.Read.All", {
        "id": "authorizationPolicy",
        "permissionGrantPolicyIdsAssignedToDefaultUserRole": [
            "ManagePermissionGrantsForSelf.microsoft-user-default-low", ...,
        ],
    }),
    ("/beta/policies/authorizationPolicy", "Policy.Read.All", {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata#policies/authorizationPolicy",
        "value": [{"id": "authorizationPolicy", "enabledPreviewFeatures": []}],
    }),
    ("/v1.0/policies/permissionGrantPolicies", "Policy.Read.PermissionGrant", {
        "value": [{"id": "microsoft-user-default-low"}, ...],
    }),
    ("/v1.0/policies/permissionGrantPolicies/microsoft-user-default-low?$expand=includes,excludes", "Policy.Read.PermissionGrant", {
        "@odata.context": f"{ROOT}permissionGrantPolicies(includes(),excludes())/$entity",
        "id": "microsoft-user-default-low",
        "includes": [
            {"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"],
             "resourceApplication": "any", "clientApplicationsFromVerifiedPublisherOnly": True},
            {"permissionClassification": "low", "clientApplicationTenantIds": [TENANT],
             "clientApplicationsFromVerifiedPublisherOnly": False},
        ],
        "excludes": [],
    }),
    ("/v1.0/policies/adminConsentRequestPolicy", "Policy.Read.All", {
        "@odata.context": f"{ROOT}policies/adminConsentRequestPolicy/$entity",
        "isEnabled": False, "notifyReviewers": False, "remindersEnabled": False, "requestDurationInDays": 0,
        "version": 0, "reviewers": [],
    }),
    ("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy", "Policy.Read.All", {
        "id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults", "isEnabled": False,
    }),
    ("/v1.0/identity/conditionalAccess/policies", "Policy.Read.All", {
        "@odata.context": f"{ROOT}identity/conditionalAccess/policies", "value": [],
    }),
    ("/v1.0/servicePrincipals?$filter=displayName eq 'Axence OAuth2 Authentication'", "Application.Read.All", {
        "@odata.context": f"{ROOT}servicePrincipals",
        "value": [{
            "id": APP, "appId": "2f8a7c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b", "displayName": "Axence OAuth2 Authentication",
            "accountEnabled": True, "appRoleAssignmentRequired": False, "disabledByMicrosoftStatus": None,
            "signInAudience": "AzureADMultipleOrgs", "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
            "verifiedPublisher": {"displayName": "Axence Sp. z o.o.", "verifiedPublisherId": "6512834",
                                  "addedDateTime": "2023-02-01T09:00:00Z"},
        }],
    }),
    (f"/v1.0/servicePrincipals/{EXCHANGE}?$select=appId,displayName", "Application.Read.All", {
        "@odata.context": f"{ROOT}servicePrincipals(appId,displayName)/$entity",
        "appId": "00000002-0000-0ff1-ce00-000000000000", "displayName": "Office 365 Exchange Online",
    }),
    ("/v1.0/servicePrincipals(appId='00000002-0000-0ff1-ce00-000000000000')?$select=oauth2PermissionScopes", "Application.Read.All", {
        "oauth2PermissionScopes": [
            {"id": "6223a6d3-53ef-4f8f-982a-895b39483c61", "value": "User.Read", "type": "User", "isEnabled": True}, ...,
        ],
    }),
    ("/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')/delegatedPermissionClassifications", "Application.Read.All", {
        "@odata.context": f"{ROOT}servicePrincipals('{GRAPH}')/delegatedPermissionClassifications",
        "value": [*({"permissionId": guid, "permissionName": name, "classification": "low"} for guid, name in LOW), ...],
    }),
    (f"/v1.0/servicePrincipals/{EXCHANGE}/delegatedPermissionClassifications", "Application.Read.All", {
        "value": [{"permissionId": "195adc35-e27b-454b-a7ed-1ecdffa1c09f", "permissionName": "IMAP.AccessAsUser.All",
                   "classification": "low"}, ...],
    }),
    (f"/v1.0/servicePrincipals/{APP}/appRoleAssignedTo", "Application.Read.All", {"value": []}),
    (f"/v1.0/servicePrincipals/{APP}/appRoleAssignments", "Application.Read.All", {"value": []}),
    (f"/v1.0/servicePrincipals/{APP}/oauth2PermissionGrants", "Directory.Read.All", {
        "value": [{"clientId": APP, "resourceId": GRAPH}, ...],
    }),
    (f"/v1.0/oauth2PermissionGrants?$filter=clientId eq '{APP}' and consentType eq 'AllPrincipals'", "Directory.Read.All", {
        "@odata.context": f"{ROOT}oauth2PermissionGrants",
        "value": [{"clientId": APP, "consentType": "AllPrincipals", "principalId": None, "resourceId": GRAPH,
                   "scope": f" {NINE}"}],
    }),
    ("/v1.0/users/helpdesk@contoso.example/oauth2PermissionGrants", "Directory.Read.All", {
        "@odata.context": f"{ROOT}users('{HELPDESK}')/oauth2PermissionGrants",
        "value": [{"clientId": APP, "consentType": "Principal", "principalId": HELPDESK, "resourceId": GRAPH,
                   "scope": f" {NINE}"}],
    }),
    ("/v1.0/users/helpdesk@contoso.example/appRoleAssignments", "Directory.Read.All", {"value": []}),
    ("/v1.0/auditLogs/signIns", "AuditLog.Read.All", {"@odata.context": f"{ROOT}auditLogs/signIns", "value": []}),
    ("/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Consent to application'&$top=1", "AuditLog.Read.All", {
        "value": [{
            "category": "ApplicationManagement", "activityDisplayName": "Consent to application", "result": "success",
            "activityDateTime": "2027-01-14T08:00:00Z", "loggedByService": "Core Directory",
            "targetResources": [{"id": APP, "displayName": "Axence OAuth2 Authentication", "type": "ServicePrincipal"}],
        }],
    }),
]  # fmt: skip
"""A request, the least permission that it needs, and what must be in the answer; ``...`` stands for more of a list."""
ELSEWHERE = ("mailboxSettings", "oauth2PermissionGrants", "appRoleAssignments")
"""What has its own tests, in graph/test_users.py."""
REFUSED = (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def assert_in(expected: object, found: object, where: str = "") -> None:
    """Hold what was found against what must be in it."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), where
        for key, value in expected.items():
            assert key in found, f"{where}.{key}"
            assert_in(value, found[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        wanted = [item for item in expected if item is not ...]
        assert len(found) > len(wanted) if ... in expected else len(found) == len(wanted), where
        for number, item in enumerate(wanted):
            assert_in(item, found[number], f"{where}[{number}]")
    else:
        assert found == expected, where


@pytest.mark.parametrize(("url", "permission", "expected"), CONTRACT, ids=[row[0] for row in CONTRACT])
def test_the_least_permission_is_enough_for_the_published_shape(
    url: str, permission: str, expected: dict[str, Any]
) -> None:
    assert_in(expected, Asking().read(url, permission))


@pytest.mark.parametrize("url", [row[0] for row in CONTRACT])
def test_without_it_the_request_is_denied(url: str) -> None:
    assert refusal(Asking().get(url, "Calendars.Read")) == REFUSED


def test_every_path_has_its_row_of_permissions_and_the_reverse() -> None:
    served = {permission or path for path, permission, _ in PATHS} | {"/policies/authorizationPolicy"}
    assert served == set(table())


def test_every_path_is_in_the_contract() -> None:
    """Either version of it, by name or by appId: what answers is the same."""
    asked = {url.partition("?")[0].partition("/")[2].partition("/")[2] for url, _, _ in CONTRACT}
    asked |= {f"{who}/{what}" for who in ("me", "users/x") for what in ELSEWHERE}
    left = []
    for path, _, _ in PATHS:
        pattern = re.sub(r"\{\w+\}", "[^/]+", re.escape(path[1:]).replace(r"\{", "{").replace(r"\}", "}"))
        if "(appId=" not in path and not any(re.fullmatch(pattern, item) for item in asked):
            left.append(path)
    assert left == []


@pytest.mark.parametrize("path", ["/v1.0/nothing", "/v1.0/users/helpdesk@contoso.example/nothing", "/v2.0/me"])
def test_a_path_that_does_not_exist_is_a_bad_request(path: str) -> None:
    status, code, message = refusal(Asking().get(path, "User.Read"))
    assert (status, code) == (400, "BadRequest")
    assert message == f"Resource not found for the segment '{path.rpartition('/')[2]}'."
    assert refusal(Asking().ask(path))[0] == 401


def test_a_client_of_the_standard_library_follows_pages_over_tls() -> None:
    declared = declare()
    declared.tenant.users = 2300
    with serving(Service(speaks="http", serves="graph"), declared) as served:
        token = served.directory.issue(
            Token(audience=AUDIENCE, user="reader@contoso.example", scopes=("User.Read.All",))
        )
        client = http.client.HTTPSConnection(served.host, served.port, context=served.context, timeout=5)
        path, names, requests = "/v1.0/users?$top=999&$select=userPrincipalName", [], 0
        while path:
            client.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            page = json.load(client.getresponse())
            names += [row["userPrincipalName"] for row in page["value"]]
            path = page.get("@odata.nextLink", "").removeprefix(f"https://{served.host}:{served.port}")
            requests += 1
        client.close()
    assert (len(names), len(set(names)), requests) == (2302, 2302, 3)


def test_curl_reads_the_licences_of_one_of_fifty_thousand() -> None:
    declared = declare()
    declared.tenant.users = 50000
    with serving(Service(speaks="http", serves="graph", tls="none"), declared) as served:
        token = served.directory.issue(
            Token(audience=AUDIENCE, user="reader@contoso.example", scopes=("User.Read.All", "Directory.Read.All"))
        )
        base = f"http://{served.host}:{served.port}/v1.0"

        def get(path: str) -> dict[str, Any]:
            command = [
                "curl",
                "--silent",
                "--fail-with-body",
                "--max-time",
                "5",
                "--oauth2-bearer",
                token,
                f"{base}{path}",
            ]
            found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            return found

        user = get("/users/user49999@contoso.example?$select=id")
        wanted = quote(f"clientId eq '{APP}' and principalId eq '{user['id']}'")
        grants = get(f"/oauth2PermissionGrants?$filter={wanted}")["value"]
        licences = get(f"/users/{user['id']}/licenseDetails")["value"]
    assert [item["principalId"] for item in grants] == [user["id"]]
    assert [item["skuPartNumber"] for item in licences] == ["O365_BUSINESS_ESSENTIALS"]


def test_a_change_of_the_directory_shows_at_the_next_request() -> None:
    here = Asking(Declaration(mailbox=Mailbox(address="me@contoso.example", roles=("Global Reader",))))
    path = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"
    before = here.read(path, "Policy.Read.All", user="me@contoso.example")["isEnabled"]
    here.directory.tenant.security_defaults = True
    after = here.read(path, "Policy.Read.All", user="me@contoso.example")["isEnabled"]
    assert (before, after) == (False, True)
