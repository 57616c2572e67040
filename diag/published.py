"""The addresses that a provider publishes for its hosts, from ``diag/data/ranges.toml``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Published:
    """One set of hosts with its ports and address ranges, and the day on which that was true."""

    name: str
    date: str
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    ranges: tuple[str, ...]

    def has(self, address: str) -> bool:
        """Tell whether an address literal lies in one of the ranges."""
        found = ipaddress.ip_address(address)
        return any(found in network for network in _networks(self.ranges) if network.version == found.version)


@cache
def _networks(ranges: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in ranges)


@cache
def sets() -> tuple[Published, ...]:
    """Return every set of the file."""
    import tomllib  # noqa: PLC0415  only where a host is looked up
    from importlib.resources import files  # noqa: PLC0415

    data = tomllib.loads(files("diag.data").joinpath("ranges.toml").read_text("utf-8"))["set"]
    return tuple(
        Published(item["name"], item["date"], tuple(item["hosts"]), tuple(item["ports"]), tuple(item["ranges"]))
        for item in data
    )


def of_host(host: str) -> Published | None:
    """Return the set that has ``host``, if one has."""
    return next((item for item in sets() if host.lower() in item.hosts), None)
