"""What the schema cannot see: names that lead nowhere, numbers that are no ports, texts that are no addresses.

Each is an error and not ignored, because a difference without effect would make a case that proves nothing.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scenarios.validate import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from fakes.declare import BlackHole, Certificate, Declaration, Firewall, Names, Service
    from scenarios.located import Path, Problem
    from scenarios.model import CheckPart

    Place: TypeAlias = Callable[[Path, str], Problem]
    """Makes a problem of a path in the world and a sentence."""

LARGEST_PORT = 65535
SMALLEST_MTU, LARGEST_MTU = 576, 1499
"""Bytes: what every host takes (RFC 791), and what is less than an Ethernet frame carries."""
TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_PROXY = re.compile(r"(?:(?:http|socks5h?)://)?(?:[^@\s/]+@)?[\w.-]+:\d{1,5}")
_MX = re.compile(r"\d{1,5} (\S+)")
_SRV = re.compile(r"\d{1,5} \d{1,5} \d{1,5} (\S+)")


def of_world(world: Declaration, place: Place) -> Iterator[Problem]:
    """Find what makes no sense in a world."""
    for name, names in (*world.names.items(), *world.altered.items()):
        yield from _names(name, names, place)
    for where, service in world.services.items():
        yield from _service(where, service, world, place)
    for number, hop in enumerate(world.path):
        path: Path = ("path", number)
        if sum(part is not None for part in (hop.router, hop.firewall)) != 1:
            yield place(path, f"path.{number}: a hop is either a router or a firewall")
        if hop.firewall:
            yield from _firewall(hop.firewall, (*path, "firewall"), world, place)
    yield from _client(world, place)


def of_check(check: CheckPart, place: Place) -> Iterator[Problem]:
    """Find what makes no sense in a check."""
    for protocol in ("imap", "pop3", "smtp", "controls"):
        for at, where in enumerate(getattr(check, protocol) or ()):
            if not _is_place(where):
                yield place((protocol, at), f"check.{protocol}: expected host:port, found '{where}'")
    if check.proxy and not _PROXY.fullmatch(check.proxy):
        yield place(("proxy",), f"check.proxy: expected [scheme://][user:password@]host:port, found '{check.proxy}'")
    yield from _authorities(check.cacert, ("cacert",), "check.cacert", place)
    for limit in ("connect_timeout", "read_timeout", "dns_timeout", "grace", "max_time"):
        seconds = getattr(check, limit)
        if seconds is not None and not seconds > 0:
            yield place((limit,), f"check.{limit}: expected a time above 0 seconds, found {seconds}")


def of_expectation(expect: Any, known: Iterable[str], place: Place) -> Iterator[Problem]:  # noqa: ANN401  unchecked data
    """Find codes of findings that nothing could ever say; ``expect`` may be anything, right or not."""
    if not isinstance(expect, dict):
        return
    codes = set(known)
    for key in ("causes", "symptoms", "notes"):
        listed = expect.get(key)
        for at, code in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(code, str) and code not in codes:
                yield place(
                    (key, at),
                    f"expect.{key}: unknown finding '{code}'{nearest(code, codes, listed_by='maildiag explain')}",
                )
    causes = [code for code in expect.get("causes") or () if isinstance(code, str)]
    values = expect.get("values")
    for code in values if isinstance(values, dict) else ():
        if code not in causes:
            yield place(("values", code), f"expect.values: '{code}' is none of the causes{nearest(code, causes)}")


def _names(name: str, names: Names, place: Place) -> Iterator[Problem]:
    path: Path = ("names", name)
    if name != name.lower():
        yield place(path, f"names.{name}: write it in lower case, since DNS knows no other difference")
    for key, version in (("a", 4), ("aaaa", 6)):
        for at, text in enumerate(getattr(names, key)):
            if _version(text) != version:
                yield place((*path, key, at), f"names.{name}.{key}: expected an IPv{version} address, found '{text}'")
    shapes = (("mx", _MX, "10 mail.example"), ("srv", _SRV, "0 1 993 mail.example"))
    for key, shape, such in shapes:
        for at, text in enumerate(getattr(names, key)):
            if not shape.fullmatch(text):
                yield place((*path, key, at), f"names.{name}.{key}: expected text such as '{such}', found '{text}'")


def _service(where: str, service: Service, world: Declaration, place: Place) -> Iterator[Problem]:
    from fakes import behaviours, personalities

    path: Path = ("services", where)
    host = where.rpartition(":")[0]
    if not _is_place(where):
        yield place(path, f"services.{where}: expected host:port")
    elif host.strip("[]") not in world.names:
        yield place(path, f"services.{where}: unknown host '{host}'{nearest(host, world.names)}")
    if service.like not in personalities.names():
        known = nearest(service.like, personalities.names())
        yield place((*path, "like"), f"services.{where}: unknown personality '{service.like}'{known}")
    for at, name in enumerate(service.behaves):
        if name not in behaviours.NAMES:
            known = nearest(name, behaviours.NAMES)
            yield place((*path, "behaves", at), f"services.{where}: unknown behaviour '{name}'{known}")
    offered = sorted(TLS_VERSIONS.index(version) for version in service.tls_versions)
    if not offered or offered != list(range(offered[0], offered[-1] + 1)):
        yield place((*path, "tls_versions"), f"services.{where}.tls_versions: expected versions without a gap")
    yield from _certificate(service.certificate, (*path, "certificate"), place)


def _certificate(wanted: Certificate, path: Path, place: Place) -> Iterator[Problem]:
    if wanted.expired_days_ago is not None and wanted.valid_from_in_days is not None:
        yield place(path, f"{'.'.join(map(str, path))}: a certificate is expired or not valid yet, not both")


def _firewall(firewall: Firewall, path: Path, world: Declaration, place: Place) -> Iterator[Problem]:
    where = f"path.{path[1]}"
    for key in ("hosts", "reset_names", "drop_names"):
        for at, host in enumerate(getattr(firewall, key)):
            if host not in world.names:
                yield place((*path, key, at), f"{where}: unknown host '{host}'{nearest(host, world.names)}")
    for item in dataclasses.fields(firewall):
        value = getattr(firewall, item.name)
        if value and isinstance(value, tuple) and isinstance(value[0], int):
            yield from _ports(value, (*path, item.name), where, place)
    for code, ports in firewall.icmp.items():
        yield from _ports(ports, (*path, "icmp", code), where, place)
    if firewall.black_hole:
        yield from _black_hole(firewall.black_hole, (*path, "black_hole"), where, place)
    if firewall.intercept:
        from fakes.forging import vendors

        device, inside = firewall.intercept, (*path, "intercept")
        yield from _ports(device.ports, (*inside, "ports"), where, place)
        if device.vendor not in vendors():
            text = f"{where}: unknown vendor '{device.vendor}'{nearest(device.vendor, vendors())}"
            yield place((*inside, "vendor"), text)


def _black_hole(link: BlackHole, path: Path, where: str, place: Place) -> Iterator[Problem]:
    yield from _ports(link.ports, (*path, "ports"), where, place)
    if not SMALLEST_MTU <= link.mtu <= LARGEST_MTU:
        text = f"{where}.black_hole.mtu: expected bytes from {SMALLEST_MTU} to {LARGEST_MTU}, found {link.mtu}"
        yield place((*path, "mtu"), text)


def _ports(ports: Iterable[int], path: Path, where: str, place: Place) -> Iterator[Problem]:
    for at, port in enumerate(ports):
        if not 0 < port <= LARGEST_PORT:
            yield place((*path, at), f"{where}.{path[-1]}: expected a port from 1 to {LARGEST_PORT}, found {port}")


def _client(world: Declaration, place: Place) -> Iterator[Problem]:
    client = world.client
    yield from _authorities(client.trusts, ("client", "trusts"), "client.trusts", place)
    for name, address in client.hosts_file.items():
        if not _version(address):
            path: Path = ("client", "hosts_file", name)
            yield place(path, f"client.hosts_file.{name}: expected an IP address, found '{address}'")
    for at, name in enumerate(client.cannot_resolve):
        if name in client.hosts_file:
            text = f"client.cannot_resolve: '{name}' is in the hosts file too, where programs do find it"
            yield place(("client", "cannot_resolve", at), text)
    used = {text for names in world.names.values() for text in (*names.a, *names.aaaa)} | {*client.hosts_file.values()}
    for at, address in enumerate(world.dead_addresses):
        if address not in used:
            text = f"dead_addresses: no name has the address '{address}'{nearest(address, used)}"
            yield place(("dead_addresses", at), text)


def _authorities(names: tuple[str, ...], path: Path, where: str, place: Place) -> Iterator[Problem]:
    if not names:
        return
    from fakes.forging import vendors  # and with it cryptography, which most cases do not need to be read

    known = ("private", *vendors())
    for at, name in enumerate(names):
        if name not in known:
            yield place((*path, at), f"{where}: unknown CA '{name}'{nearest(name, known)}")


def _is_place(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdecimal() and 0 < int(port) <= LARGEST_PORT


@lru_cache(maxsize=1024)
def _version(text: str) -> int:
    """Return 4 or 6, or 0 for what is no address."""
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return 0
