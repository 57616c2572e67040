"""What the cmdlets tell."""

from __future__ import annotations

import pytest

from fakes.declare import Declaration, Mailbox, Tenant
from fakes.directory import Directory
from fakes.exchange_admin.cmdlets import CMDLETS, CmdletError

ME = "me@contoso.example"


def run(
    name: str, mailbox: Mailbox | None = None, tenant: Tenant | None = None, **parameters: object
) -> list[dict[str, object]]:
    declared = Declaration(mailbox=mailbox or Mailbox(address=ME), tenant=tenant or Tenant())
    return list(CMDLETS[name](parameters, Directory(declared, now=lambda: 1_800_000_000.0)))


@pytest.mark.parametrize(("own", "disabled"), [(None, None), (True, False), (False, True)])
def test_the_smtp_switch_is_a_negation_and_may_be_empty(own: bool | None, disabled: bool | None) -> None:
    [row] = run("Get-CASMailbox", Mailbox(address=ME, smtp_auth=own), Identity=ME)
    assert row["SmtpClientAuthenticationDisabled"] is disabled


def test_the_other_switches_and_when_they_were_set() -> None:
    [row] = run("Get-CASMailbox", Mailbox(address=ME, imap=False, apps_changed_ago=60), Identity=ME.upper())
    assert (row["ImapEnabled"], row["PopEnabled"], row["WhenChangedUTC"]) == (False, True, "2027-01-15T07:59:00Z")


def test_a_mailbox_is_found_by_its_object_id() -> None:
    [row] = run("Get-Mailbox", Mailbox(address=ME, shared=True))
    [same] = run("Get-Mailbox", Mailbox(address=ME, shared=True), Identity=row["ExternalDirectoryObjectId"])
    assert (same, same["RecipientTypeDetails"]) == (row, "SharedMailbox")


@pytest.mark.parametrize("name", ["Get-CASMailbox", "Get-Mailbox"])
@pytest.mark.parametrize("identity", ["nobody@contoso.example", ME])
def test_who_has_no_mailbox_is_not_found(name: str, identity: str) -> None:
    with pytest.raises(CmdletError, match=f"object '{identity}' couldn't be found on ") as failed:
        run(name, Mailbox(address=ME, plans=()), Identity=identity)
    assert (failed.value.status, failed.value.code) == (404, "NotFound")
    assert failed.value.kind.endswith("ManagementObjectNotFoundException")


def test_the_organisation() -> None:
    tenant = Tenant(smtp_auth=False, basic_auth=True)
    assert run("Get-TransportConfig", tenant=tenant)[0]["SmtpClientAuthenticationDisabled"] is True
    assert run("Get-OrganizationConfig", tenant=tenant)[0]["OAuth2ClientProfileEnabled"] is True
    assert run("Get-AuthenticationPolicy", tenant=tenant)[0]["AllowBasicAuthImap"] is True


def test_without_a_name_all_mailboxes_come() -> None:
    assert len(run("Get-CASMailbox", tenant=Tenant(users=1500))) == 1501
