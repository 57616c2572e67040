"""Who stands where: the client, the devices of the path one behind the other, and the servers, with their addresses.

Every device has one address of each family, by which traceroutes know it. Links have none of their own: IPv4 goes to
the neighbour's address, IPv6 to fixed link-local ones. Behind the declared path stands the edge of the provider's
network, which knows where the servers are and answers for what is nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakes.world import PROXIES, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.declare import Declaration, Firewall, Router
    from fakes.world import World

CLIENT = ("192.168.77.10", "2001:db8:77::10")
NAME_SERVER = "192.0.2.53"
SECOND_NAME_SERVER = "198.51.100.53"
"""The pretended address of the world's name server (RFC 5737)."""
LEFTWARD, RIGHTWARD = "fe80::2", "fe80::1"
"""The link-local address of whoever is nearer to the client, and of whoever is farther away, on each link."""

_UP = "up gso_max_segs 1"
"""One segment is one packet: a rule that looks at the length of packets must see those that a wire would carry."""


@dataclass(frozen=True, slots=True)
class Device:
    """One hop. ``firewall`` is None where it only forwards."""

    number: int
    """Hops from the client, beginning with 1."""
    v4: str
    v6: str
    firewall: Firewall | None = None
    router: Router | None = None


def devices(declaration: Declaration) -> list[Device]:
    """Return the hops from the client outwards, the provider's edge last."""
    found = []
    for number, hop in enumerate(declaration.path, 1):
        found.append(Device(number, *addresses_of(number), hop.firewall, hop.router))
    number = len(found) + 1
    return [*found, Device(number, *addresses_of(number))]


def addresses_of(number: int) -> tuple[str, str]:
    """Return the addresses of the hop ``number`` (RFC 5737, RFC 3849)."""
    return f"198.51.100.{number}", f"2001:db8:ffff::{number:x}"


def server_addresses(world: World) -> tuple[str, ...]:
    """Return every address under which something of the world could listen behind the whole path."""
    beside = near_addresses(world)
    places = (address for place in world.declaration.services for address in world.addresses(split(place)[0]))
    return tuple(dict.fromkeys(address for address in places if address not in beside))


def near_addresses(world: World) -> tuple[str, ...]:
    """Return the addresses of what stands beside the client: the name server, and hosts with a proxy."""
    services = world.declaration.services.items()
    hosts = (split(place)[0] for place, service in services if service.speaks in PROXIES)
    return tuple(
        dict.fromkeys(
            (NAME_SERVER, SECOND_NAME_SERVER, *(address for host in hosts for address in world.addresses(host)))
        )
    )


def client_lines(first: Device, next_path: str, *, ipv6: bool) -> Iterator[str]:
    """Yield what ``ip -batch`` does in the client's network; its link leads to the network at ``next_path``."""
    yield from _link(next_path)
    yield f"addr add {CLIENT[0]}/32 dev right"
    yield f"route add default via {first.v4} dev right onlink"
    if ipv6:
        yield f"addr add {CLIENT[1]}/128 dev right nodad"
        yield f"route add ::/0 via {RIGHTWARD} dev right src {CLIENT[1]}"


def device_lines(device: Device, before: list[Device], next_path: str) -> Iterator[str]:
    """Yield the same for a device; ``before`` are those between it and the client."""
    yield f"link set left {_UP}"
    yield f"addr add {device.v4}/32 dev left"
    yield f"addr add {device.v6}/128 dev left nodad"
    yield f"addr add {RIGHTWARD}/64 dev left nodad"
    yield from _link(next_path)
    nearer = before[-1].v4 if before else CLIENT[0]
    for v4, v6 in (CLIENT, *((other.v4, other.v6) for other in before)):
        yield f"route add {v4}/32 via {nearer} dev left onlink src {device.v4}"
        yield f"route add {v6}/128 via {LEFTWARD} dev left src {device.v6}"


def wire_lines(next_path: str) -> Iterator[str]:
    """Yield a network that forwards nothing, for a process to carry packets through."""
    yield f"link set left {_UP}"
    yield f"link add right type veth peer name left netns {next_path}"
    yield f"link set right {_UP}"


def own_lines(addresses: tuple[str, ...]) -> Iterator[str]:
    """Yield what makes a network the place of hosts at ``addresses``."""
    yield "link set lo up"
    for address in addresses:
        yield f"addr add {address}/128 dev lo nodad" if ":" in address else f"addr add {address}/32 dev lo"


def onward_lines(device: Device, after: Device) -> Iterator[str]:
    """Yield the way outwards of a device that is not the last one."""
    yield f"route add default via {after.v4} dev right onlink src {device.v4}"
    yield f"route add ::/0 via {RIGHTWARD} dev right src {device.v6}"


def edge_lines(edge: Device, servers: tuple[str, ...]) -> Iterator[str]:
    """Yield the way of the last device: to the servers, and nowhere else."""
    for address in servers:
        if ":" in address:
            yield f"route add {address}/128 via {RIGHTWARD} dev right src {edge.v6}"
        else:
            yield f"route add {address}/32 via {address} dev right onlink src {edge.v4}"
    yield "route add unreachable default"
    yield "route add unreachable ::/0"


def server_lines(edge: Device, servers: tuple[str, ...]) -> Iterator[str]:
    """Yield the servers' network: every address is a host of its own to whoever asks."""
    yield from own_lines(servers)
    yield f"link set left {_UP}"
    yield f"addr add {RIGHTWARD}/64 dev left nodad"
    yield f"route add default via {edge.v4} dev left onlink"
    yield f"route add ::/0 via {LEFTWARD} dev left"


def _link(next_path: str) -> Iterator[str]:
    yield "link set lo up"
    yield f"link add right type veth peer name left netns {next_path}"
    yield f"link set right {_UP}"
    yield f"addr add {LEFTWARD}/64 dev right nodad"
