"""Refusals by ICMP, which bytes cannot express on loopback: raised as the error that the kernel would give."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.declare import IcmpCode

SENDERS = ("198.51.100.1", "2001:db8:ffff::1")
"""The pretended device by IPv4 and by IPv6, where the path does not number its devices."""
_V4: dict[IcmpCode, tuple[int, int]] = {
    "net-unreachable": (0, errno.ENETUNREACH),
    "host-unreachable": (1, errno.EHOSTUNREACH),
    "protocol-unreachable": (2, errno.ENOPROTOOPT),
    "port-unreachable": (3, errno.ECONNREFUSED),
    "net-prohibited": (9, errno.ENETUNREACH),
    "host-prohibited": (10, errno.EHOSTUNREACH),
    "admin-prohibited": (13, errno.EHOSTUNREACH),
}
"""Code of ICMP type 3, and the error that Linux makes of it (icmp_err_convert)."""
_V6: dict[IcmpCode, tuple[int, int]] = {
    "net-unreachable": (0, errno.ENETUNREACH),
    "host-unreachable": (3, errno.EHOSTUNREACH),
    "protocol-unreachable": (4, errno.ECONNREFUSED),
    "port-unreachable": (4, errno.ECONNREFUSED),
    "net-prohibited": (1, errno.EACCES),
    "host-prohibited": (1, errno.EACCES),
    "admin-prohibited": (1, errno.EACCES),
}
"""Code of ICMPv6 type 1 (RFC 4443 section 3.1), which has fewer of them."""


class IcmpRefusal(OSError):  # noqa: N818  an outcome
    """A device on the way refuses the connection; ``icmp`` is type, code and the device's address."""

    def __init__(self, number: int, icmp: tuple[int, int, str]) -> None:
        """Raise as the kernel would."""
        super().__init__(number, os.strerror(number))
        self.icmp = icmp


@dataclass(frozen=True, slots=True)
class Refuses:
    """What stands where a connection would lead: no socket, but a device that answers by ICMP."""

    code: IcmpCode

    def to(self, address: str) -> IcmpRefusal:
        """Make the refusal of a connection to ``address``."""
        if ":" in address:
            code, number = _V6[self.code]
            return IcmpRefusal(number, (1, code, SENDERS[1]))
        code, number = _V4[self.code]
        return IcmpRefusal(number, (3, code, SENDERS[0]))
