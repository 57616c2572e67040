"""Cmdlets by HTTPS: who may, pages, and the form of errors."""

from __future__ import annotations

import asyncio
import http.client
import json
from typing import Any

import pytest

from fakes.declare import Application, Declaration, Mailbox, Service, Tenant, Token
from fakes.directory import Directory
from fakes.server import make_context
from fakes.tokens import identifier
from fakes.web import Reply, Request, answer
from tests.fakes.serving import serving

ME = "helpdesk@contoso.example"
READER = "reader@contoso.example"
TENANT = identifier("contoso.example")
PATH = f"/adminapi/beta/{TENANT}/InvokeCommand"
ANCHOR = f"APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT}"
EXCHANGE = "https://outlook.office365.com"
GOOD = Token(user=READER, audience=EXCHANGE, scopes=("Exchange.Manage",))
SERVICE = Service(speaks="http", serves="exchange-admin")


def declare(**parts: Any) -> Declaration:  # noqa: ANN401  any part
    parts.setdefault("mailbox", Mailbox(address=ME))
    return Declaration(mailboxes={"reader": Mailbox(address=READER, plans=(), roles=("Global Reader",))}, **parts)


def command(name: str = "Get-CASMailbox", **parameters: str) -> bytes:
    return json.dumps({"CmdletInput": {"CmdletName": name, "Parameters": parameters}}).encode()


def invoke(
    body: bytes,
    *,
    token: Token = GOOD,
    declared: Declaration | None = None,
    path: str = PATH,
    query: dict[str, str] | None = None,
    anchor: str = ANCHOR,
    prefer: str = "",
) -> Reply:
    directory = Directory(declared or declare(), now=lambda: 1_800_000_000.0)
    context = make_context(SERVICE, "outlook.office365.com", directory, None, now=lambda: 1_800_000_000.0)
    given = {"authorization": f"Bearer {directory.issue(token)}", "x-anchormailbox": anchor, "prefer": prefer}
    return asyncio.run(answer(Request("POST", path, query or {}, given, body), context))


def read(reply: Reply) -> Any:  # noqa: ANN401  any document
    return json.loads(reply.body)


def refused(reply: Reply) -> tuple[int, str, str]:
    error = read(reply)["error"]
    return reply.status, error["code"], error["innererror"]["internalException"]["message"]


def test_a_mailbox_and_its_switches() -> None:
    found = read(invoke(command(Identity=ME)))
    assert found["@odata.context"].endswith("#Collection(Exchange.GenericHashTable)")
    assert found["@adminapi.warnings"] == []
    [row] = found["value"]
    assert {key: row[key] for key in ("ImapEnabled", "PopEnabled", "SmtpClientAuthenticationDisabled")} == {
        "ImapEnabled": True,
        "PopEnabled": True,
        "SmtpClientAuthenticationDisabled": None,
    }


def test_chosen_properties_and_any_case_of_the_name() -> None:
    found = read(invoke(command("get-casmailbox", Identity=ME), query={"$select": "ImapEnabled, PopEnabled"}))
    assert found["value"] == [{"ImapEnabled": True, "PopEnabled": True}]


@pytest.mark.parametrize("anchor", [f"UPN:{ME}", ANCHOR])
@pytest.mark.parametrize("tenant", [TENANT, "contoso.example"])
def test_ways_to_name_the_organisation(anchor: str, tenant: str) -> None:
    path = f"/adminapi/beta/{tenant}/InvokeCommand"
    assert invoke(command(Identity=ME), path=path, anchor=anchor).status == 200


@pytest.mark.parametrize(
    ("token", "declared", "message"),
    [
        (Token(user=READER, audience=EXCHANGE), None, "Access is denied. The permission Exchange.Manage is missing."),
        (Token(user=ME, audience=EXCHANGE, scopes=("Exchange.Manage",)), None,
         "Access is denied. The user holds no role that is supported in this scenario."),
        (Token(audience=EXCHANGE, roles=("Exchange.ManageAsApp",)), None,
         ("The role assigned to application 2f8a7c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b isn't supported in this scenario. Please "
          "check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only "
          "Authentication.")),
    ],
)  # fmt: skip
def test_who_may_not(token: Token, declared: Declaration | None, message: str) -> None:
    assert refused(invoke(command(Identity=ME), token=token, declared=declared)) == (403, "Forbidden", message)


def test_an_application_with_a_directory_role_may() -> None:
    declared = declare(application=Application(directory_roles=("Exchange Administrator",)))
    token = Token(audience=EXCHANGE, roles=("Exchange.ManageAsApp",))
    assert invoke(command(Identity=ME), token=token, declared=declared).status == 200


def test_a_token_for_graph_opens_nothing() -> None:
    reply = invoke(
        command(), token=Token(user=READER, audience="https://graph.microsoft.com", scopes=("Exchange.Manage",))
    )
    assert (reply.status, reply.body) == (401, b"")
    assert "Bearer" in dict(reply.headers)["WWW-Authenticate"]


def test_another_tenant_is_not_ours() -> None:
    reply = invoke(command(), path=f"/adminapi/beta/{identifier('fabrikam.example')}/InvokeCommand")
    assert refused(reply)[:2] == (403, "Forbidden")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"CmdletInput": 1}', b'{"CmdletInput": {"CmdletName": "Get-CASMailbox", "Parameters": [1]}}'],
)
def test_a_body_that_is_no_command(body: bytes) -> None:
    assert refused(invoke(body)) == (400, "BadRequest", "The request body is not valid.")


def test_what_is_no_cmdlet_here() -> None:
    status, code, message = refused(invoke(command("Set-CASMailbox", Identity=ME)))
    assert (status, code) == (400, "BadRequest")
    assert message.startswith("The term 'Set-CASMailbox' is not recognized as the name of a cmdlet")


def test_without_an_anchor_it_does_not_find_its_way() -> None:
    assert refused(invoke(command(), anchor="helpdesk"))[0] == 400


def test_a_mailbox_that_is_not_there() -> None:
    reply = invoke(command(Identity="nobody@contoso.example"))
    error = read(reply)["error"]
    assert (reply.status, error["message"]) == (404, "Error executing cmdlet")
    assert error["details"][0]["message"].startswith("Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObject")


def test_pages_are_as_long_as_the_client_prefers() -> None:
    declared, query, names = declare(tenant=Tenant(users=2500)), {"$select": "PrimarySmtpAddress"}, []
    for _ in range(3):
        page = read(invoke(command(), declared=declared, query=query, prefer="odata.maxpagesize=1000"))
        names += [row["PrimarySmtpAddress"] for row in page["value"]]
        if "@odata.nextLink" in page:
            query = dict(part.split("=", 1) for part in page["@odata.nextLink"].partition("?")[2].split("&"))
    assert len(names) == len(set(names)) == 2501


@pytest.mark.parametrize("token", ["é", "AAAA"])
def test_a_page_token_of_somebody_else(token: str) -> None:
    assert refused(invoke(command(), query={"$skiptoken": token}))[0] == 400


def test_a_client_of_the_standard_library_invokes_a_cmdlet_over_tls() -> None:
    with serving(SERVICE, declare()) as served:
        token = served.directory.issue(GOOD)
        client = http.client.HTTPSConnection(served.host, served.port, context=served.context, timeout=5)
        headers = {"Authorization": f"Bearer {token}", "X-AnchorMailbox": ANCHOR, "X-CmdletName": "Get-TransportConfig"}
        client.request("POST", PATH, command("Get-TransportConfig"), headers)
        reply = client.getresponse()
        found = json.load(reply)
        client.close()
    assert (reply.status, found["value"][0]["SmtpClientAuthenticationDisabled"]) == (200, False)
