"""A world to be used by programs that know nothing of it: the case with a way in for browsers and mail clients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fakes.declare import Names, ProxyPolicy, Service

if TYPE_CHECKING:
    from scenarios.model import Case

HOST, ADDRESS, PORT = "into-the-world.example", "192.0.2.54", 3128
"""The added proxy. Through it every host of the world is reached by its name."""
PROXY = f"{HOST}:{PORT}"


def with_proxy(case: Case) -> Case:
    """Return ``case`` with an HTTP proxy that leads to every port that the world serves."""
    world = case.declaration
    ports = tuple(sorted({int(place.rpartition(":")[2]) for place in world.services}))
    proxy = Service(speaks="http-proxy", tls="none", proxy=ProxyPolicy(ports=ports))
    names = {**world.names, HOST: Names(a=(ADDRESS,))}
    return replace(case, declaration=replace(world, names=names, services={**world.services, PROXY: proxy}))


def sign_in_place(case: Case) -> str | None:
    """Return the ``host:port`` at which people sign in, if the world has one."""
    return next((place for place, service in case.declaration.services.items() if service.serves == "entra"), None)
