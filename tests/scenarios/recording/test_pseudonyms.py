"""Example names for somebody's own, the same for the same, and nothing left of the originals."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.recording.pseudonyms import STAMP, Pseudonyms, is_well_known


def pseudonyms(address: str = "help@acme-corp.pl", provider: str = "microsoft365") -> Pseudonyms:
    return Pseudonyms(address, provider)


def test_the_mailbox_and_its_domain_become_examples() -> None:
    names = pseudonyms()
    assert names.person("help@acme-corp.pl") == "helpdesk@contoso.example"
    assert names.person("Boss@Acme-Corp.pl") == "user1@contoso.example"
    assert names.host("autodiscover.acme-corp.pl") == "autodiscover.contoso.example"
    assert names.host("_imaps._tcp.acme-corp.pl") == "_imaps._tcp.contoso.example"
    assert names.host("srv-warsaw-01.acme-corp.pl").endswith(".contoso.example")
    assert "warsaw" not in names.host("srv-warsaw-01.acme-corp.pl")


def test_names_of_providers_stay_and_names_of_tenants_below_them_do_not() -> None:
    names = pseudonyms()
    assert names.host("outlook.office365.com") == "outlook.office365.com"
    assert names.host("acme-corp-pl.mail.protection.outlook.com") == "contoso-example.mail.protection.outlook.com"
    assert not is_well_known("acme.onmicrosoft.com")


def test_addresses_keep_their_kind() -> None:
    names = pseudonyms()
    assert ipaddress.ip_address(names.address("192.168.17.4")).is_private
    assert names.address("8.8.4.4").startswith("198.51.100.")
    assert names.address("8.8.4.4") == names.address("8.8.4.4") != names.address("8.8.8.8")
    assert names.address("2a00:1450::1").startswith("2001:db8::")
    assert names.address("52.97.183.162") == "52.97.183.162", "it is in a bundled world, so it is nobody's secret"


def test_a_sentence_keeps_its_words_and_loses_its_names() -> None:
    said = pseudonyms().text(
        "550 help@acme-corp.pl is not known at mx7.acme-corp.pl [8.8.4.4]; "
        "STOREDRV.Submission.Exception:SendAsDeniedException see https://aka.ms/smtp_auth_disabled"
    )
    assert said.startswith("550 helpdesk@contoso.example is not known at host")
    assert "acme" not in said
    assert "8.8.4.4" not in said
    assert "STOREDRV.Submission.Exception:SendAsDeniedException see https://aka.ms/smtp_auth_disabled" in said


LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "acme-corp.pl"]))
ADDRESS = st.ip_addresses().map(str)


@given(st.lists(st.one_of(NAME, ADDRESS), max_size=8))
def test_examples_of_examples_are_themselves(originals: list[str]) -> None:
    first, second = pseudonyms(), pseudonyms("helpdesk@contoso.example")
    made = [first.host(name) for name in originals]
    assert [second.host(name) for name in made] == made
    assert all("acme" not in name for name in made)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("220 MAIL.ACME-CORP.PL ESMTP Postfix", "220 mail.contoso.example ESMTP Postfix"),
        ("ready at ACME Corp", "ready at CONTOSO contoso"),
        ("no such user (ACME\\jkowalski)", "no such user (CONTOSO\\user)"),
        ("jan.kowalski: no such user", "helpdesk: no such user"),
        ("JKowalski has left", "helpdesk has left"),
        ("Dovecot 2.3.19.1 ready", "Dovecot 2.3.19.1 ready"),
        ("[AUTHENTICATIONFAILED] \\x1b[2J", "[AUTHENTICATIONFAILED] \\x1b[2J"),
        ("for *.acme-corp.pl.", "for *.contoso.example."),
        (
            "denied [AM0PR0102CA0042.eurprd01.prod.outlook.com 2026-11-25T17:54:18.018Z 08DE2A5B7C9D1E3F]",
            f"denied {STAMP}",
        ),
        (
            "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2",
            "https://login.microsoftonline.com/11111111-2222-3333-4444-000000000001/oauth2",
        ),
    ],
)
def test_a_sentence_loses_what_is_written_in_another_way_too(said: str, told: str) -> None:
    assert pseudonyms("jan.kowalski@acme-corp.pl").text(said) == told
    assert pseudonyms("helpdesk@contoso.example").text(told) == told


def test_a_wildcard_stays_above_the_host_that_it_is_for() -> None:
    names = pseudonyms()
    host, wildcard = names.host("srv7.mail.hoster.net"), names.host("*.mail.hoster.net")
    assert host.partition(".")[2] == wildcard.removeprefix("*.")
    assert "hoster" not in host


def test_what_a_token_is_for_stays_where_it_is_public() -> None:
    names = pseudonyms()
    assert names.resource("https://outlook.office.com") == "https://outlook.office.com"
    assert names.resource("https://acme.sharepoint.com/sites/a") == "https://contoso-example.sharepoint.com"
    assert names.resource("api://acme/app") == "api://other"
    assert names.permission("https://outlook.office.com/SMTP.Send") == "https://outlook.office.com/SMTP.Send"
    assert names.permission("Acme.Read") == "Other.Permission"


def test_a_certificate_keeps_the_organisation_of_a_public_ca_alone() -> None:
    names = pseudonyms()
    assert names.subject("CN=ACME Root CA, O=ACME Sp. z o.o.") == "OU=Corporate Root CA, O=Contoso private"
    assert names.subject("CN=mail.acme-corp.pl, O=ACME") == "CN=mail.contoso.example"
    assert names.subject("CN=ACME issued by, O=DigiCert Inc, C=US") == "O=DigiCert Inc"
