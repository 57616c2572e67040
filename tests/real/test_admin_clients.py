"""An administrator's own tools against the emulated organisation: Microsoft's library signs in, requests reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msal
import pytest
import requests

from fakes.declare import Application, Mailbox, Tenant
from fakes.organisation import CLIENT_ID, PERMISSIONS
from tests.real.live import Live, declared, live

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("nothing_told")
ADMIN = "admin@contoso.example"
HELPDESK = "helpdesk@contoso.example"
GRAPH = ["https://graph.microsoft.com/Directory.Read.All", "https://graph.microsoft.com/Policy.Read.All"]
EXCHANGE = ["https://outlook.office365.com/Exchange.Manage"]


class Desk:
    """What the administrator works with."""

    def __init__(self, world: Live) -> None:
        """Sign in once, for Graph; other tokens come from the refresh token."""
        authority = "https://login.microsoftonline.com/contoso.example"
        self._web = {"verify": str(world.ca_file), "proxies": {"https": world.proxy}}
        self._app = msal.PublicClientApplication(CLIENT_ID, authority=authority, **self._web)
        flow = self._app.initiate_auth_code_flow(GRAPH, redirect_uri="http://localhost", response_mode="form_post")
        person = world.person(user=ADMIN)
        world.run(person.sign_in(flow["auth_uri"]))
        assert person.posted is not None
        found = self._app.acquire_token_by_auth_code_flow(flow, dict(parse_qsl(person.posted.decode())))
        assert found.get("token_type") == "Bearer", found

    def _headers(self, scopes: list[str]) -> dict[str, str]:
        (account,) = self._app.get_accounts()
        found = self._app.acquire_token_silent(scopes, account)
        return {"Authorization": f"Bearer {found['access_token']}", "X-AnchorMailbox": f"UPN:{ADMIN}"}

    def graph(self, path: str, **query: str) -> Any:  # noqa: ANN401  any document
        """Read from Graph, all pages of it where there are several."""
        url: str | None = f"https://graph.microsoft.com/v1.0{path}"
        rows: list[Any] = []
        while url:
            options = {f"${name}": value for name, value in query.items()}
            reply = requests.get(url, options, headers=self._headers(GRAPH), timeout=10, **self._web)  # type: ignore[arg-type]
            reply.raise_for_status()
            page = reply.json()
            if "value" not in page:
                return page
            rows, url, query = rows + page["value"], page.get("@odata.nextLink"), {}
        return rows

    def cmdlet(self, name: str, **parameters: str) -> Any:  # noqa: ANN401  any document
        """Run a cmdlet as Exchange's PowerShell module does."""
        url = "https://outlook.office365.com/adminapi/beta/contoso.example/InvokeCommand"
        body = {"CmdletInput": {"CmdletName": name, "Parameters": parameters}}
        reply = requests.post(url, json=body, headers=self._headers(EXCHANGE), timeout=10, **self._web)  # type: ignore[arg-type]
        reply.raise_for_status()
        return reply.json()["value"]


def test_a_tenant_is_read_and_a_change_is_seen(tmp_path: Path) -> None:
    consented = Application(admin_consent=(*PERMISSIONS, *GRAPH, *EXCHANGE))
    admin = Mailbox(address=ADMIN, plans=(), roles=("Global Administrator",))
    world_of = declared(application=consented, mailboxes={"admin": admin}, tenant=Tenant(users=1500))
    with live(world_of, tmp_path) as world:
        desk = Desk(world)
        names = [user["userPrincipalName"] for user in desk.graph("/users", top="999", select="userPrincipalName")]
        assert (len(names), len(set(names)), names[:2]) == (1502, 1502, [HELPDESK, ADMIN])
        (app,) = desk.graph("/servicePrincipals", filter=f"appId eq '{CLIENT_ID}'")
        grants = desk.graph(
            "/oauth2PermissionGrants", filter=f"clientId eq '{app['id']}' and consentType eq 'AllPrincipals'"
        )
        assert {"IMAP.AccessAsUser.All", "Directory.Read.All"} < {
            name for row in grants for name in row["scope"].split()
        }
        assert desk.graph(f"/users/{HELPDESK}/licenseDetails")[0]["skuPartNumber"] == "O365_BUSINESS_ESSENTIALS"
        assert desk.cmdlet("Get-CASMailbox", Identity=HELPDESK)[0]["ImapEnabled"] is True
        box = world.stage.world.directory.find(HELPDESK)
        assert box is not None
        box.imap, box.plans = False, ()
        assert desk.graph(f"/users/{HELPDESK}/licenseDetails") == []
        with pytest.raises(requests.HTTPError, match="404 Client Error"):
            desk.cmdlet("Get-CASMailbox", Identity=HELPDESK)


def test_somebody_without_a_role_reads_no_policy(tmp_path: Path) -> None:
    consented = Application(admin_consent=(*PERMISSIONS, *GRAPH, *EXCHANGE))
    world_of = declared(application=consented, mailboxes={"admin": Mailbox(address=ADMIN)})
    with live(world_of, tmp_path) as world:
        desk = Desk(world)
        assert desk.graph(f"/users/{HELPDESK}")["mail"] == HELPDESK
        with pytest.raises(requests.HTTPError, match="403 Client Error"):
            desk.graph("/policies/authorizationPolicy")
        with pytest.raises(requests.HTTPError, match="403 Client Error"):
            desk.cmdlet("Get-TransportConfig")
