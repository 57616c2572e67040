"""The process for raw packets: begun, asked, and gone."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from diag.net.packets import NoPacketsError, open_packets

pytest.importorskip("scapy", reason="scapy is not installed (extra: trace)")


def test_the_end_of_the_process_is_told_to_whoever_waits() -> None:
    if os.getuid():
        pytest.skip("elsewhere: raw packets take the rights of an administrator")

    async def main() -> None:
        packets = await open_packets()
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            hops = await packets.trace("127.0.0.1", bound.getsockname()[1], timeout=1, patient=False)
            assert [(hop.ttl, hop.answer) for hop in hops] == [(1, "refused")]
        waiting = asyncio.ensure_future(packets.trace("192.0.2.1", 9, timeout=30, patient=True))
        await asyncio.sleep(0)
        packets._child.process.kill()
        with pytest.raises(NoPacketsError):
            await waiting
        with pytest.raises(NoPacketsError):
            await packets.trace("192.0.2.1", 9, timeout=30, patient=True)
        packets.close()

    asyncio.run(main())


def test_without_rights_it_says_so() -> None:
    if not os.getuid():
        pytest.skip("elsewhere: root has them; see tests/whole for a check without")
    with pytest.raises(NoPacketsError, match="administrator"):
        asyncio.run(open_packets())
