"""What shows only beside other endpoints, and which hosts have to do with each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from diag.model.actions import Certificate, StoreVerdict, TlsHandshake, TlsOffer
from diag.wire.signs import Shown
from diag.wire.signs.compared import signs, unrelated

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "other", "apart"),
    [
        ("mail.contoso.com", "smtp.contoso.com", False),
        ("mail.contoso.local", "smtp.contoso.com", False),
        ("mail.contoso.co.uk", "contoso.com", False),
        ("mail.contoso.com", "mail.fabrikam.com", True),
        ("mail.contoso.co.uk", "mail.fabrikam.co.uk", True),
        ("outlook.office365.com", "login.microsoftonline.com", True),
        ("192.0.2.1", "mail.contoso.com", False),
        ("mailserver", "mail.contoso.com", False),
    ],
)
def test_hosts_of_one_owner_are_related(host: str, other: str, apart: bool) -> None:
    assert unrelated(host, other) is apart
    assert unrelated(other, host) is apart


def shown(  # noqa: PLR0913  one for each thing that a sign looks at
    number: int, host: str, *, key: str = "k", trusted: bool = False, issuer: str = "CN=Inside CA", custom: bool = False,
    opened: float | None = None, answered: float | None = None, hello: str | None = None, address: str = "192.0.2.1",
) -> Shown:  # fmt: skip
    leaf = Certificate(
        subject=f"CN={host}", issuer=issuer, serial="", not_before="", not_after="", sha256=f"{number}",
        spki_sha256=key, names=(host,),
    )  # fmt: skip
    stores = [StoreVerdict(store="public", trusted=trusted, code=0 if trusted else 20)]
    if custom:
        stores.append(StoreVerdict(store="custom", trusted=True))
    action = TlsHandshake(
        server_name=host, address=address, chain=(leaf,), stores=tuple(stores), name_matches=True,
        connect_took=opened, hello_took=answered, hello=hello,
    )  # fmt: skip
    return Shown(number, f"{host}:{number}", action)


def found(item: Shown, *others: Shown) -> list[str]:
    return [sign.name for sign in signs(item, others, AT)]


def test_a_key_and_an_issuer_of_unrelated_hosts_are_seen() -> None:
    other = shown(2, "mail.fabrikam.com")
    assert found(shown(1, "mail.contoso.com"), other) == ["key reused", "one issuer"]
    assert found(shown(1, "mail.contoso.com", key="another"), other) == ["one issuer"]
    assert found(shown(1, "smtp.fabrikam.com"), other) == [], "one's own CA and key on two of one's own hosts"


def test_who_vouches_for_a_ca_is_believed() -> None:
    assert found(shown(1, "mail.contoso.com", custom=True), shown(2, "mail.fabrikam.com", custom=True)) == []


def test_a_public_certificate_on_another_port_is_compared_with() -> None:
    public = shown(993, "mail.contoso.com", trusted=True, issuer="CN=R12, O=Let's Encrypt", key="another")
    assert found(shown(587, "mail.contoso.com"), public) == ["another port genuine"]
    assert found(public, shown(587, "mail.contoso.com")) == []


def test_an_answer_is_late_only_beside_a_quick_one() -> None:
    def service(number: int, opened: float, answered: float) -> Shown:
        return shown(
            number,
            "outlook.office365.com",
            trusted=True,
            issuer="CN=x, O=DigiCert Inc",
            opened=opened,
            answered=answered,
        )

    assert found(service(993, 0.001, 0.4), service(995, 0.001, 0.02)) == ["timing"]
    assert found(service(993, 0.001, 0.4), service(995, 0.001, 0.3)) == [], "the whole service is slow"
    assert found(service(993, 0.2, 0.4), service(995, 0.001, 0.02)) == [], "the way is long"
    assert found(service(993, 0.001, 0.1), service(995, 0.001, 0.02)) == [], "a moment is no sign"
    assert found(service(993, 0.001, 0.4)) == []


def service(
    number: int, opened: float | None, answered: float, host: str = "outlook.office365.com", address: str = "192.0.2.1"
) -> Shown:
    issuer = "CN=x, O=DigiCert Inc"
    return shown(number, host, trusted=True, issuer=issuer, opened=opened, answered=answered, address=address)


GENUINE = service(995, 0.0504, 0.0511)


@pytest.mark.parametrize(
    ("item", "names"),
    [
        (service(993, 0.0002, 0.104), ["timing"]),
        (service(993, 0.0003, 0.109), ["timing"]),
        (service(993, 0.0300, 0.104), []),
        (service(993, 0.0240, 0.0511), ["timing"]),
        (service(993, 0.0502, 0.109), []),
        (service(993, 0.0250, 0.0400, address="192.0.2.2"), []),
        (service(993, 0.0250, 0.0400), ["timing"]),
        (service(993, 0.0260, 0.0400), []),
        (service(993, 0.0002, 0.0009), ["timing"]),
        (service(993, 0.0002, 0.0009, "smtp.office365.com"), []),
        (service(993, None, 0.109), []),
    ],
    ids=[
        "as measured, quickest", "as measured, slowest", "not near enough", "just near enough", "late without being near",
        "near and quick, as a front end is", "but not at the same address", "which is not that near", "before a packet can be back", "the other host may stand nearer", "by a proxy",
    ],
)  # fmt: skip
def test_who_stands_nearer_than_the_service_is_seen_by_its_times(item: Shown, names: list[str]) -> None:
    """A direct way takes 50 ms to connect and 51 to answer; one that ends at a device 0.2 and 104 to 109."""
    assert found(item, GENUINE) == names


def test_a_network_that_wavers_is_no_nearer_device() -> None:
    """On a quick network one connection takes ten times as long as another by chance; the least of several counts."""
    assert found(service(993, 0.0002, 0.02), service(995, 0.008, 0.009)) == []
    assert found(service(993, 0.06, 0.17), service(995, 0.18, 0.1), service(587, 0.09, 0.1)) == []


def test_another_shape_counts_where_the_other_certificate_is_genuine() -> None:
    genuine = shown(995, "outlook.office365.com", trusted=True, issuer="CN=x, O=DigiCert Inc", hello="TLSv1.3 a 43,51")
    other = shown(993, "outlook.office365.com", trusted=True, issuer="CN=x, O=Contoso", hello="TLSv1.2 b 23")
    assert found(other, genuine) == ["answers otherwise"]
    assert found(genuine, other) == []


def choosing(
    number: int, *protocols: str, issuer: str = "Contoso", alpn: str | None = None, alert: str | None = None
) -> Shown:
    accepted = None if alert else True
    offer = TlsOffer(
        server_name="outlook.office365.com", address="a", version="TLSv1.2", protocols=protocols, accepted=accepted,
        alpn=alpn, alert=alert,
    )  # fmt: skip
    again = TlsOffer(server_name="outlook.office365.com", address="a", version="TLSv1.2", accepted=True)
    item = shown(number, "outlook.office365.com", trusted=True, issuer=f"CN=x, O={issuer}", key=f"{number}")
    return replace(item, offers=((number + 1, offer), (number + 2, again)))


IMAP, POP3, WEB = ("imap", "http/1.1"), ("pop3", "http/1.1"), ("http/1.1",)
NO = "no_application_protocol"


@pytest.mark.parametrize(
    ("item", "other", "names"),
    [
        (choosing(993, *IMAP, alpn="imap"), choosing(995, *POP3, issuer="DigiCert Inc"), ["chooses otherwise"]),
        (choosing(993, *IMAP), choosing(995, *POP3, issuer="DigiCert Inc", alpn="pop3"), ["chooses otherwise"]),
        (choosing(993, *IMAP, alert=NO), choosing(995, *POP3, issuer="DigiCert Inc"), ["chooses otherwise"]),
        (choosing(993, *IMAP, alpn="imap"), choosing(995, *POP3, issuer="DigiCert Inc", alpn="pop3"), []),
        (choosing(993, *IMAP), choosing(995, *POP3, issuer="DigiCert Inc"), []),
        (choosing(993, *IMAP, alert=NO), choosing(995, *POP3, issuer="DigiCert Inc", alert=NO), []),
        (choosing(993, *IMAP), choosing(443, *WEB, issuer="DigiCert Inc", alpn="http/1.1"), []),
        (choosing(443, *WEB), choosing(443, *WEB, issuer="DigiCert Inc", alpn="http/1.1"), ["chooses otherwise"]),
        (choosing(993, *IMAP), choosing(995, *POP3, alpn="pop3"), []),
        (choosing(993, *IMAP, issuer="DigiCert Inc"), choosing(995, *POP3, issuer="DigiCert Inc", alpn="pop3"), []),
        (choosing(993, *IMAP, alpn="http/1.1"), choosing(995, *POP3, issuer="DigiCert Inc"), []),
        (choosing(993, *IMAP, alert="handshake_failure"), choosing(995, *POP3, issuer="DigiCert Inc"), []),
        (choosing(587), choosing(995, *POP3, issuer="DigiCert Inc", alpn="pop3"), []),
    ],
    ids=[
        "takes", "does not take", "refuses", "both take", "both ignore", "both refuse", "a web site is no mail server",
        "another web site does", "the other one may be intercepted too", "its certificate is the service's",
        "what it takes is a sign by itself", "perhaps for something else", "of SMTP there is no name",
    ],
)  # fmt: skip
def test_what_becomes_of_an_application_protocol_is_compared_with_a_genuine_port(
    item: Shown, other: Shown, names: list[str]
) -> None:
    assert found(item, other) == names
