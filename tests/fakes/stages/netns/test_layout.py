"""Who stands where, and what is said to the kernel about it."""

from __future__ import annotations

from fakes.declare import Declaration, Firewall, Hop, Mailbox, Names, Router, Service
from fakes.stages.netns import layout
from fakes.world import World

FIREWALL = Firewall(drop=(993,))


def declared(*path: Hop) -> Declaration:
    return Declaration(
        mailbox=Mailbox(address="me@example"),
        names={
            "mail.example": Names(a=("192.0.2.1",), aaaa=("2001:db8::1",)),
            "other.example": Names(a=("192.0.2.2",)),
        },
        services={"mail.example:993": Service(speaks="imap"), "mail.example:995": Service(speaks="pop3")},
        path=path,
    )


def test_every_hop_has_a_number_and_addresses_and_the_edge_is_the_last() -> None:
    hops = layout.devices(declared(Hop(router=Router()), Hop(firewall=FIREWALL)))
    assert [(hop.number, hop.v4, hop.firewall) for hop in hops] == [
        (1, "198.51.100.1", None),
        (2, "198.51.100.2", FIREWALL),
        (3, "198.51.100.3", None),
    ]
    assert [hop.v4 for hop in layout.devices(declared())] == ["198.51.100.1"]


def test_the_servers_have_the_addresses_of_what_is_served_and_no_others() -> None:
    assert layout.server_addresses(World(declared())) == ("192.0.2.1", "2001:db8::1")
    assert layout.near_addresses(World(declared())) == ("192.0.2.53", "198.51.100.53")


def test_a_client_without_ipv6_gets_none() -> None:
    (edge,) = layout.devices(declared())
    assert any("2001:db8:77::10" in line for line in layout.client_lines(edge, "/x", ipv6=True))
    assert not any("2001:" in line for line in layout.client_lines(edge, "/x", ipv6=False))


def test_a_device_knows_the_way_back_to_all_before_it() -> None:
    first, second, edge = layout.devices(declared(Hop(router=Router()), Hop(router=Router())))
    lines = "\n".join(layout.device_lines(edge, [first, second], "/x"))
    for address in (layout.CLIENT[0], first.v4, second.v4):
        assert f"route add {address}/32 via {second.v4} dev left onlink src {edge.v4}" in lines
    assert "route add unreachable default" in list(layout.edge_lines(edge, ("192.0.2.1",)))
    assert next(iter(layout.onward_lines(first, second))).startswith(f"route add default via {second.v4}")
    assert "addr add 2001:db8::1/128 dev lo nodad" in list(layout.server_lines(edge, ("192.0.2.1", "2001:db8::1")))
