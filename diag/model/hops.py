"""What a trace along the path intended and learnt: who answers from how far away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

FORBID = {"extra": "forbid"}
Answer = Literal[
    "time-exceeded", "connected", "refused", "unreachable", "silent", "reset", "closed", "data", "not-sent"
]  # fmt: skip
"""``not-sent``: there was nothing to send over, since the connection did not come to be again."""


@dataclass(slots=True, kw_only=True)
class Hop:
    """What came back from a packet that was allowed ``ttl`` hops."""

    __pydantic_config__ = FORBID

    ttl: int
    answer: Answer = "silent"
    address: str | None = None
    """Who answered, where that is told: a device on the way by ICMP, or the destination."""
    icmp_type: int | None = None
    icmp_code: int | None = None
    took: float | None = None
    """Seconds until the answer."""
    reply_ttl: int | None = None
    """What was left of the hop limit of the answer itself, where packets are seen."""


@dataclass(slots=True, kw_only=True)
class TraceRoute:
    """TCP connections with growing hop limits, to the port that is blocked or to one beside it for comparison."""

    __pydantic_config__ = FORBID

    kind: Literal["trace-route"] = "trace-route"
    address: str
    port: int
    role: Literal["blocked", "control", "hello", "hello-control"]
    """``hello``: the connection stands, and it is a ClientHello that is allowed so many hops."""
    server_name: str | None = None
    """The name in that ClientHello."""
    size: int | None = None
    """Its bytes."""
    part: int | None = None
    """How many of them were sent, where it takes more than one packet: those of the first."""
    method: Literal["connect", "packets"] | None = None
    """By ordinary connections and the kernel's error queue (Linux), or by packets of our own making (scapy)."""
    not_measured: str | None = None
    """Why there is nothing to be seen."""
    distance: int | None = None
    """How many hops away whoever answers is, where that is known without asking hop by hop: in an emulated world."""
    hops: list[Hop] = field(default_factory=list)
    """In order; after the first that ends the way none is meant."""
