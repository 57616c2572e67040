"""Products are known by the names in their certificates, and look-alikes are not taken for them."""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest

from diag.judge import judge
from diag.model.actions import Certificate
from diag.wire.products import Product, installed, product_of
from scenarios.load import load
from scenarios.play import play

SOURCES = {"chromium", "openvas", "vendor", "field", "measured", "mitmengine", "name only"}
"""What the head of the table explains."""


def named(issuer: str, subject: str = "CN=outlook.com, O=Microsoft Corporation") -> tuple[Certificate, ...]:
    leaf = Certificate(
        subject=subject, issuer=issuer, serial="", not_before="", not_after="", sha256="", spki_sha256=""
    )
    return (leaf,)


@pytest.mark.parametrize(
    ("issuer", "product"),
    [
        ("CN=FGVM02TM20001234, OU=Certificate Authority, O=Fortinet", "FortiGate"),
        ("CN=FG100FTK20001234", "FortiGate"),
        ("CN=Fortinet_CA_Untrusted, O=Fortinet", "FortiGate"),
        ("CN=Sophos SSL CA_C01001, OU=NSG, O=Sophos", "Sophos Firewall"),
        ("CN=Norton Web/Mail Shield Untrusted Root", "Norton"),
        ("CN=ca.contoso.goskope.com, O=Contoso", "Netskope"),
        ("CN=Gateway CA - Cloudflare Managed G1 0123456789abcdef0123456789abcdef", "Cloudflare Gateway"),
        ("CN=Cloud Services CA - G2, O=BlueCoat Systems\\, Inc.", "Symantec Cloud SWG"),
        ("CN=Forward-Trust-CA", "Palo Alto Networks"),
        ("CN=DO_NOT_TRUST_FiddlerRoot, OU=Created by http://www.fiddler2.com, O=DO_NOT_TRUST", "Fiddler"),
        ("CN=FortiGate-Migration Test CA, O=Contoso", None),
        ("CN=FWHEADQUARTERS, O=Contoso", None),
        ("CN=Cloud Services CA - G2, O=Somebody Else", None),
        ("CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US", None),
        ("CN=R11, O=Let's Encrypt, C=US", None),
        ("CN=My own FG1, O=Contoso", None),
        ("CN=Not Avast Web/Mail Shield Root", None),
        ("CN=Zscalers Fan Club Root CA", None),
        ("CN=mitmproxy for the rest of us", None),
        ("CN=Checkpoint Logistics Root CA, O=Contoso", None),
        ("CN=Barracuda Diving Club CA", None),
        ("CN=Giant Squid Aquarium CA", None),
        ("CN=Lightspeed Bicycles Root CA", None),
        ("CN=Citrix Farm CA, O=Contoso", None),
        ("CN=Juniper Street Bakery CA", None),
        ("CN=Big Data CA, O=Contoso", None),
    ],
)
def test_products_are_named_by_their_names_and_look_alikes_are_not(issuer: str, product: str | None) -> None:
    found = product_of(named(issuer))
    assert (found.name if found else None) == product


@pytest.mark.parametrize(
    ("issuer", "called"),
    [
        ("CN=Check Point outbound CA, O=Contoso", "perhaps Check Point"),
        ("CN=OPNsense internal CA, O=Contoso", "perhaps pfSense or OPNsense with Squid"),
        ("CN=squid-proxy CA", "perhaps pfSense or OPNsense with Squid"),
        ("CN=Barracuda Firewall CA", "perhaps Barracuda"),
        ("CN=Local Authority", "perhaps Kerio Control"),
        ("CN=FortiGate CA", "FortiGate"),
    ],
)
def test_a_name_that_anybody_may_have_is_told_with_reserve(issuer: str, called: str) -> None:
    found = product_of(named(issuer))
    assert found is not None
    assert found.called == called


def test_an_untrusted_root_of_a_product_says_what_it_thought_of_the_server() -> None:
    def doubts(issuer: str) -> bool:
        found = product_of(named(issuer))
        assert isinstance(found, Product)
        return found.upstream_untrusted

    assert doubts("CN=Avast Web/Mail Shield Untrusted Root")
    assert not doubts("CN=Avast Web/Mail Shield Root")


def test_the_table_is_whole_and_large_enough() -> None:
    rows = tomllib.loads(files("diag.data").joinpath("interceptors.toml").read_text("utf-8"))["product"]
    assert len({row["name"] for row in rows}) >= 60
    for row in rows:
        assert row["grade"] in "ABCD"
        assert row["kind"] in {"endpoint", "network", "either", "debug"}
        assert {"cn", "o", "ou"} & set(row)
        assert set(row["source"].split(", ")) <= SOURCES
        if {"mitmengine", "name only"} & set(row["source"].split(", ")):
            assert row["grade"] == "D", f"{row['name']}: of its certificates nothing is documented"
        assert row["exempt"].endswith(".")
        assert set(re.findall(r"\{(\w+)\}", row["exempt"])) <= {"host", "port"}


def test_known_interceptors_among_the_roots_of_the_system_are_listed_hints_are_not() -> None:
    roots = [
        *named("CN=x", "CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield"),
        *named("CN=x", "CN=DigiCert Global Root G2, O=DigiCert Inc"),
        *named("CN=x", "CN=Forward-Trust-CA"),
        *named("CN=x", "CN=Qaznet Trust Network"),
    ]
    assert installed(roots) == (
        "Avast: CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield",
        "perhaps Qaznet (Kazakhstan): CN=Qaznet Trust Network",
    )


def test_several_installed_products_are_one_note() -> None:
    found = asyncio.run(play(load("this-computer/interceptor-trusted"))).measurement
    found = replace(found, vantage=replace(found.vantage, interceptor_roots=("A: CN=a", "B: CN=b")))
    (note,) = judge(found).notes
    assert (note.values["product"], note.values["subject"]) == ("A and B", "CN=a; CN=b")
