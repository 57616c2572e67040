"""What a certificate of a well-known service shows by itself, at the edges of what is ordinary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from diag.model.actions import Certificate, StoreVerdict, Timestamp, TlsHandshake, TlsOffer
from diag.wire.products import Product
from diag.wire.signs import SCT, Shown, table, weights
from diag.wire.signs.alone import AUTHORITY_KEY, POLICIES, moment, signs

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def shown(  # noqa: PLR0913  one for each thing that a sign looks at
    *, serial: str = "0f" * 16, begins: datetime = AT - timedelta(days=30), days: int = 90, extensions: tuple[str, ...] = (SCT, POLICIES, AUTHORITY_KEY),
    issuer: str = "CN=x, O=DigiCert Inc", trusted: bool = True, log_list: str = "2026-11-20", offers: tuple[TlsOffer, ...] = (),
    host: str = "smtp.office365.com",
) -> Shown:  # fmt: skip
    leaf = Certificate(
        subject="CN=outlook.com", issuer=issuer, serial=serial, not_before=begins.isoformat(),
        not_after=(begins + timedelta(days=days)).isoformat(), sha256="a", spki_sha256="b", extensions=extensions, ocsp=("http://x",),
    )  # fmt: skip
    action = TlsHandshake(
        server_name=host, address="192.0.2.1", chain=(leaf,), log_list=log_list,
        stores=(StoreVerdict(store="public", trusted=trusted, code=0 if trusted else 20),),
        timestamps=(Timestamp(log_id="c", verdict="unknown-log"),) if SCT in extensions else (),
    )  # fmt: skip
    return Shown(1, f"{host}:587", action, tuple(enumerate(offers, 2)))


def found(item: Shown, product: Product | None = None) -> list[str]:
    return [sign.name for sign in signs(item, product, AT)]


def test_the_ordinary_has_no_sign_but_a_log_that_is_not_listed_yet() -> None:
    assert found(shown()) == ["unlisted log"]
    assert found(shown(log_list="2026-04-15")) == [], "an old list says nothing of new logs"


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (shown(serial="0102"), "short serial"),
        (shown(begins=AT - timedelta(hours=1)), "just made"),
        (shown(days=202), "too long"),
        (shown(extensions=(SCT, AUTHORITY_KEY)), "bare extensions"),
        (shown(extensions=(POLICIES, AUTHORITY_KEY)), "not logged"),
        (shown(issuer="CN=x, O=Let's Encrypt"), "unexpected issuer"),
        (shown(issuer="CN=x, O=Contoso", trusted=False), "no public root"),
    ],
)
def test_each_difference_is_seen(item: Shown, name: str) -> None:
    assert name in found(item)


def test_one_more_day_than_allowed_is_let_pass() -> None:
    assert "too long" not in found(shown(days=200))


def test_a_root_that_this_list_lacks_is_no_private_one() -> None:
    """A list of roots grows old too; a chain of a public CA with a timestamp is not called private for that."""
    assert "no public root" not in found(shown(trusted=False))
    assert "no public root" in found(shown(trusted=False, extensions=(POLICIES, AUTHORITY_KEY)))


@pytest.mark.parametrize("grade", ["A", "C", "D"])
def test_the_names_of_a_product_prove_nothing_where_anybody_may_have_them(grade: str) -> None:
    """A company's CA may be called like a product; of a server that nobody knows nothing follows from that."""
    product = Product("Kerio Control", "network", grade, "Exempt it.", upstream_untrusted=False)
    own = shown(host="mail.example.org", issuer="CN=Local Authority", trusted=False)
    known = shown(issuer="CN=Local Authority", trusted=False)
    assert found(own, product) == (["product"] if grade == "A" else [])
    assert ("perhaps a product" in found(known, product)) is (grade != "A")
    assert weights()["perhaps a product"] < table()["suspected"] / 2


def test_the_names_of_a_product_count_at_a_well_known_service_whoever_vouches_for_the_ca() -> None:
    product = Product("Check Point", "network", "D", "Exempt it.", upstream_untrusted=False)
    known = shown(issuer="CN=Check Point outbound CA", trusted=False)
    known.action.stores = (*known.action.stores, StoreVerdict(store="custom", trusted=True))
    assert {"perhaps a product", "no public root"} <= set(found(known, product))


def test_versions_count_where_the_service_is_known_to_do_otherwise() -> None:
    old = TlsOffer(server_name="x", address="y", version="TLSv1.1", accepted=True)
    new = TlsOffer(server_name="x", address="y", version="TLSv1.3", accepted=False)
    cut = TlsOffer(server_name="x", address="y", version="TLSv1.3")
    assert "other versions" in found(shown(offers=(old,)))
    assert "other versions" in found(shown(offers=(new,)))
    assert "other versions" not in found(shown(offers=(new,), host="outlook.office365.com"))
    assert "other versions" not in found(shown(offers=(cut,))), "a connection that broke refuses nothing"
    assert found(shown(offers=(old,), host="mail.example.org", days=900)) == []


def test_times_are_read_or_left() -> None:
    assert moment("2026-11-25T12:00:00") == AT
    assert moment("2026-11-25T12:00:00+00:00") == AT
    assert moment("once upon a time") is None


def offered(
    *protocols: str, alpn: str | None = None, accepted: bool | None = True, alert: str | None = None
) -> TlsOffer:
    return TlsOffer(
        server_name="h", address="a", version="TLSv1.2", protocols=protocols, accepted=accepted, alpn=alpn, alert=alert
    )


@pytest.mark.parametrize(
    ("offer", "seen"),
    [
        (offered("imap", "http/1.1", alpn="http/1.1"), True),
        (offered("imap", "http/1.1", alpn="h2"), True),
        (offered(alpn="smtp"), True),
        (offered("http/1.1", alpn="h2"), True),
        (offered("imap", "http/1.1", alpn=""), True),
        (offered("imap", "http/1.1", alpn="imap"), False),
        (offered("http/1.1", alpn="http/1.1"), False),
        (offered("imap", "http/1.1"), False),
        (offered("imap", "http/1.1", accepted=None, alert="no_application_protocol"), False),
    ],
)
def test_a_mail_port_that_takes_the_protocol_of_the_web_is_no_mail_server(offer: TlsOffer, seen: bool) -> None:
    assert ("web protocol" in found(shown(offers=(offer,)))) is seen
    assert "web protocol" not in found(shown(offers=(offer,), host="mail.example.org")), "a server that nobody knows"


def test_who_refuses_a_protocol_refuses_no_version() -> None:
    assert "other versions" not in found(shown(offers=(offered("imap", accepted=None, alert="handshake_failure"),)))
