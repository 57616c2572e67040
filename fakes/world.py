"""A declared world, independent of where it is played: its time, directory, certificates and name server."""

from __future__ import annotations

import errno
import time
from collections import ChainMap
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from fakes.directory import Directory
from fakes.ground import LOOPBACK
from fakes.server import make_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from fakes.certificates import Certificates
    from fakes.declare import Declaration, Firewall, Names, Service
    from fakes.mail import Store
    from fakes.server import Context


def split(place: str) -> tuple[str, int]:
    """Split ``host:port``."""
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)


PROXIES = {"http-proxy", "socks5-proxy"}
"""What services speak that stand beside the client, in front of every device of the path."""


CHANGEABLE = {"mailbox", "mailboxes", "tenant", "application", "entra", "token"}
"""Parts of a declaration that an administrator, or the person at the client, changes while the servers run."""


class World:
    """What exists, before any socket is opened."""

    def __init__(self, declaration: Declaration) -> None:
        """Bring the declaration to life."""
        from fakes.certificates import Certificates

        self.declaration = declaration
        self.certificates: Certificates = Certificates(
            now=self.now, public_ca=declaration.public_ca, private_ca=declaration.private_ca
        )
        self.directory = Directory(declaration, now=self.now)
        self.stores: dict[str, Store] = {}
        self.passed: list[tuple[str, int]] = []
        """What proxies of this world have passed on."""
        self.reach: Callable[[str, int], tuple[str, int]] = self.straight
        """Where a proxy dials for a host and a port; a stage says so."""
        self.ground = LOOPBACK
        """Where it dials from."""
        self.token = self.directory.issue(declaration.token) if declaration.token else None

    def become(self, declaration: Declaration) -> bool:
        """Change the organisation and the client's token while everything runs; False where anything else differs."""
        mine = self.declaration
        if any(getattr(mine, part.name) != getattr(declaration, part.name) for part in fields(mine)
               if part.name not in CHANGEABLE):  # fmt: skip
            return False
        self.directory.become(declaration)
        if declaration.token != mine.token:
            self.token = self.directory.issue(declaration.token) if declaration.token else None
        self.declaration = declaration
        return True

    @cached_property
    def refresh_token(self) -> str:
        """The refresh token that the client holds from an earlier sign-in."""
        return self.directory.issue_refresh(self.declaration.session)

    def now(self) -> float:
        """Return the world's time: the computer's clock is right, or off by what the scenario says.

        The client's clock is the real one of this computer, so the world's is shifted the other way.
        """
        return time.time() - self.declaration.client.clock_off_by

    def context(self, place: str, service: Service) -> Context:
        """Return what the sessions of a service share."""
        host, _ = split(place)
        plain = service.tls == "none" or service.speaks in PROXIES
        tls = None if plain else self.certificates.context(service, host)
        context = make_context(service, host, self.directory, tls, now=self.now, stores=self.stores)
        context.reach, context.ground = self.reach, self.ground
        context.passed = self.passed
        return context

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return every address under which ``host`` can be dialled, through aliases."""
        names = self.declaration.names
        for _ in range(len(names) + 1):
            known = names.get(host)
            if known is None:
                return ()
            if known.cname is None:
                return (*known.a, *known.aaaa)
            host = known.cname
        return ()

    def told(self) -> Mapping[str, Names]:
        """Return what the name server of the client's network says."""
        return ChainMap(self.declaration.altered, self.declaration.names)

    def straight(self, host: str, port: int) -> tuple[str, int]:
        """Return the first address of ``host``, by IPv4 where it has one.

        :raises OSError: there is none.
        """
        known = any(host in (*names.a, *names.aaaa) for names in self.declaration.names.values())
        addresses = (host,) if known else self.addresses(host)
        if not addresses:
            raise OSError(errno.EHOSTUNREACH, f"no address for {host}")
        return addresses[0], port

    def firewalls(self) -> Iterator[Firewall]:
        """Yield the firewalls on the path, from the client outwards."""
        for hop in self.declaration.path:
            if hop.firewall is not None:
                yield hop.firewall

    def round_trip(self) -> float:
        """Return how many seconds the way to a server and back takes, beyond none at all."""
        return sum(hop.router.delay_ms for hop in self.declaration.path if hop.router is not None) / 1000

    def known_logs(self) -> tuple[date, tuple[tuple[str, bytes], ...]]:
        """Return the day of the client's list of Certificate Transparency logs, and their names and keys."""
        from fakes import timestamps

        client = self.declaration.client
        dated = datetime.fromtimestamp(self.now(), UTC).date() - timedelta(days=client.log_list_age)
        return dated, ((timestamps.PUBLIC, timestamps.public_key()),) if client.log_list_has_log else ()

    def public_roots(self) -> str:
        """Return what the client's programs bring along and trust, as PEM."""
        added = [item.intercept for item in self.firewalls() if item.intercept and item.intercept.trusted_by_programs]
        shipped = "of the past" if self.declaration.client.old_roots else "public"
        return "".join(self.certificates.root(name) for name in (shipped, *(item.vendor for item in added)))

    def system_roots(self) -> str:
        """Return what the client's operating system trusts, as PEM."""
        installed = [item.intercept for item in self.firewalls() if item.intercept and item.intercept.trusted_by_os]
        trusted = ("public", *self.declaration.client.trusts, *(item.vendor for item in installed))
        return "".join(self.certificates.root(name) for name in trusted)
