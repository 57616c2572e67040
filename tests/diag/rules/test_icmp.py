"""Each message of a device has a finding, and the page names it; not every code can be sent by an emulated device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diag.judge import judge
from diag.model.actions import TcpConnect
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Endpoint, Protocol, Target, Tls

if TYPE_CHECKING:
    from diag.model.finding import Finding


def refused(icmp_type: int, icmp_code: int) -> Finding:
    """Return the cause where a device answers by this message, and the kernel by the general EHOSTUNREACH."""
    v6 = icmp_type == 1
    action = TcpConnect(
        address="2001:db8::1" if v6 else "192.0.2.1",
        port=993,
        family="ipv6" if v6 else "ipv4",
        timeout=5,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
        icmp_from="2001:db8::9" if v6 else "10.0.0.1",
    )
    failure = Failure.of(FailureCode.HOST_UNREACHABLE, "EHOSTUNREACH")
    seen = Observation(number=1, subject="mail.example:993", began=0.0, took=0.1, action=action, failure=failure)
    endpoint = Endpoint(protocol=Protocol.IMAP, host="mail.example", port=993, tls=Tls.IMPLICIT)
    target = Target(address="me@example", user="me@example", endpoints=(endpoint,))
    (cause,) = judge(Measurement(target=target, vantage=Vantage(), observations=[seen])).causes
    return cause


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ((3, 0), "tcp/no-route", "'network unreachable' (type 3 code 0)"),
        ((3, 6), "tcp/no-route", "'destination network unknown' (type 3 code 6)"),
        ((3, 11), "tcp/no-route", "'network unreachable for this type of service' (type 3 code 11)"),
        ((3, 12), "tcp/host-unreachable", "'host unreachable for this type of service' (type 3 code 12)"),
        ((3, 13), "tcp/prohibited", "'administratively prohibited' (type 3 code 13)"),
        ((3, 14), "tcp/host-prohibited", "'host precedence violation' (type 3 code 14)"),
        ((3, 15), "tcp/prohibited", "'precedence cutoff in effect' (type 3 code 15)"),
        ((3, 77), "tcp/host-unreachable", "type 3 code 77"),
        ((1, 2), "tcp/no-route", "'beyond the scope of the source address' (type 1 code 2)"),
        ((1, 6), "tcp/prohibited", "'reject route to destination' (type 1 code 6)"),
    ],
)
def test_each_message_has_its_finding_and_is_named(message: tuple[int, int], code: str, words: str) -> None:
    cause = refused(*message)
    assert (cause.code, cause.values["message"]) == (code, words)
    assert words in str(cause.values["said"])
