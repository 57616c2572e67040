"""Who is let in, and why somebody is not."""

from __future__ import annotations

import pytest

from fakes.declare import Declaration, Mailbox, Tenant, Token
from fakes.directory import Directory, Refusal, Service

ME = "helpdesk@contoso.example"
ANNA = "anna@contoso.example"
NOW = 1_800_000_000.0
EXO = "https://outlook.office365.com"


def directory(mailbox: Mailbox | None = None, tenant: Tenant | None = None) -> Directory:
    anna = Mailbox(address=ANNA)
    declared = Declaration(mailbox=mailbox or Mailbox(address=ME), mailboxes={"a": anna}, tenant=tenant or Tenant())
    return Directory(declared, now=lambda: NOW)


@pytest.mark.parametrize(
    ("token", "service", "outcome"),
    [
        (Token(), "imap", None),
        (Token(audience=EXO), "smtp", None),
        (Token(audience="https://graph.microsoft.com"), "imap", Refusal.TOKEN_REFUSED),
        (Token(scopes=("SMTP.Send",)), "imap", Refusal.TOKEN_REFUSED),
        (Token(scopes=("SMTP.Send",)), "smtp", None),
        (Token(issued_ago=4501), "imap", Refusal.TOKEN_REFUSED),
        (Token(revoked=True), "pop3", Refusal.TOKEN_REFUSED),
        (Token(user=ANNA), "imap", Refusal.NOT_CONNECTED),
    ],
)
def test_tokens(token: Token, service: Service, outcome: Refusal | None) -> None:
    here = directory()
    assert here.check_token(service, ME, here.issue(token)) is outcome


def test_a_token_that_was_never_issued_is_refused() -> None:
    assert directory().check_token("imap", ME, "eyJ") is Refusal.TOKEN_REFUSED


def test_full_access_opens_a_shared_mailbox() -> None:
    here = directory(Mailbox(address=ME, full_access=(ANNA,)))
    assert here.check_token("imap", ME.upper(), here.issue(Token(user=ANNA))) is None


@pytest.mark.parametrize(
    ("mailbox", "service", "outcome"),
    [
        (Mailbox(address=ME, imap=False), "imap", Refusal.NOT_CONNECTED),
        (Mailbox(address=ME, imap=False), "pop3", None),
        (Mailbox(address=ME, pop=False), "pop3", Refusal.NOT_CONNECTED),
        (Mailbox(address=ME, exists=False), "imap", Refusal.NOT_CONNECTED),
        (Mailbox(address=ME, smtp_auth=False), "smtp", Refusal.SMTP_OFF_FOR_MAILBOX),
    ],
)
def test_switches_of_the_mailbox(mailbox: Mailbox, service: Service, outcome: Refusal | None) -> None:
    here = directory(mailbox)
    assert here.check_token(service, ME, here.issue(Token())) is outcome


@pytest.mark.parametrize(("own", "outcome"), [(None, Refusal.SMTP_OFF_FOR_TENANT), (True, None)])
def test_the_mailbox_wins_over_the_tenant(own: bool | None, outcome: Refusal | None) -> None:
    here = directory(Mailbox(address=ME, smtp_auth=own), Tenant(smtp_auth=False))
    assert here.check_token("smtp", ME, here.issue(Token())) is outcome


def test_the_smtp_switch_is_looked_at_before_the_token() -> None:
    assert directory(tenant=Tenant(smtp_auth=False)).check_token("smtp", ME, "bad") is Refusal.SMTP_OFF_FOR_TENANT


@pytest.mark.parametrize(
    ("tenant", "mailbox", "outcome"),
    [
        (Tenant(), Mailbox(address=ME), Refusal.BASIC_DISABLED),
        (Tenant(basic_auth_retired=True), Mailbox(address=ME), Refusal.BASIC_RETIRED),
        (Tenant(security_defaults=True, basic_auth=True), Mailbox(address=ME), Refusal.SECURITY_DEFAULTS),
        (Tenant(basic_auth=True), Mailbox(address=ME), None),
        (Tenant(basic_auth=True), Mailbox(address=ME, password="other"), Refusal.WRONG_PASSWORD),
        (Tenant(basic_auth=True), Mailbox(address=ME, locked=True), Refusal.LOCKED),
        (Tenant(basic_auth=True), Mailbox(address=ME, enabled=False), Refusal.DISABLED),
        (Tenant(basic_auth=True, conditional_access=True), Mailbox(address=ME), Refusal.CONDITIONAL_ACCESS),
    ],
)
def test_passwords(tenant: Tenant, mailbox: Mailbox, outcome: Refusal | None) -> None:
    assert directory(mailbox, tenant).check_password("smtp", ME, "correct horse") is outcome


def test_sending_as_somebody_needs_the_right_to() -> None:
    here = directory(Mailbox(address=ME, send_as=("support@contoso.example",)))
    allowed = [here.may_send_as(ME, sender) for sender in (ME.upper(), "support@contoso.example", ANNA)]
    assert allowed == [True, True, False]
