"""Connections as the kernel really ends them, on loopback."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from diag.net.connect import ConnectTimeoutError, open_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        yield sock


def test_it_connects(listener: socket.socket) -> None:
    sock = asyncio.run(open_tcp(*listener.getsockname(), timeout=5))
    with sock:
        assert sock.getpeername() == listener.getsockname()
        assert sock.gettimeout() == 0


def test_a_closed_port_refuses() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError) as refused:
            asyncio.run(open_tcp(*bound.getsockname(), timeout=5))
    assert refused.value.errno == errno.ECONNREFUSED


def test_a_full_queue_leaves_the_syn_unanswered(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()), pytest.raises(ConnectTimeoutError) as late:
        asyncio.run(open_tcp(*listener.getsockname(), timeout=0.2))
    assert late.value.errno == errno.ETIMEDOUT
    assert "0.2 s" in str(late.value)


RULES = """
table inet t {
 chain out {
  type filter hook output priority 0;
  tcp dport 993 reject with icmpx type admin-prohibited
  tcp dport 995 reject with tcp reset
  tcp dport 587 reject with icmpx type host-unreachable
 }
}
"""
LOOK = """
import asyncio, json
from diag.net.classify import classify
from diag.net.connect import open_tcp

async def main():
    for address in ("127.0.0.1", "::1"):
        for port in (993, 995, 587):
            try:
                await open_tcp(address, port, timeout=5)
            except OSError as error:
                icmp = [getattr(error, name, None) for name in ("icmp_type", "icmp_code", "sender")]
                print(json.dumps([address, port, classify(error).code, *icmp]))

asyncio.run(main())
"""


@pytest.mark.netns
def test_an_icmp_refusal_is_told_from_a_reset_with_the_device_that_sent_it(tmp_path: Path) -> None:
    """In a network namespace of its own: a real firewall, the kernel's own error queue, and no privilege."""
    for program in ("unshare", "nft", "ip"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            pytest.skip(f"{program} is not installed (Debian: util-linux, nftables, iproute2)")
    rules = tmp_path / "rules"
    rules.write_text(RULES)
    script = f"ip link set lo up && nft -f {rules} && exec {sys.executable} -c '{LOOK}'"
    environment = {
        **os.environ,
        "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    ran = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script], capture_output=True, text=True, check=False, env=environment
    )
    if "unshare failed" in ran.stderr or "Operation not permitted" in ran.stderr:
        pytest.skip(f"network namespaces are not allowed here: {ran.stderr.strip()}")
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        ["127.0.0.1", 993, "admin-prohibited", 3, 13, "127.0.0.1"],
        ["127.0.0.1", 995, "connection-refused", None, None, None],
        ["127.0.0.1", 587, "host-unreachable", 3, 1, "127.0.0.1"],
        ["::1", 993, "admin-prohibited", 1, 1, "::1"],
        ["::1", 995, "connection-refused", None, None, None],
        ["::1", 587, "host-unreachable", 1, 3, "::1"],
    ], ran.stderr
