"""Arguments as typed values."""

from __future__ import annotations

import click
import pytest

from diag.cli.options import ADDRESS_PORT, CONNECT_TO, HOST_PORT, MAIL_ADDRESS, RESOLVE, endpoints
from diag.model.target import Protocol, Tls


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mail.example", ("mail.example", None)),
        ("Mail.Example.:993", ("mail.example", 993)),
        ("192.0.2.1:25", ("192.0.2.1", 25)),
        ("[2001:DB8::1]:993", ("2001:db8::1", 993)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
    ],
)
def test_places(text: str, value: tuple[str, int | None]) -> None:
    assert HOST_PORT.convert(text, None, None) == value


@pytest.mark.parametrize(
    "text", ["", ":993", "host:", "host:x", "host:0", "host:65536", "a b:1", "-x:1", "[::1", "host:٣"]
)
def test_places_that_are_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        HOST_PORT.convert(text, None, None)


def test_name_servers_are_addresses() -> None:
    assert ADDRESS_PORT.convert("192.0.2.53", None, None) == ("192.0.2.53", None)
    assert ADDRESS_PORT.convert("[2001:DB8::53]:5353", None, None) == ("2001:db8::53", 5353)
    for text in ("foo", "dns.example.org:53", "", "192.0.2"):
        with pytest.raises(click.BadParameter, match="is no IP address"):
            ADDRESS_PORT.convert(text, None, None)


def test_overrides_are_as_in_curl() -> None:
    assert RESOLVE.convert("h:993:192.0.2.1,[2001:db8::1]", None, None) == (("h", 993), ("192.0.2.1", "2001:db8::1"))
    assert CONNECT_TO.convert("h:993:[::1]:8993", None, None) == (("h", 993), ("::1", 8993))


@pytest.mark.parametrize("text", ["a@b", "first.last+tag@sub.example.com", "zażółć@example.org"])
def test_addresses(text: str) -> None:
    assert MAIL_ADDRESS.convert(text, None, None) == text


@pytest.mark.parametrize("text", ["a", "@b", "a@", "a@b@c", "a b@c", "a@.b", "a@b.", "a@b..c", "a@b\n", "<a@b>"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        MAIL_ADDRESS.convert(text, None, None)


@pytest.mark.parametrize(
    ("protocol", "port", "tls", "expected"),
    [
        (Protocol.IMAP, None, None, (993, Tls.IMPLICIT)),
        (Protocol.SMTP, None, None, (587, Tls.STARTTLS)),
        (Protocol.SMTP, None, "implicit", (465, Tls.IMPLICIT)),
        (Protocol.POP3, None, "starttls", (110, Tls.STARTTLS)),
        (Protocol.POP3, None, "none", (110, Tls.NONE)),
        (Protocol.SMTP, 25, None, (25, Tls.STARTTLS)),
    ],
)
def test_ports_and_tls_follow_each_other(
    protocol: Protocol, port: int | None, tls: str | None, expected: tuple[int, Tls]
) -> None:
    (found,) = endpoints({protocol: [("h", port)]}, tls)
    assert (found.port, found.tls) == expected
