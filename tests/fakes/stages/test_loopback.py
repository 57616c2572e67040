"""A world on loopback: where addresses lead, and that nothing stays."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Client, Declaration, Firewall, Hop, Intercept, Mailbox, Names, Router, Service
from fakes.faults.icmp import IcmpRefusal
from fakes.stages.loopback import NAME_SERVER, LoopbackStage

if TYPE_CHECKING:
    from collections.abc import Callable

HOST, V4, V6 = "mail.example", "192.0.2.1", "2001:db8::1"


def declared(*path: Hop, client: Client | None = None, dead: tuple[str, ...] = (), **service: object) -> Declaration:
    return Declaration(
        mailbox=Mailbox(address="me@example"),
        names={
            HOST: Names(a=(V4,), aaaa=(V6,)),
            "alias.example": Names(cname=HOST),
            "bad.example": Names(answer="servfail"),
        },
        services={f"{HOST}:143": Service(speaks="imap", like="dovecot", tls="none", **service)},  # type: ignore[arg-type]
        path=path,
        dead_addresses=dead,
        client=client or Client(),
    )


def on(declaration: Declaration, look: Callable[[LoopbackStage], object]) -> object:
    async def main() -> object:
        async with LoopbackStage(declaration) as stage:
            return await asyncio.to_thread(look, stage)

    return asyncio.run(main())


def first_bytes(stage: LoopbackStage, address: str = V4, port: int = 143) -> bytes:
    with socket.create_connection(stage.route(address, port), timeout=0.3) as sock:
        return sock.recv(10)


def test_every_address_leads_to_the_service() -> None:
    assert on(declared(), lambda stage: first_bytes(stage, V4)) == b"* OK [CAPA"
    assert on(declared(), lambda stage: first_bytes(stage, V6)) == b"* OK [CAPA"


@pytest.mark.parametrize(
    ("declaration", "error"),
    [
        (declared(Hop(firewall=Firewall(drop=(143,)))), TimeoutError),
        (declared(Hop(firewall=Firewall(refuse=(143,)))), ConnectionRefusedError),
        (declared(Hop(firewall=Firewall(prohibit=(143,)))), IcmpRefusal),
        (declared(Hop(firewall=Firewall(icmp={"port-unreachable": (143,)}))), IcmpRefusal),
        (declared(Hop(firewall=Firewall(reset=(143,)))), ConnectionResetError),
        (declared(Hop(firewall=Firewall(swallow=(143,)))), TimeoutError),
        (declared(dead=(V4,)), TimeoutError),
        (declared(down=True), ConnectionRefusedError),
    ],
)
def test_faults_are_met(declaration: Declaration, error: type[Exception]) -> None:
    with pytest.raises(error):
        on(declaration, first_bytes)


def test_a_firewall_for_other_hosts_leaves_this_one_alone() -> None:
    hop = Hop(firewall=Firewall(hosts=("alias.example",), drop=(143,)))
    assert on(declared(hop), first_bytes) == b"* OK [CAPA"


def test_the_device_nearest_to_the_client_has_the_last_word() -> None:
    path = (Hop(firewall=Firewall(refuse=(143,))), Hop(firewall=Firewall(drop=(143,))))
    with pytest.raises(ConnectionRefusedError):
        on(declared(*path), first_bytes)


@pytest.mark.parametrize(
    ("address", "port", "number"),
    [("203.0.113.9", 143, errno.EHOSTUNREACH), (V6, 143, errno.ENETUNREACH)],
)
def test_what_leads_nowhere_is_an_error_of_the_system(address: str, port: int, number: int) -> None:
    with pytest.raises(OSError, match=os.strerror(number)) as error:
        on(declared(client=Client(ipv6=False)), lambda stage: stage.route(address, port))
    assert error.value.errno == number


def test_a_known_host_refuses_on_other_ports() -> None:
    with pytest.raises(ConnectionRefusedError):
        on(declared(), lambda stage: first_bytes(stage, V4, 999))


def test_applications_get_the_hosts_file_first_and_no_ipv6_without_it() -> None:
    client = Client(hosts_file={"old.example": "192.0.2.9"}, ipv6=False)

    async def main() -> list[object]:
        async with LoopbackStage(declared(client=client)) as stage:
            assert stage.route(NAME_SERVER, 53) == (stage.names.address, stage.names.port)
            found: list[object] = [await stage.lookup("old.example"), await stage.lookup("alias.example")]
            for name in ("unknown.example", "bad.example"):
                with pytest.raises(socket.gaierror) as error:
                    await stage.lookup(name)
                found.append(error.value.errno)
            return found

    assert asyncio.run(main()) == [("192.0.2.9",), (V4,), socket.EAI_NONAME, socket.EAI_AGAIN]


@pytest.mark.parametrize(
    ("firewall", "error"),
    [
        (Firewall(drop=(465,)), TimeoutError),
        (Firewall(prohibit=(465,)), IcmpRefusal),
        (Firewall(reset=(465,)), ConnectionResetError),
        (Firewall(drop=(25,)), ConnectionRefusedError),
    ],
)
def test_a_firewall_acts_on_ports_without_a_service_too(firewall: Firewall, error: type[Exception]) -> None:
    with pytest.raises(error):
        on(declared(Hop(firewall=firewall)), lambda stage: first_bytes(stage, V4, 465))


@pytest.mark.parametrize("fault", ["strip_starttls", "mask_starttls", "reset_hello"])
def test_a_device_that_passes_on_accepts_nothing_in_the_place_of_a_host_that_refuses(fault: str) -> None:
    rewriting = Hop(firewall=Firewall(**{fault: (143,)}))  # type: ignore[arg-type]
    with pytest.raises(ConnectionRefusedError):
        on(declared(rewriting, down=True), first_bytes)
    with pytest.raises(TimeoutError):
        on(declared(rewriting, Hop(firewall=Firewall(drop=(143,)))), first_bytes)


def test_the_one_who_answers_is_as_far_away_as_the_links_before_it() -> None:
    near = Hop(router=Router(delay_ms=5))
    far = Hop(router=Router(delay_ms=30))

    async def lag(*hops: Hop) -> float:
        async with LoopbackStage(declared(*hops)) as stage:
            return stage.lag(V4, 143)

    assert asyncio.run(lag(near, far)) == pytest.approx(0.035)
    assert asyncio.run(lag(near, Hop(firewall=Firewall(refuse=(143,))), far)) == pytest.approx(0.005)
    assert asyncio.run(lag(near, Hop(firewall=Firewall(reset_hello=(143,))), far)) == pytest.approx(0.035)
    ends_tls = Hop(firewall=Firewall(intercept=Intercept(ports=(143,))))
    assert asyncio.run(lag(near, ends_tls, far)) == pytest.approx(0.005)


def test_a_delayed_path_delays_data_too() -> None:
    async def main() -> float:
        async with LoopbackStage(declared(Hop(router=Router(delay_ms=120, jitter_ms=1)))) as stage:
            began = asyncio.get_running_loop().time()
            assert await asyncio.to_thread(first_bytes, stage) == b"* OK [CAPA"
            return asyncio.get_running_loop().time() - began

    assert asyncio.run(main()) >= 0.06


def test_distances_count_the_devices_and_the_edge_behind_them() -> None:
    near = Hop(firewall=Firewall(refuse=(995,), drop=(587,), portal=(80,)))
    declaration = declared(Hop(router=Router()), near, Hop(router=Router()))
    found = on(declaration, lambda stage: [stage.distance(V4, port) for port in (143, 995, 587, 80)])
    assert found == [5, 3, None, 2]
    assert on(declaration, lambda stage: stage.distance("203.0.113.1", 143)) is None
    assert on(declared(dead=(V4,)), lambda stage: stage.distance(V4, 143)) is None


@pytest.mark.parametrize(
    ("firewall", "error"),
    [
        (Firewall(reset=(143,)), ConnectionResetError),
        (Firewall(relay=(143,)), ConnectionResetError),
        (Firewall(swallow=(143,)), TimeoutError),
        (Firewall(drop=(143,)), TimeoutError),
        (Firewall(refuse=(143,)), ConnectionRefusedError),
        (Firewall(hosts=(HOST,), reset=(143,)), OSError),
        (Firewall(strip_starttls=(143,)), OSError),
        (Firewall(reset=(993,)), OSError),
    ],
)
def test_a_firewall_for_every_host_acts_on_addresses_that_nobody_has(
    firewall: Firewall, error: type[Exception]
) -> None:
    with pytest.raises(error) as met:
        on(declared(Hop(firewall=firewall)), lambda stage: first_bytes(stage, "203.0.113.9"))
    no_way = getattr(met.value, "errno", None) == errno.EHOSTUNREACH
    assert no_way is (error is OSError)


def test_a_transparent_proxy_accepts_what_it_cannot_pass_on() -> None:
    relay = Hop(firewall=Firewall(relay=(143, 465)))
    assert on(declared(relay), first_bytes) == b"* OK [CAPA"
    with pytest.raises(ConnectionResetError):
        on(declared(relay), lambda stage: first_bytes(stage, V4, 465))
    with pytest.raises(ConnectionResetError):
        on(declared(relay, down=True), first_bytes)
    with pytest.raises(ConnectionResetError):
        on(declared(relay, Hop(firewall=Firewall(prohibit=(143,)))), first_bytes)

    def held(stage: LoopbackStage) -> bool:
        with socket.create_connection(stage.route(V4, 143), timeout=0.3) as sock, pytest.raises(TimeoutError):
            sock.recv(10)
        return True

    assert on(declared(relay, Hop(firewall=Firewall(drop=(143,)))), held)


def test_who_accepts_is_nearer_than_the_server() -> None:
    path = (Hop(router=Router(delay_ms=5)), Hop(firewall=Firewall(relay=(143,))), Hop(router=Router(delay_ms=30)))
    found = on(
        declared(*path),
        lambda stage: (
            *(round(stage.lag(address, 143), 3) for address in (V4, "203.0.113.9")),
            stage.lag("203.0.113.9", 999),
            *(stage.distance(V4, port) for port in (143, 443)),
        ),
    )
    assert found == (0.005, 0.005, 0.0, 2, 5)
