"""Accounts, mailboxes, policies and tokens: the one place that all servers of a world ask.

A flag that is changed here is seen by every server at once, as a change by an administrator would be. What a refusal
is called here is our word; which sentence a server says for it is the personality's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from fakes import tokens
from fakes.consents import Consents
from fakes.grants import Grant, Grants, Refresh
from fakes.licences import bring_mailbox
from fakes.permissions import resource_of
from fakes.population import Population
from fakes.sign_ins import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fakes.declare import Application, Declaration, Mailbox, Session, Token

Service = Literal["imap", "pop3", "smtp"]
PERMISSIONS: dict[Service, str] = {
    "imap": "IMAP.AccessAsUser.All",
    "pop3": "POP.AccessAsUser.All",
    "smtp": "SMTP.Send",
}
ROLES: dict[Service, str] = {"imap": "IMAP.AccessAsApp", "pop3": "POP.AccessAsApp", "smtp": "SMTP.SendAsApp"}
AUDIENCES = {"https://outlook.office.com", "https://outlook.office365.com"}
"""What Exchange takes; a token for https://ps.outlook.com is issued and then refused."""


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
    """The sign-in name; of an application's own token, its identifier."""
    issued_at: float

    @property
    def by_app(self) -> bool:
        """Whether the token is the application's own and speaks for no user."""
        return self.token.app_only or bool(self.token.roles)


class Directory:
    """The organisation of a world."""

    def __init__(self, declaration: Declaration, *, now: Callable[[], float]) -> None:
        """Take the accounts of ``declaration``; ``now`` is the world's time in seconds since 1970."""
        # Copies, since what is done in a world must not change what was declared, which may be brought to life again.
        self.tenant, self.application = replace(declaration.tenant), replace(declaration.application)
        self.entra = replace(declaration.entra)
        self._mailboxes: dict[str, Mailbox] = {}
        self._names: dict[str, Mailbox] = {}
        self._open(declaration)
        self.consents = Consents(self.tenant, self.application, self._first, now=now)
        self.grants = Grants(now)
        self.now = now
        self.began = now()
        """When this organisation came to life: what is declared to be some seconds old is as old at that moment."""
        self.sign_ins = Log()
        self.population = Population(self.tenant.name, self.tenant.users)
        self._tokens: dict[str, Issued] = {}
        self.revoked: set[str] = set()

    def _open(self, declaration: Declaration) -> None:
        """Take the accounts of ``declaration``."""
        boxes = [replace(box) for box in (declaration.mailbox, *declaration.mailboxes.values())]
        self._first = boxes[0].upn or boxes[0].address
        self._mailboxes = {box.address.lower(): box for box in boxes}
        self._names = {box.upn.lower(): box for box in boxes if box.upn}

    def become(self, declaration: Declaration) -> None:
        """Change as an administrator would: every server sees it, and what was issued since stays issued.

        Consents that were given since stay too, unless those that are declared have changed.
        """
        consented = _declared_consents(self.application), self._first
        for mine, new in (
            (self.tenant, declaration.tenant),
            (self.application, declaration.application),
            (self.entra, declaration.entra),
        ):
            for field in fields(new):
                setattr(mine, field.name, getattr(new, field.name))
        self._open(declaration)
        self.began = self.now()
        if (_declared_consents(self.application), self._first) != consented:
            self.consents.declare(self._first)

    def mailboxes(self) -> Iterator[Mailbox]:
        """Yield every mailbox that is declared."""
        yield from self._mailboxes.values()

    def accounts(self) -> Iterator[Mailbox]:
        """Yield every account, also those of a large organisation that nobody named."""
        yield from self._mailboxes.values()
        yield from self.population

    def size(self) -> int:
        """Count the accounts."""
        return len(self._mailboxes) + len(self.population)

    def domains(self) -> set[str]:
        """Return the domains of the organisation."""
        return {self.tenant.name.lower(), *(name.rpartition("@")[2] for name in (*self._mailboxes, *self._names))}

    def find(self, user: str) -> Mailbox | None:
        """Return the mailbox with this address or sign-in name, whatever its case."""
        key = user.lower()
        return self._mailboxes.get(key) or self._names.get(key) or self.population.find(key)

    def issue(self, token: Token, *, proof: str = "0") -> str:
        """Issue a token as declared and return its text; ``proof`` is how the application showed who it is."""
        app, now = self.application, self.now()
        user = app.client_id if token.roles or token.app_only else self._sign_in_name(token.user)
        made = tokens.claims(
            token, user=user, tenant=token.tenant or self.tenant.name, now=now, application=app, proof=proof
        )
        text = tokens.opaque() if token.opaque else tokens.sign(made)
        self._tokens[text] = Issued(token, user, now - token.issued_ago)
        if token.revoked:
            self.revoked.add(text)
        return text

    def issue_refresh(self, session: Session) -> str:
        """Issue the refresh token of an earlier sign-in and return its text."""
        app, now = self.application, self.now()
        user = self._sign_in_name(session.user)
        grant = Grant(app.client_id, user, session.scopes, now - session.granted_ago, session.strong, session.by_device)
        issued_ago = session.granted_ago if session.issued_ago is None else session.issued_ago
        return self.grants.refreshes.put(Refresh(grant, now - issued_ago))

    def _sign_in_name(self, user: str | None) -> str:
        box = self.find(user) if user else next(iter(self._mailboxes.values()))
        return (box.upn or box.address) if box else str(user)

    def issued(self, text: str) -> Issued | None:
        """Return what is known of a token, be it good or not."""
        return self._tokens.get(text)

    def holder(self, text: str, *, resource: str) -> Issued | None:
        """Return whose good token for ``resource`` (a key of fakes/data/permissions.toml) this is, if it is one."""
        issued = self._tokens.get(text)
        if issued is None or text in self.revoked or self.now() >= issued.issued_at + issued.token.lifetime:
            return None
        named = resource_of(issued.token.audience)
        if named is None or named.key != resource:
            return None
        owner = None if issued.by_app else self.find(issued.user)
        return issued if owner is None or owner.enabled else None

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
        if box is None or not has_mailbox(box) or not self._may_open(issued, box) or not _is_on(service, box):
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
        return None if has_mailbox(box) and _is_on(service, box) else Refusal.NOT_CONNECTED

    def _smtp_switch(self, box: Mailbox | None) -> Refusal | None:
        """Say whose switch turns SMTP AUTH off; the mailbox's own value wins over the tenant's."""
        own = box.smtp_auth if box else None
        if own is False:
            return Refusal.SMTP_OFF_FOR_MAILBOX
        return Refusal.SMTP_OFF_FOR_TENANT if own is None and not self.tenant.smtp_auth else None

    def _is_good(self, issued: Issued, text: str, service: Service) -> bool:
        token = issued.token
        if issued.by_app and self.application.in_exchange != "registered":
            return False
        return (
            text not in self.revoked
            and token.audience.rstrip("/") in AUDIENCES
            and (ROLES[service] in token.roles if issued.by_app else PERMISSIONS[service] in token.scopes)
            and self.now() < issued.issued_at + token.lifetime
        )

    def _may_open(self, issued: Issued, box: Mailbox) -> bool:
        if issued.token.tenant not in {None, self.tenant.name}:
            return False
        if issued.by_app:
            opened = self.application.full_access
            return opened is None or box.address.lower() in {name.lower() for name in opened}
        owner = self.find(issued.user)
        signed_in = owner is None or owner.enabled
        allowed = {box.address.lower(), *(name.lower() for name in box.full_access)}
        names = {issued.user.lower(), *((owner.address.lower(), (owner.upn or "").lower()) if owner else ())}
        return signed_in and not allowed.isdisjoint(names)

    def may_send_as(self, user: str, sender: str) -> bool:
        """Tell whether ``user`` may send mail from ``sender``."""
        box = self.find(user)
        own = {user.lower(), *(name.lower() for name in (box.send_as if box else ()))}
        return sender.lower() in own


def has_mailbox(box: Mailbox) -> bool:
    """Tell whether there is a mailbox at all: a licence with a plan for one, or a shared mailbox, which needs none."""
    licensed = box.plan_status == "Success" and bring_mailbox(box.plans)
    return box.exists and (box.shared or licensed)


def _declared_consents(app: Application) -> tuple[object, ...]:
    return app.present, app.permissions, app.user_consent, app.consented_by, app.admin_consent, app.consented_ago


def _is_on(service: Service, box: Mailbox) -> bool:
    return {"imap": box.imap, "pop3": box.pop, "smtp": True}[service]
