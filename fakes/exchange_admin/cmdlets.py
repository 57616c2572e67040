"""The cmdlets that can be invoked, each a function from its parameters to objects, with the names of Exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.directory import has_mailbox
from fakes.graph.people import display_name, sign_in_name, user_id
from fakes.graph.times import iso
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fakes.declare import Mailbox
    from fakes.directory import Directory

    Row = dict[str, object]
    Cmdlet = Callable[[dict[str, object], Directory], Iterable[Row]]

SERVER = "FR0P281A04DC002.DEUP281A004.PROD.OUTLOOK.COM"
"""The domain controller that a sentence about a missing object names."""


class CmdletError(Exception):
    """A cmdlet that fails. ``kind`` is the exception's name in Exchange."""

    def __init__(self, status: int, code: str, kind: str, message: str) -> None:
        """Fail in these words."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.kind = kind
        self.message = message


def cas_mailbox(parameters: dict[str, object], directory: Directory) -> Iterator[Row]:
    """Get-CASMailbox: which e-mail apps may open a mailbox."""
    for box in _mailboxes(parameters, directory):
        yield {
            **_identity(box, directory, box.apps_changed_ago),
            "ServerLegacyDN": None,
            "ActiveSyncEnabled": True,
            "EwsEnabled": True,
            "ImapEnabled": box.imap,
            "ImapUseProtocolDefaults": True,
            "MAPIEnabled": True,
            "OWAEnabled": True,
            "PopEnabled": box.pop,
            "PopUseProtocolDefaults": True,
            "SmtpClientAuthenticationDisabled": None if box.smtp_auth is None else not box.smtp_auth,
        }


def mailbox(parameters: dict[str, object], directory: Directory) -> Iterator[Row]:
    """Get-Mailbox: what kind of mailbox it is, and its addresses."""
    for box in _mailboxes(parameters, directory):
        yield {
            **_identity(box, directory, box.licensed_ago),
            "AccountDisabled": not box.enabled,
            "EmailAddresses": [f"SMTP:{box.address}"],
            "IsMailboxEnabled": True,
            "RecipientTypeDetails": "SharedMailbox" if box.shared else "UserMailbox",
            "UserPrincipalName": sign_in_name(box),
        }


def transport_config(_: dict[str, object], directory: Directory) -> Iterator[Row]:
    """Get-TransportConfig: SMTP AUTH for the whole organisation."""
    yield {
        "Name": "Transport Settings",
        "AllowLegacyTLSClients": False,
        "SmtpClientAuthenticationDisabled": not directory.tenant.smtp_auth,
    }


def organization_config(_: dict[str, object], directory: Directory) -> Iterator[Row]:
    """Get-OrganizationConfig: OAuth2 for the whole organisation."""
    yield {
        "Name": directory.tenant.name,
        "DefaultAuthenticationPolicy": "" if directory.tenant.basic_auth else "Block Basic",
        "OAuth2ClientProfileEnabled": True,
    }


def authentication_policy(_: dict[str, object], directory: Directory) -> Iterator[Row]:
    """Get-AuthenticationPolicy: by which protocols a password is taken."""
    allowed = directory.tenant.basic_auth
    yield {
        "Name": "Block Basic",
        "AllowBasicAuthImap": allowed,
        "AllowBasicAuthPop": allowed,
        "AllowBasicAuthSmtp": allowed,
    }


CMDLETS: dict[str, Cmdlet] = {
    "Get-CASMailbox": cas_mailbox,
    "Get-Mailbox": mailbox,
    "Get-TransportConfig": transport_config,
    "Get-OrganizationConfig": organization_config,
    "Get-AuthenticationPolicy": authentication_policy,
}


def _identity(box: Mailbox, directory: Directory, changed_ago: int) -> dict[str, object]:
    return {
        "Identity": display_name(box),
        "DisplayName": display_name(box),
        "ExternalDirectoryObjectId": user_id(box),
        "Guid": identifier(f"mailbox {box.address}"),
        "Name": display_name(box),
        "PrimarySmtpAddress": box.address,
        "WhenChangedUTC": iso(directory.began - changed_ago),
        "WhenCreatedUTC": "2021-05-04T07:00:00Z",
    }


def _mailboxes(parameters: dict[str, object], directory: Directory) -> Iterator[Mailbox]:
    """Yield the mailbox that ``Identity`` names, or every one.

    :raises CmdletError: there is no such mailbox.
    """
    name = parameters.get("Identity")
    if name is None:
        yield from (box for box in directory.accounts() if has_mailbox(box))
        return
    box = directory.find(str(name)) or next(
        (item for item in directory.mailboxes() if str(name).lower() == user_id(item)), None
    )
    if box is None or not has_mailbox(box):
        text = f"The operation couldn't be performed because object '{name}' couldn't be found on '{SERVER}'."
        kind = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
        raise CmdletError(404, "NotFound", kind, text)
    yield box
