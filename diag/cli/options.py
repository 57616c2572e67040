"""Arguments as typed values: each kind is read in one place, with an error that says what was expected."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

import click

from diag.model.signin import GUID
from diag.model.target import DEFAULT_TLS, Endpoint, Protocol, Tls
from diag.plan import endpoint_at

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?\Z")
_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>]{1,64}@(?=.{1,253}\Z)[^@\s\x00-\x1f<>.]+(?:\.[^@\s\x00-\x1f<>.]+)*\Z")
_IMPLICIT_NAMES = {Protocol.IMAP: 993, Protocol.POP3: 995, Protocol.SMTP: 587}


class MailAddress(click.ParamType[str]):
    """A mail address: ``user@domain`` (RFC 5321 section 4.1.2, without quoted local parts)."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check ``value``."""
        text = str(value)
        if not _ADDRESS.match(text):
            why = " It has spaces around it." if text != text.strip() else ""
            self.fail(f"{text!r} is no mail address.{why} Expected user@domain.", param, ctx)
        return text


class HostPort(click.ParamType[Any]):
    """``HOST[:PORT]`` with an IPv6 literal in brackets, as ``(host, port or None)``."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int | None]:
        """Split and check ``value``."""
        text = str(value)
        match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::([^:]*))?", text)
        if match is None:
            self.fail(f"{text!r}: expected HOST:PORT, with an IPv6 address in brackets: [2001:db8::1]:993", param, ctx)
        host = self.host(match[1] or match[2] or "", param, ctx)
        return host, None if match[3] is None else self.port(match[3], param, ctx)

    def host(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check a host name or an address literal."""
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            if not _HOST.match(text):
                self.fail(f"{text!r} is no host name or address", param, ctx)
            return text.rstrip(".").lower()

    def port(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Check a port number."""
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65536):  # noqa: PLR2004  RFC 9293
            self.fail(f"{text!r} is no port: expected a number from 1 to 65535", param, ctx)
        return int(text)


class AddressPort(HostPort):
    """``ADDRESS[:PORT]``: an address literal, since a name would have to be resolved first."""

    name = "address:port"

    def host(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check an address literal."""
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            self.fail(
                f"{text!r} is no IP address. A name server is given by its address, such as 192.0.2.53", param, ctx
            )


class Resolve(HostPort):
    """``HOST:PORT:ADDRESS[,ADDRESS]...`` as in curl."""

    name = "host:port:address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Split and check ``value``."""
        parts = str(value).split(":", 2)
        if len(parts) != 3:  # noqa: PLR2004
            self.fail(f"{value!r}: expected HOST:PORT:ADDRESS, such as mail.example.org:993:192.0.2.1", param, ctx)
        addresses = []
        for text in parts[2].split(","):
            try:
                addresses.append(str(ipaddress.ip_address(text.strip("[] "))))
            except ValueError:
                self.fail(f"{text!r} is no IP address", param, ctx)
        return (self.host(parts[0], param, ctx), self.port(parts[1], param, ctx)), tuple(addresses)


class ConnectTo(HostPort):
    """``HOST1:PORT1:HOST2:PORT2`` as in curl; an IPv6 literal as HOST2 in brackets."""

    name = "host1:port1:host2:port2"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Split and check ``value``."""
        parts = str(value).split(":", 2)
        if len(parts) != 3:  # noqa: PLR2004
            self.fail(f"{value!r}: expected HOST1:PORT1:HOST2:PORT2", param, ctx)
        host, port = super().convert(parts[2], param, ctx)
        if port is None:
            self.fail(f"{value!r}: PORT2 is missing", param, ctx)
        return (self.host(parts[0], param, ctx), self.port(parts[1], param, ctx)), (host, port)


class ApplicationId(click.ParamType[str]):
    """The identifier of an application in Entra ID: a GUID."""

    name = "guid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check ``value``."""
        text = str(value)
        if not GUID.fullmatch(text):
            example = "9e5f94bc-e8a4-4e73-b8be-63364c29d753"
            self.fail(f"{text!r} is no application identifier: expected a GUID such as {example}", param, ctx)
        return text


MAIL_ADDRESS, HOST_PORT, ADDRESS_PORT, RESOLVE, CONNECT_TO = (
    MailAddress(),
    HostPort(),
    AddressPort(),
    Resolve(),
    ConnectTo(),
)
APPLICATION_ID = ApplicationId()
SECONDS = click.FloatRange(min=0, min_open=True, max=86400)


def endpoints(given: dict[Protocol, Sequence[tuple[str, int | None]]], tls: str | None) -> tuple[Endpoint, ...]:
    """Make endpoints of ``--imap``, ``--pop3`` and ``--smtp``; the port says how TLS begins unless ``tls`` does."""
    found = []
    for protocol, places in given.items():
        for host, port in places:
            found.append(endpoint_at(protocol, host, port or _port_for(protocol, tls), tls))
    return tuple(found)


def _port_for(protocol: Protocol, tls: str | None) -> int:
    if tls is None:
        return _IMPLICIT_NAMES[protocol]
    wanted = Tls.STARTTLS if tls == Tls.NONE else Tls(tls)
    return next(port for (other, port), usual in DEFAULT_TLS.items() if other is protocol and usual is wanted)
