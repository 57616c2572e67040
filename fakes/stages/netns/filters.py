"""The rules of a firewall in the language of nftables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fakes.declare import Firewall, IcmpCode

HELLO = "@ih,0,16 0x1603"
"""A segment that opens with a TLS record of the handshake: what carries a ClientHello."""
RECORD_LENGTH = "@ih,24,16"
"""Where that record says how long it is."""
LARGEST_RECORD, SMALLEST_PACKET = 1395, 160
"""A device that cannot put packets together takes no record above the one, and no packet with a part of one. A whole
ClientHello fills a packet of more than the other, headers included."""
NAMED = 0x6D61
"""The mark of a packet from the client that carries a ClientHello, for the search for names in it."""
_ICMP: dict[IcmpCode, tuple[str, str]] = {
    "net-unreachable": ("net-unreachable", "no-route"),
    "host-unreachable": ("host-unreachable", "addr-unreachable"),
    "protocol-unreachable": ("prot-unreachable", "port-unreachable"),
    "port-unreachable": ("port-unreachable", "port-unreachable"),
    "net-prohibited": ("net-prohibited", "admin-prohibited"),
    "host-prohibited": ("host-prohibited", "admin-prohibited"),
    "admin-prohibited": ("admin-prohibited", "admin-prohibited"),
}
"""nft's words for the messages of IPv4 and IPv6, which has fewer of them."""


def ruleset(forward: Iterable[str], redirect: Iterable[str]) -> str:
    """Write the tables of one device: what it does to traffic on its way, and what it takes for itself."""
    return "\n".join(
        (
            "table inet of_this_device {",
            "chain on_the_way {",
            "type filter hook forward priority -1",  # before the filter on names, which is iptables' own table
            *forward,
            "}",
            "chain taken {",
            "type nat hook prerouting priority dstnat",
            *redirect,
            "}",
            "}",
            "",
        )
    )


def forward_rules(firewall: Firewall, addresses: tuple[str, ...] | None) -> Iterator[str]:
    """Yield what ``firewall`` does without taking part; ``addresses`` narrows it to some hosts, None is all."""
    verdicts = [
        (firewall.drop, "drop"),
        (firewall.refuse, "reject with tcp reset"),
        (firewall.prohibit, "reject with icmpx type admin-prohibited"),
        *_unreachable(firewall),
        (firewall.drop_hello, f"{HELLO} drop"),
        (firewall.drop_large_hello, f"{HELLO} {RECORD_LENGTH} > {LARGEST_RECORD} drop"),
        (firewall.drop_large_hello, f"{HELLO} meta length < {SMALLEST_PACKET} drop"),
        (firewall.reset_hello, f"{HELLO} reject with tcp reset"),
    ]
    hole = firewall.black_hole
    if hole and hole.direction != "down":
        verdicts.append((hole.ports, f"meta length > {hole.mtu} drop"))
    for only in to(addresses):
        for numbers, verdict in verdicts:
            if numbers:
                yield f"{only}{ports(*numbers)} {verdict}"
    if hole and hole.direction != "up":
        for only in to(addresses, "saddr"):
            yield f"{only}{ports(*hole.ports, which='sport')} meta length > {hole.mtu} drop"
    if firewall.reset_names or firewall.drop_names:
        yield f'iifname "left" {HELLO} meta mark set {NAMED}'


def _unreachable(firewall: Firewall) -> Iterator[tuple[tuple[int, ...], str]]:
    for code, numbers in firewall.icmp.items():
        v4, v6 = _ICMP[code]
        yield numbers, f"meta nfproto ipv4 reject with icmp type {v4}"
        yield numbers, f"meta nfproto ipv6 reject with icmpv6 type {v6}"


def named(firewall: Firewall) -> str:
    """Write what iptables-restore adds for server names: the one thing that nft cannot do is to search."""
    verdicts = ((firewall.drop_names, "-j DROP"), (firewall.reset_names, "-p tcp -j REJECT --reject-with tcp-reset"))
    lines = [
        f"-A FORWARD -m mark --mark {NAMED} -m string --algo bm --string {name} {verdict}"
        for names, verdict in verdicts
        for name in names
    ]
    return "\n".join(("*filter", *lines, "COMMIT", "")) if lines else ""


def lost(addresses: Iterable[str]) -> Iterator[str]:
    """Yield the loss of every packet to ``addresses``."""
    for only in to(tuple(addresses)):
        yield f"{only}drop"


def led(listener: int, addresses: tuple[str, ...] | None, port: int) -> Iterator[str]:
    """Yield what leads connections to ``port`` to a process of the device itself."""
    for only in to(addresses):
        yield f"{only}{ports(port)} redirect to :{listener}"


def losing(percent: int) -> Iterator[str]:
    """Yield the loss of every so many packets at random."""
    if percent:
        yield f"numgen random mod 100 < {percent} drop"


def ports(*numbers: int, which: str = "dport") -> str:
    """Write a match of destination ports, or of source ports for the way back."""
    return f"tcp {which} {{ {', '.join(map(str, numbers))} }}"


def to(addresses: tuple[str, ...] | None, which: str = "daddr") -> Iterator[str]:
    """Yield one match for each family among ``addresses``, or an empty one where None says all."""
    if addresses is None:
        yield ""
        return
    for word, found in (
        ("ip", [address for address in addresses if ":" not in address]),
        ("ip6", [address for address in addresses if ":" in address]),
    ):
        if found:
            yield f"{word} {which} {{ {', '.join(found)} }} "
