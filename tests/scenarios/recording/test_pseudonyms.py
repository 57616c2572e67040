"""Example names for somebody's own, the same for the same, and nothing left of the originals."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from scenarios.recording.pseudonyms import Pseudonyms, is_well_known


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
