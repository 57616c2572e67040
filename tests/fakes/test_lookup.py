"""What the applications of a client get for a name."""

from __future__ import annotations

import asyncio
import socket

import pytest

from fakes.declare import Client, Declaration, Mailbox, Names
from fakes.lookup import lookup

V4, V6 = "192.0.2.1", "2001:db8::1"


def world(**client: object) -> Declaration:
    return Declaration(
        mailbox=Mailbox(address="me@example"),
        names={
            "mail.example": Names(a=(V4,), aaaa=(V6,)),
            "alias.example": Names(cname="mail.example"),
            "round.example": Names(cname="round.example"),
            "bad.example": Names(answer="servfail"),
            "gone.example": Names(answer="nxdomain"),
            "empty.example": Names(mx=("10 mail.example",)),
        },
        client=Client(**client),  # type: ignore[arg-type]
    )


def test_the_hosts_file_comes_first_then_the_name_server() -> None:
    declared = world(hosts_file={"mail.example": "192.0.2.9"})
    assert asyncio.run(lookup(declared, "mail.example")) == ("192.0.2.9",)
    assert asyncio.run(lookup(declared, "alias.example")) == (V6, V4)
    assert asyncio.run(lookup(world(ipv6=False), "alias.example")) == (V4,)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("unknown.example", socket.EAI_NONAME),
        ("gone.example", socket.EAI_NONAME),
        ("empty.example", socket.EAI_NONAME),
        ("round.example", socket.EAI_NONAME),
        ("blocked.example", socket.EAI_NONAME),
        ("bad.example", socket.EAI_AGAIN),
    ],
)
def test_a_name_without_an_address_is_the_error_of_getaddrinfo(name: str, number: int) -> None:
    with pytest.raises(socket.gaierror) as error:
        asyncio.run(lookup(world(cannot_resolve=("blocked.example",)), name))
    assert error.value.errno == number
