"""What a device on the way says where it refuses by ICMP: each code of 'destination unreachable' by its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diag.model.actions import TcpConnect

_V4 = {
    (3, 0): ("tcp/no-route", "network unreachable"),
    (3, 1): ("tcp/host-unreachable", "host unreachable"),
    (3, 2): ("tcp/protocol-unreachable", "protocol unreachable"),
    (3, 3): ("tcp/port-unreachable", "port unreachable"),
    (3, 5): ("tcp/no-route", "source route failed"),
    (3, 6): ("tcp/no-route", "destination network unknown"),
    (3, 7): ("tcp/host-unreachable", "destination host unknown"),
    (3, 8): ("tcp/host-unreachable", "source host isolated"),
    (3, 9): ("tcp/network-prohibited", "communication with this network is administratively prohibited"),
    (3, 10): ("tcp/host-prohibited", "communication with this host is administratively prohibited"),
    (3, 11): ("tcp/no-route", "network unreachable for this type of service"),
    (3, 12): ("tcp/host-unreachable", "host unreachable for this type of service"),
    (3, 13): ("tcp/prohibited", "administratively prohibited"),
    (3, 14): ("tcp/host-prohibited", "host precedence violation"),
    (3, 15): ("tcp/prohibited", "precedence cutoff in effect"),
}
"""By type and code (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1). Codes without a finding of their own,
which routers hardly send any more, go to the one whose remedy is theirs; the page names the code."""
_V6 = {
    (1, 0): ("tcp/no-route", "no route to destination"),
    (1, 1): ("tcp/prohibited", "administratively prohibited"),
    (1, 2): ("tcp/no-route", "beyond the scope of the source address"),
    (1, 3): ("tcp/host-unreachable", "address unreachable"),
    (1, 4): ("tcp/port-unreachable", "port unreachable"),
    (1, 5): ("tcp/prohibited", "the source address failed a policy"),
    (1, 6): ("tcp/prohibited", "reject route to destination"),
}
"""The same by IPv6 (RFC 4443 section 3.1)."""


def finding(action: TcpConnect) -> str | None:
    """Return the finding for the message that ended a connection, where it is one of those."""
    known = _known(action)
    return known[0] if known else None


def words(action: TcpConnect) -> str:
    """Return the message in words, with its number."""
    known = _known(action)
    number = f"type {action.icmp_type} code {action.icmp_code}"
    return f"'{known[1]}' ({number})" if known else number


def _known(action: TcpConnect) -> tuple[str, str] | None:
    messages = _V6 if action.family == "ipv6" else _V4
    return messages.get((action.icmp_type or 0, action.icmp_code or 0)) if action.icmp_from else None
