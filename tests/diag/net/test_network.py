"""What passes through the door is on record: well, badly and half done."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from diag.model.actions import ProbeRun, TcpConnect
from diag.model.failure import FailureCode
from diag.net.classify import IcmpError, StepFailed
from diag.net.clock import Clock
from diag.net.connect import ResetAtOnceError
from diag.net.network import Network, Settings


def ticking() -> Clock:
    now = [0.0]

    def monotonic() -> float:
        now[0] += 1
        return now[0]

    return Clock(monotonic=monotonic)


def test_a_step_is_timed_and_numbered() -> None:
    told: list[tuple[int, float | None]] = []
    network = Network(Settings(clock=ticking()), on_change=lambda seen: told.append((seen.number, seen.took)))
    with network.record(ProbeRun(probe="first"), "host", after=()) as step:
        step.action.probe = "changed"
    first = network.observations[0]
    assert (first.number, first.began, first.took, first.failure) == (1, 1.0, 1.0, None)
    assert first.action == ProbeRun(probe="changed")
    assert told == [(1, None), (1, 1.0)]


def test_an_error_ends_the_step_and_is_classified() -> None:
    network = Network()
    with pytest.raises(StepFailed) as failed, network.record(ProbeRun(probe="x"), "host"):
        raise ConnectionResetError(errno.ECONNRESET, "reset")
    assert failed.value.failure.code is FailureCode.CONNECTION_RESET
    assert failed.value.number == 1
    assert network.observations[0].failure == failed.value.failure
    assert network.observations[0].took is not None


@pytest.mark.parametrize("code", [FailureCode.INTERRUPTED, FailureCode.MAX_TIME])
def test_a_cancelled_step_says_why_and_passes_on(code: FailureCode) -> None:
    network = Network()
    network.cancelled_as = code
    with pytest.raises(asyncio.CancelledError), network.record(ProbeRun(probe="x"), "host"):
        raise asyncio.CancelledError
    failure = network.observations[0].failure
    assert failure is not None
    assert failure.code is code


def test_an_icmp_refusal_is_on_record_with_its_sender() -> None:
    def dial(address: str, port: int) -> tuple[str, int]:
        raise IcmpError(errno.EHOSTUNREACH, 3, 13, "198.51.100.1")

    network = Network(Settings(dial=dial))
    with pytest.raises(StepFailed):
        asyncio.run(network.connect("192.0.2.1", 993, subject="mail.example:993"))
    action = network.observations[0].action
    assert isinstance(action, TcpConnect)
    assert (action.icmp_type, action.icmp_code, action.icmp_from) == (3, 13, "198.51.100.1")
    assert action.errno_name == "EHOSTUNREACH"


def test_a_connection_that_is_reset_before_its_use_was_open_and_is_reset() -> None:
    """What is met when the reset is faster than the event loop: the kernel tells of it as the end of connecting."""
    network = Network()

    async def main() -> None:
        gone = socket.socket()
        gone.close()

        def dial(address: str, port: int) -> tuple[str, int]:
            raise ResetAtOnceError(gone)

        network.settings = Settings(dial=dial)
        stream, step = await network.connect("192.0.2.1", 993, subject="mail.example:993")
        assert step.observation.failure is None
        with pytest.raises(ConnectionResetError):
            await stream.read()
        with pytest.raises(ConnectionResetError):
            await stream.write(b"hello")
        stream.close()

    asyncio.run(main())


def test_a_name_without_addresses_fails_the_lookup() -> None:
    async def lookup(name: str) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    network = Network(Settings(lookup=lookup))
    with pytest.raises(StepFailed) as failed:
        asyncio.run(network.system_lookup("mail.example"))
    assert failed.value.failure.code is FailureCode.DNS_NXDOMAIN
