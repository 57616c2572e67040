"""Interception is seen in every position, by more than one sign, and nowhere else; and nothing secret reaches it."""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest

from diag.check import measure
from diag.judge import judge
from diag.model.actions import Certificate, TlsHandshake
from diag.wire.interception import Product, Suspicion, expected_issuers, installed, product_of, suspect
from fakes.certificates import vendors
from scenarios.build import emulate
from scenarios.load import load, names
from scenarios.play import Played, play

NINE = [
    f"tls/intercepted--{protocol}-{kind}"
    for protocol in ("imap", "pop3", "smtp")
    for kind in ("untrusted", "trusted-by-the-system", "named-like-microsoft")
]
INNOCENT = [name for name in names() if not name.startswith("tls/intercepted")]
INTERCEPTED = [name for name in names() if name.startswith("tls/intercepted")]


@cache
def played(name: str) -> Played:
    return asyncio.run(play(load(name)))


def suspicions(name: str) -> list[Suspicion]:
    actions = [item.action for item in played(name).measurement.observations]
    return [found for action in actions if isinstance(action, TlsHandshake) if (found := suspect(action))]


@pytest.mark.parametrize("name", NINE)
def test_every_position_is_seen_with_any_one_sign_missing(name: str) -> None:
    (found,) = (item for item in suspicions(name) if item.suspected)
    assert len(found.signs) >= 3
    for sign in found.signs:
        assert found.without(sign.name).suspected, sign.name


@pytest.mark.parametrize("name", INNOCENT)
def test_no_innocent_is_blamed(name: str) -> None:
    assert [item.signs for item in suspicions(name) if item.suspected] == []


def test_a_genuine_service_has_no_sign_at_all() -> None:
    found = suspicions("healthy/exchange-online")
    assert len(found) == 4
    assert [item.signs for item in found] == [()] * 4


@pytest.mark.parametrize("name", INTERCEPTED)
@pytest.mark.parametrize("trusting", [False, True])
def test_an_interceptor_reads_no_credential(name: str, trusting: bool) -> None:
    """Not even where the user lets the tool trust its CA, unless the user insists."""

    async def main(*, anyway: bool) -> tuple[bytes, str, list[str]]:
        case = load(name)
        async with emulate(case) as world:
            stage = world.stage.world
            vendor = next(item.intercept.vendor for item in stage.firewalls() if item.intercept)
            settings = world.settings
            if trusting:
                settings = replace(settings, trust=replace(settings.trust, custom=stage.certificates.root(vendor)))
            found = await measure(
                replace(world.request, sign_in_anyway=anyway), world.sign_in, settings=settings,
                choices=replace(world.choices, sign_in_anyway=anyway),
            )  # fmt: skip
            read = b"".join(bytes(device.read) for device in world.stage.devices.interceptors.values())
            assert world.sign_in.token is not None
            return read, world.sign_in.token.reveal(), [cause.code for cause in judge(found).causes]

    read, _, causes = asyncio.run(main(anyway=False))
    assert b"AUTH" not in read.upper()
    assert causes
    assert set(causes) == {"tls/intercepted"}
    read, _, causes = asyncio.run(main(anyway=True))
    assert b"AUTH" in read.upper()
    assert "tls/intercepted" in causes


def named(issuer: str, subject: str = "CN=outlook.com, O=Microsoft Corporation") -> tuple[Certificate, ...]:
    leaf = Certificate(
        subject=subject, issuer=issuer, serial="", not_before="", not_after="", sha256="", spki_sha256=""
    )
    return (leaf,)


@pytest.mark.parametrize(
    ("issuer", "product"),
    [
        ("CN=FGVM02TM20001234, OU=Certificate Authority, O=Fortinet", "FortiGate"),
        ("CN=Fortinet_CA_Untrusted, O=Fortinet", "FortiGate"),
        ("CN=Sophos SSL CA_C01001, OU=NSG, O=Sophos", "Sophos Firewall"),
        ("CN=Norton Web/Mail Shield Untrusted Root", "Norton"),
        ("CN=ca.contoso.goskope.com, O=Contoso", "Netskope"),
        ("CN=Gateway CA - Cloudflare Managed G1 0123456789abcdef0123456789abcdef", "Cloudflare Gateway"),
        ("CN=Cloud Services CA - G2, O=BlueCoat Systems\\, Inc.", "Symantec Cloud SWG"),
        ("CN=Forward-Trust-CA", "Palo Alto Networks"),
        ("CN=DO_NOT_TRUST_FiddlerRoot, OU=Created by http://www.fiddler2.com, O=DO_NOT_TRUST", "Fiddler"),
        ("CN=FortiGate-Migration Test CA, O=Contoso", None),
        ("CN=Cloud Services CA - G2, O=Somebody Else", None),
        ("CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US", None),
        ("CN=R11, O=Let's Encrypt, C=US", None),
        ("CN=My own FG1, O=Contoso", None),
    ],
)
def test_products_are_named_by_their_names_and_look_alikes_are_not(issuer: str, product: str | None) -> None:
    found = product_of(named(issuer))
    assert (found.name if found else None) == product


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
        assert row["kind"] in {"endpoint", "network", "debug"}
        assert {"cn", "o", "ou"} & set(row)
        assert row["source"]
        assert row["exempt"].endswith(".")
        assert set(re.findall(r"\{(\w+)\}", row["exempt"])) <= {"host", "port"}


def test_every_vendor_of_the_fakes_is_played() -> None:
    text = "\n".join(load(name).parts.world.but["path"][1]["firewall"]["intercept"]["vendor"] for name in INTERCEPTED)
    assert set(text.splitlines()) == set(vendors())


def test_services_are_known_by_their_own_names_only() -> None:
    assert expected_issuers("outlook.office365.com") == ("DigiCert Inc", "Microsoft Corporation")
    assert expected_issuers("notoutlook.com") == ()
    assert expected_issuers("imap.gmail.com")


def test_known_interceptors_among_the_roots_of_the_system_are_listed_hints_are_not() -> None:
    roots = [
        *named("CN=x", "CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield"),
        *named("CN=x", "CN=DigiCert Global Root G2, O=DigiCert Inc"),
        *named("CN=x", "CN=Forward-Trust-CA"),
    ]
    assert installed(roots) == ("Avast: CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield",)


def test_several_installed_products_are_one_note() -> None:
    found = played("this-computer/interceptor-trusted").measurement
    found = replace(found, vantage=replace(found.vantage, interceptor_roots=("A: CN=a", "B: CN=b")))
    (note,) = judge(found).notes
    assert (note.values["product"], note.values["subject"]) == ("A and B", "CN=a; CN=b")
