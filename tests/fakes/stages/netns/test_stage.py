"""A world in namespaces, seen by a plain client in its network: every fault with real packets."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.declare import Client, Declaration, Firewall, Hop, Mailbox, Names, Router, Service
from fakes.stages.netns.stage import NetnsStage
from tests.fakes.stages.netns.enclosed import enclosed

pytestmark = pytest.mark.netns
HOST, V4, V6 = "mail.example", "192.0.2.1", "2001:db8::1"
WORLD = Declaration(
    mailbox=Mailbox(address="me@example"),
    names={HOST: Names(a=(V4,), aaaa=(V6,)), "same.example": Names(a=(V4,))},
    services={
        f"{HOST}:143": Service(speaks="imap", like="dovecot", tls="none"),
        "same.example:143": Service(speaks="imap", like="dovecot", tls="none"),
        f"{HOST}:587": Service(speaks="smtp", like="dovecot", tls="starttls"),
        f"{HOST}:25": Service(speaks="smtp", like="dovecot", tls="none", down=True),
    },
)
HELLO = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"


def with_path(*path: Hop) -> Declaration:
    return replace(WORLD, path=path)


def met(stage: NetnsStage, address: str, port: int, said: bytes = b"") -> str:
    """Connect as the client of the world does, say something, and tell what came of it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with stage.client.make(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(0.3)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, 25, 1)  # IPV6_RECVERR: the error at once
        try:
            sock.connect((address, port))
            first = sock.recv(4096)
            if said:
                sock.sendall(said)
                first = sock.recv(4096)
        except TimeoutError:
            return "silence"
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return first[:4].decode("ascii", "replace") or "end"


def on(declaration: Declaration, *questions: tuple[str, int, bytes]) -> list[str]:
    async def main() -> list[str]:
        async with NetnsStage(declaration) as stage:
            return [await asyncio.to_thread(met, stage, *question) for question in questions]

    return asyncio.run(main())


def healthy() -> list[str]:
    questions = [
        (V4, 143, b""),
        (V6, 143, b""),
        (V4, 587, b""),
        (V4, 25, b""),
        (V4, 999, b""),
        ("203.0.113.9", 25, b""),
    ]
    return on(with_path(Hop(router=Router())), *questions)


def treated() -> dict[str, list[str]]:
    found = {}
    for name in ("drop", "refuse", "prohibit", "reset", "swallow", "block_page"):
        path = (Hop(router=Router()), Hop(firewall=Firewall(**{name: (143,)})))  # type: ignore[arg-type]
        found[name] = on(with_path(*path), (V4, 143, b""), (V6, 143, b""), (V4, 587, b""))
    return found


def relayed() -> list[str]:
    """Ask a transparent proxy for servers, for what does not listen, for nobody, and for what is dropped behind it."""
    relay = Hop(firewall=Firewall(relay=(143, 587, 25)))
    path = (relay, Hop(router=Router()), Hop(firewall=Firewall(drop=(587,))))
    nobody = (("203.0.113.9", 143, b""), ("2001:db8:9::9", 143, b""), ("203.0.113.9", 993, b""))
    found = on(with_path(*path), (V4, 143, b""), (V6, 143, b""), (V4, 25, b""), (V4, 587, b""), *nobody)
    only = Hop(firewall=Firewall(hosts=(HOST,), relay=(143,)))
    return found + on(with_path(only), (V6, 143, b""), *nobody[:1])


def rewritten() -> list[str]:
    path = (Hop(firewall=Firewall(mask_starttls=(587,), reset_hello=(587,))), Hop(firewall=Firewall(refuse=(25,))))
    return on(with_path(*path), (V4, 587, b""), (V6, 587, b"EHLO me\r\n"), (V4, 25, b""))


def elsewhere() -> list[str]:
    reset = Firewall(reset_hello=(143,), hosts=("nowhere.example",))
    declared = replace(with_path(Hop(firewall=reset)), dead_addresses=(V6,), client=Client(ipv6=True))
    found = on(declared, (V4, 143, HELLO), (V6, 143, b""))
    found += on(with_path(Hop(firewall=replace(reset, hosts=()))), (V4, 143, HELLO))
    return found + on(replace(WORLD, client=Client(ipv6=False)), (V6, 143, b""))


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def leftovers() -> list[int]:
    """Count the descriptors before a world, while it stands, after it, and after one that could not be built."""
    declared = with_path(Hop(router=Router()))

    async def main() -> list[int]:
        counts = [descriptors()]
        async with NetnsStage(declared):
            counts.append(descriptors())
        counts.append(descriptors())
        with contextlib.suppress(ValueError):
            async with NetnsStage(replace(declared, services={f"{HOST}:1": Service(speaks="imap", like="nobody")})):
                pass
        return [*counts, descriptors()]

    return asyncio.run(main())


def test_services_answer_on_their_real_ports_and_nothing_else_does() -> None:
    assert enclosed(healthy) == ["* OK", "* OK", "220 ", "ECONNREFUSED", "ECONNREFUSED", "EHOSTUNREACH"]


def test_every_fault_is_met_in_both_families_on_its_port_alone() -> None:
    assert enclosed(treated) == {
        "drop": ["silence", "silence", "220 "],
        "refuse": ["ECONNREFUSED", "ECONNREFUSED", "220 "],
        "prohibit": ["EHOSTUNREACH", "EACCES", "220 "],
        "reset": ["ECONNRESET", "ECONNRESET", "220 "],
        "swallow": ["silence", "silence", "220 "],
        "block_page": ["HTTP", "HTTP", "220 "],
    }


def test_a_transparent_proxy_accepts_whatever_the_address_and_passes_on_what_it_can() -> None:
    assert enclosed(relayed) == [
        "* OK", "* OK", "ECONNRESET", "silence", "ECONNRESET", "ECONNRESET", "EHOSTUNREACH", "* OK", "EHOSTUNREACH",
    ]  # fmt: skip


def test_a_device_that_changes_bytes_stands_between_and_makes_nothing_where_nothing_is() -> None:
    assert enclosed(rewritten) == ["220 ", "250-", "ECONNREFUSED"]


def test_hosts_narrow_a_firewall_and_dead_addresses_are_silent() -> None:
    assert enclosed(elsewhere) == ["silence", "silence", "ECONNRESET", "ENETUNREACH"]


def test_nothing_stays_behind() -> None:
    before, during, after, failed = enclosed(leftovers)
    assert before < during
    assert before == after == failed
