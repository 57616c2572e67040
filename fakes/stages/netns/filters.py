"""The rules of a firewall in the language of nftables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fakes.declare import Firewall

HELLO = "@ih,0,16 0x1603"
"""A segment that opens with a TLS record of the handshake: what carries a ClientHello."""


def ruleset(forward: Iterable[str], redirect: Iterable[str]) -> str:
    """Write the tables of one device: what it does to traffic on its way, and what it takes for itself."""
    return "\n".join(
        (
            "table inet of_this_device {",
            "chain on_the_way {",
            "type filter hook forward priority filter",
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
    verdicts = (
        (firewall.drop, "drop"),
        (firewall.refuse, "reject with tcp reset"),
        (firewall.prohibit, "reject with icmpx type admin-prohibited"),
        (firewall.reset_hello, f"{HELLO} reject with tcp reset"),
    )
    for only in to(addresses):
        for numbers, verdict in verdicts:
            if numbers:
                yield f"{only}{ports(*numbers)} {verdict}"


def lost(addresses: Iterable[str]) -> Iterator[str]:
    """Yield the loss of every packet to ``addresses``."""
    for only in to(tuple(addresses)):
        yield f"{only}drop"


def led(listener: int, addresses: tuple[str, ...] | None, port: int) -> Iterator[str]:
    """Yield what leads connections to ``port`` to a process of the device itself."""
    for only in to(addresses):
        yield f"{only}{ports(port)} redirect to :{listener}"


def ports(*numbers: int) -> str:
    """Write a match of destination ports."""
    return f"tcp dport {{ {', '.join(map(str, numbers))} }}"


def to(addresses: tuple[str, ...] | None) -> Iterator[str]:
    """Yield one match for each family among ``addresses``, or an empty one where None says all."""
    if addresses is None:
        yield ""
        return
    for word, found in (
        ("ip", [address for address in addresses if ":" not in address]),
        ("ip6", [address for address in addresses if ":" in address]),
    ):
        if found:
            yield f"{word} daddr {{ {', '.join(found)} }} "
