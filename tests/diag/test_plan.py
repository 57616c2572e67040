"""Which endpoints are measured, and by which probes."""

from __future__ import annotations

import pytest

from diag.model.secret import Secret
from diag.model.settings import Setting
from diag.model.target import Credential, Protocol, Tls
from diag.plan import Request, endpoint_at, make_target, providers, steps
from diag.probes import PROBES
from diag.probes.discover import Discovery
from diag.probes.run import SignIn

ME = SignIn(user="me@contoso.example")
OWN = endpoint_at(Protocol.IMAP, "own.example", 993)
FOUND = endpoint_at(Protocol.SMTP, "found.example", 587, source="SRV")


def hosts(request: Request, discovery: Discovery | None = None) -> tuple[str, set[str]]:
    target = make_target(request, ME, discovery)
    return target.provider, {endpoint.host for endpoint in target.endpoints}


def asked(**how: object) -> Request:
    return Request(address="me@contoso.example", **how)  # type: ignore[arg-type]


MICROSOFT = {"outlook.office365.com", "smtp.office365.com", "login.microsoftonline.com"}


@pytest.mark.parametrize(
    ("request_", "discovery", "expected"),
    [
        (asked(endpoints=(OWN,)), None, ("custom", {"own.example"})),
        (asked(endpoints=(OWN,), provider="gmail"), None, ("gmail", {"own.example"})),
        (asked(provider="microsoft365"), None, ("microsoft365", MICROSOFT)),
        (asked(), Discovery(mx=("contoso.mail.protection.outlook.com",)), ("microsoft365", MICROSOFT)),
        (asked(), Discovery(autodiscover=("autodiscover.outlook.com",)), ("microsoft365", MICROSOFT)),
        (asked(), Discovery(mx=("x.mx.microsoft",), endpoints=(FOUND,)), ("custom", {"found.example"})),
        (asked(), Discovery(mx=("evil-mail.protection.outlook.com.example",)), ("custom", set())),
        (asked(), None, ("custom", set())),
    ],
)
def test_options_come_before_a_preset_and_a_preset_before_dns(
    request_: Request, discovery: Discovery | None, expected: tuple[str, set[str]]
) -> None:
    assert hosts(request_, discovery) == expected


def test_protocols_narrow_the_mail_but_not_the_sign_in_host() -> None:
    target = make_target(asked(provider="microsoft365", protocols=(Protocol.SMTP,)), ME)
    assert {endpoint.protocol for endpoint in target.endpoints} == {Protocol.SMTP, Protocol.HTTPS}


GOVERNMENT = endpoint_at(Protocol.IMAP, "outlook.office365.us", 993)


@pytest.mark.parametrize(
    ("request_", "sign_in", "added"),
    [
        (asked(endpoints=(GOVERNMENT,)), ME, ["login.microsoftonline.us"]),
        (asked(endpoints=(GOVERNMENT, OWN)), SignIn(user="x", token=Secret("t")), ["login.microsoftonline.us"]),
        (asked(endpoints=(GOVERNMENT,)), SignIn(user="x", password=Secret("p")), []),
        (asked(endpoints=(OWN,)), ME, []),
        (asked(endpoints=(GOVERNMENT,), lines=(Setting(section="receiving", name="authentication", value="basic"),)),
         ME, []),
        (asked(endpoints=(GOVERNMENT,), lines=(Setting(section="receiving", name="authentication", value="OAuth2"),)),
         ME, ["login.microsoftonline.us"]),
    ],
)  # fmt: skip
def test_hosts_of_exchange_bring_the_sign_in_service_of_their_cloud(
    request_: Request, sign_in: SignIn, added: list[str]
) -> None:
    endpoints = make_target(request_, sign_in).endpoints
    assert [endpoint.host for endpoint in endpoints if endpoint.protocol is Protocol.HTTPS] == added


def test_so_do_those_that_dns_names() -> None:
    found = Discovery(endpoints=(endpoint_at(Protocol.IMAP, "outlook.office365.com", 993, source="SRV"),))
    assert hosts(asked(), found) == ("custom", {"outlook.office365.com", "login.microsoftonline.com"})


def test_the_kind_of_credential_is_told_and_nothing_of_it() -> None:
    target = make_target(asked(), SignIn(user="x", token=Secret("canary")))
    assert target.credential is Credential.TOKEN
    assert "canary" not in repr(target)
    assert make_target(asked(), SignIn(user="x", password=Secret("p"))).credential is Credential.PASSWORD


@pytest.mark.parametrize(
    ("protocol", "port", "tls", "expected"),
    [
        (Protocol.SMTP, 587, None, Tls.STARTTLS),
        (Protocol.SMTP, 465, None, Tls.IMPLICIT),
        (Protocol.IMAP, 143, None, Tls.STARTTLS),
        (Protocol.IMAP, 143, "none", Tls.NONE),
        (Protocol.POP3, 9995, None, Tls.IMPLICIT),
    ],
)
def test_the_port_says_how_tls_begins(protocol: Protocol, port: int, tls: str | None, expected: Tls) -> None:
    assert endpoint_at(protocol, "h", port, tls).tls is expected


def test_each_endpoint_gets_the_probes_that_make_sense_for_it() -> None:
    target = make_target(asked(provider="microsoft365"), ME)
    found = {
        endpoint.port: [probe.name for probe, at in steps(target, PROBES) if at is endpoint]
        for endpoint in target.endpoints
    }
    assert found == {
        993: ["dns", "tcp", "contrast", "trace", "tls", "offers", "trials", "acceptance", "token", "imap"],
        995: ["dns", "tcp", "contrast", "trace", "tls", "offers", "trials", "acceptance", "token", "pop3"],
        587: ["dns", "tcp", "contrast", "trace", "starttls", "offers", "trials", "ways", "acceptance", "token", "smtp"],
        443: ["dns", "tcp", "contrast", "trace", "tls", "offers", "trials", "acceptance", "entra", "pages"],
    }


def test_every_provider_is_whole() -> None:
    for facts in providers().values():
        assert facts["endpoints"]
        assert all(mx.startswith(".") for mx in facts["mx"])
