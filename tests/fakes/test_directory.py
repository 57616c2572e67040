"""Who is let in, and why somebody is not."""

from __future__ import annotations

import pytest

from fakes.declare import Application, Declaration, Mailbox, Tenant, Token
from fakes.directory import Directory, Refusal, Service

ME = "helpdesk@contoso.example"
ANNA = "anna@contoso.example"
NOW = 1_800_000_000.0
EXO = "https://outlook.office365.com"


def directory(
    mailbox: Mailbox | None = None, tenant: Tenant | None = None, application: Application | None = None
) -> Directory:
    declared = Declaration(
        mailbox=mailbox or Mailbox(address=ME),
        mailboxes={"a": Mailbox(address=ANNA)},
        tenant=tenant or Tenant(),
        application=application or Application(),
    )
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
        (Mailbox(address=ME, plans=()), "imap", Refusal.NOT_CONNECTED),
        (Mailbox(address=ME, plans=("EXCHANGE_S_FOUNDATION", "TEAMS1")), "pop3", Refusal.NOT_CONNECTED),
        (Mailbox(address=ME, plans=(), shared=True), "imap", None),
        (Mailbox(address=ME, upn="h@contoso.example"), "imap", None),
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


APP = Token(roles=("IMAP.AccessAsApp",), audience=EXO)


@pytest.mark.parametrize(
    ("application", "token", "outcome"),
    [
        (Application(), APP, None),
        (Application(full_access=(ME.upper(),)), APP, None),
        (Application(full_access=()), APP, Refusal.NOT_CONNECTED),
        (Application(in_exchange="absent"), APP, Refusal.TOKEN_REFUSED),
        (Application(in_exchange="wrong-object"), APP, Refusal.TOKEN_REFUSED),
        (Application(), Token(roles=("POP.AccessAsApp",), audience=EXO), Refusal.TOKEN_REFUSED),
        (Application(in_exchange="absent"), Token(), None),
    ],
)
def test_tokens_of_an_application(application: Application, token: Token, outcome: Refusal | None) -> None:
    here = directory(application=application)
    assert here.check_token("imap", ME, here.issue(token)) is outcome


def test_a_mailbox_is_found_by_its_address_and_by_the_sign_in_name() -> None:
    here = directory(Mailbox(address=ME, upn="H@contoso.example"))
    assert here.find("h@CONTOSO.example") is here.find(ME) is not None
    holder = here.holder(here.issue(Token()), resource="exchange")
    assert holder is not None
    assert holder.user == "H@contoso.example"
    assert here.domains() == {"contoso.example"}


@pytest.mark.parametrize(
    ("mailbox", "token", "good"),
    [
        (Mailbox(address=ME), Token(audience="https://graph.microsoft.com"), True),
        (Mailbox(address=ME), Token(), False),
        (Mailbox(address=ME), Token(audience="https://graph.microsoft.com", revoked=True), False),
        (Mailbox(address=ME), Token(audience="https://graph.microsoft.com", issued_ago=5000), False),
        (Mailbox(address=ME, enabled=False), Token(audience="https://graph.microsoft.com"), False),
    ],
)
def test_the_holder_of_a_good_token_for_a_resource(mailbox: Mailbox, token: Token, good: bool) -> None:
    here = directory(mailbox)
    assert (here.holder(here.issue(token), resource="graph") is not None) is good
    assert here.holder("eyJ", resource="graph") is None


def test_two_tokens_are_never_the_same() -> None:
    here = directory()
    assert here.issue(Token()) != here.issue(Token())


@pytest.mark.parametrize("status", ["PendingProvisioning", "PendingActivation", "Disabled"])
def test_a_plan_that_is_not_there_yet_brings_no_mailbox(status: str) -> None:
    here = directory(Mailbox(address=ME, plan_status=status))  # type: ignore[arg-type]
    assert here.check_token("imap", ME, here.issue(Token())) is Refusal.NOT_CONNECTED


def test_a_large_organisation_has_accounts_that_nobody_named() -> None:
    here = directory(tenant=Tenant(users=50000))
    user = here.find("user00777@contoso.example")
    assert user is not None
    assert sum(1 for _ in here.accounts()) == 50002
    assert len(list(here.mailboxes())) == 2
    assert here.check_token("imap", user.address, here.issue(Token(user=user.address))) is None


def test_a_token_stays_known_when_it_is_no_longer_good() -> None:
    here = directory()
    text = here.issue(Token(revoked=True))
    issued = here.issued(text)
    assert issued is not None
    assert issued.user == ME
    assert here.holder(text, resource="exchange") is None
    assert here.issued("eyJ") is None
