"""Accounts, mailboxes, policies and tokens: the one place that all servers of a world ask.

A flag that is changed here is seen by every server at once, as a change by an administrator would be. What a refusal
is called here is our word; which sentence a server says for it is the personality's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from fakes import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fakes.declare import Declaration, Mailbox, Token

Service = Literal["imap", "pop3", "smtp"]
PERMISSIONS: dict[Service, str] = {
    "imap": "IMAP.AccessAsUser.All",
    "pop3": "POP.AccessAsUser.All",
    "smtp": "SMTP.Send",
}
AUDIENCES = {"https://outlook.office.com", "https://outlook.office365.com"}


class Refusal(StrEnum):
    """Why somebody is not let in."""

    TOKEN_REFUSED = "token-refused"  # noqa: S105  a reason
    NOT_CONNECTED = "not-connected"
    """The token is good, but no session with the mailbox can be opened with it."""
    BASIC_DISABLED = "basic-disabled"
    BASIC_RETIRED = "basic-retired"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105  a reason
    LOCKED = "locked"
    DISABLED = "disabled"
    SECURITY_DEFAULTS = "security-defaults"
    CONDITIONAL_ACCESS = "conditional-access"
    SMTP_OFF_FOR_MAILBOX = "smtp-off-for-mailbox"
    SMTP_OFF_FOR_TENANT = "smtp-off-for-tenant"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was issued: its declaration, whose it is, and when it was issued."""

    token: Token
    user: str
    issued_at: float


class Directory:
    """The organisation of a world."""

    def __init__(self, declaration: Declaration, *, now: Callable[[], float]) -> None:
        """Take the accounts of ``declaration``; ``now`` is the world's time in seconds since 1970."""
        self.tenant = declaration.tenant
        self._now = now
        self._mailboxes = {box.address.lower(): box for box in (declaration.mailbox, *declaration.mailboxes.values())}
        self._tokens: dict[str, Issued] = {}
        self.revoked: set[str] = set()

    def mailboxes(self) -> Iterator[Mailbox]:
        """Yield every mailbox."""
        yield from self._mailboxes.values()

    def find(self, user: str) -> Mailbox | None:
        """Return the mailbox with this address, whatever its case."""
        return self._mailboxes.get(user.lower())

    def issue(self, token: Token) -> str:
        """Issue a token as declared and return its text."""
        user = token.user or next(iter(self._mailboxes.values())).address
        now = self._now()
        text = tokens.sign(tokens.claims(token, user=user, tenant=self.tenant.name, now=now))
        self._tokens[text] = Issued(token, user, now - token.issued_ago)
        if token.revoked:
            self.revoked.add(text)
        return text

    def check_token(self, service: Service, user: str, text: str) -> Refusal | None:
        """Decide on a sign-in of ``user`` with a bearer token, in the order in which Exchange does.

        The SMTP AUTH switches are looked at before the token is (measured); a good token of which nothing can be
        opened is "authenticated but not connected" to IMAP.
        """
        box = self.find(user)
        if service == "smtp" and (off := self._smtp_switch(box)):
            return off
        issued = self._tokens.get(text)
        if issued is None or not self._is_good(issued, text, service):
            return Refusal.TOKEN_REFUSED
        if box is None or not box.exists or not self._may_open(issued.user, box) or not _is_on(service, box):
            return Refusal.NOT_CONNECTED
        return None

    def check_password(self, service: Service, user: str, password: str) -> Refusal | None:
        """Decide on a sign-in of ``user`` by password."""
        box = self.find(user)
        tenant = self.tenant
        if service == "smtp" and (off := self._smtp_switch(box)):
            return off
        if service == "smtp" and tenant.basic_auth_retired:
            return Refusal.BASIC_RETIRED
        if tenant.security_defaults:
            return Refusal.SECURITY_DEFAULTS
        if not tenant.basic_auth:
            return Refusal.BASIC_DISABLED
        return self._check_account(service, box, password)

    def _check_account(self, service: Service, box: Mailbox | None, password: str) -> Refusal | None:
        if box is None or box.password != password:
            return Refusal.WRONG_PASSWORD
        if box.locked:
            return Refusal.LOCKED
        if not box.enabled:
            return Refusal.DISABLED
        if self.tenant.conditional_access:
            return Refusal.CONDITIONAL_ACCESS
        return None if box.exists and _is_on(service, box) else Refusal.NOT_CONNECTED

    def _smtp_switch(self, box: Mailbox | None) -> Refusal | None:
        """Say whose switch turns SMTP AUTH off; the mailbox's own value wins over the tenant's."""
        own = box.smtp_auth if box else None
        if own is False:
            return Refusal.SMTP_OFF_FOR_MAILBOX
        return Refusal.SMTP_OFF_FOR_TENANT if own is None and not self.tenant.smtp_auth else None

    def _is_good(self, issued: Issued, text: str, service: Service) -> bool:
        token = issued.token
        return (
            text not in self.revoked
            and token.audience in AUDIENCES
            and PERMISSIONS[service] in token.scopes
            and self._now() < issued.issued_at + token.lifetime
        )

    def _may_open(self, user: str, box: Mailbox) -> bool:
        owner = self.find(user)
        signed_in = owner is None or owner.enabled
        allowed = {box.address.lower(), *(name.lower() for name in box.full_access)}
        return signed_in and user.lower() in allowed

    def may_send_as(self, user: str, sender: str) -> bool:
        """Tell whether ``user`` may send mail from ``sender``."""
        box = self.find(user)
        own = {user.lower(), *(name.lower() for name in (box.send_as if box else ()))}
        return sender.lower() in own


def _is_on(service: Service, box: Mailbox) -> bool:
    return {"imap": box.imap, "pop3": box.pop, "smtp": True}[service]
