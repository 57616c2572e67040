"""Refusals by ICMP, with the errors that Linux makes of them."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from fakes.faults.icmp import Refuses

if TYPE_CHECKING:
    from fakes.declare import IcmpCode


@pytest.mark.parametrize(
    ("code", "v4", "v6"),
    [
        ("net-unreachable", (3, 0, errno.ENETUNREACH), (1, 0, errno.ENETUNREACH)),
        ("host-unreachable", (3, 1, errno.EHOSTUNREACH), (1, 3, errno.EHOSTUNREACH)),
        ("protocol-unreachable", (3, 2, errno.ENOPROTOOPT), (1, 4, errno.ECONNREFUSED)),
        ("port-unreachable", (3, 3, errno.ECONNREFUSED), (1, 4, errno.ECONNREFUSED)),
        ("net-prohibited", (3, 9, errno.ENETUNREACH), (1, 1, errno.EACCES)),
        ("host-prohibited", (3, 10, errno.EHOSTUNREACH), (1, 1, errno.EACCES)),
        ("admin-prohibited", (3, 13, errno.EHOSTUNREACH), (1, 1, errno.EACCES)),
    ],
)
def test_each_code_is_the_message_and_the_error_of_its_family(
    code: IcmpCode, v4: tuple[int, int, int], v6: tuple[int, int, int]
) -> None:
    for address, told in (("192.0.2.1", v4), ("2001:db8::1", v6)):
        refusal = Refuses(code).to(address)
        assert (*refusal.icmp[:2], refusal.errno) == told
        assert (":" in refusal.icmp[2]) == (":" in address)
