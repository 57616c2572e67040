"""A device is blamed for accepting by one sign that is enough, or by two; and not where the server was heard."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from diag.judge import judge
from diag.model.actions import Dialogue, TcpConnect, TlsHandshake, Trial
from diag.model.failure import Failure, FailureCode
from diag.model.hops import Hop, TraceRoute
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Endpoint, Protocol, Target, Tls
from diag.rules.acceptance import doubt, relayed, terminated
from diag.rules.facts import Facts
from scenarios.load import load
from scenarios.play import play

if TYPE_CHECKING:
    from diag.model.actions import Action
    from diag.model.finding import Finding

HOST, NOBODY = "192.0.2.1", "192.0.2.213"
ROUTERS = ("10.0.0.1", "198.51.100.2", "198.51.100.3")
RESET = Failure.of(FailureCode.CONNECTION_RESET)
LOST = Failure.of(FailureCode.CONNECT_TIMEOUT)


def connection(address: str = HOST, port: int = 993, took: float | None = 0.002, **how: str) -> TcpConnect:
    return TcpConnect(address=address, port=port, family="ipv4", timeout=5, round_trip=took, **how)  # type: ignore[arg-type]


def route(port: int, far: int, answer: str = "connected") -> TraceRoute:
    hops = [Hop(ttl=ttl, answer="time-exceeded", address=ROUTERS[ttl - 1]) for ttl in range(1, far)]
    last = Hop(ttl=far, answer=answer, address=HOST)  # type: ignore[arg-type]
    return TraceRoute(address=HOST, port=port, role="control", hops=[*hops, last])


def facts(*more: tuple[Action, Failure | None], first: Action | None = None, failure: Failure = RESET) -> Facts:
    """Begin with a connection to port 993 and ``first``, which failed."""
    handshake = first or TlsHandshake(server_name="mail.example", address=HOST)
    steps: list[tuple[Action, Failure | None]] = [(connection(), None), (handshake, failure), *more]
    observations = []
    for number, (action, failed) in enumerate(steps, 1):
        port = getattr(action, "port", None) or 993
        host = NOBODY if getattr(action, "address", "") == NOBODY else "mail.example"
        after = (1,) if number == 2 else ()
        item = Observation(number=number, subject=f"{host}:{port}", began=0.0, took=0.01, action=action, failure=failed)
        observations.append(replace(item, after=after))
    endpoint = Endpoint(protocol=Protocol.IMAP, host="mail.example", port=993, tls=Tls.IMPLICIT)
    target = Target(address="me@example", user="me@example", endpoints=(endpoint,))
    return Facts(Measurement(target=target, vantage=Vantage(), observations=observations))


def told(*more: tuple[Action, Failure | None], **how: object) -> Finding | None:
    return next(terminated(facts(*more, **how)), None)  # type: ignore[arg-type]


ACCEPTED = (connection(NOBODY, role="nowhere"), None)
NEAR, FAR = (route(993, 2), None), (route(443, 4), None)
SLOW = (connection(port=995, took=0.18), None)


def test_an_address_that_nobody_has_is_enough() -> None:
    found = told(ACCEPTED)
    assert found is not None
    assert (found.confidence, found.evidence) == ("certain", (1, 2, 3))
    assert found.values["proof"] == ("A connection to 192.0.2.213 port 993, an address that nobody has, was accepted.")
    assert found.values["where"] == "At which hop was not measured."
    assert found.values["end"] == "it was reset before a word of the server came"


def test_two_of_the_other_signs_are_likely_to_mean_the_same() -> None:
    found = told(NEAR, FAR, SLOW)
    assert found is not None
    assert found.confidence == "likely"
    assert found.values["proof"] == (
        "The connection is accepted 2 hops away, and packets to another port of the same address travel 4 hops at least. "
        "Its SYN was answered after 2.0 ms, an answer from mail.example:995 takes 180 ms."
    )
    assert (found.values["hop"], found.values["before"], found.values["after"]) == (2, *ROUTERS[1:])
    assert "hop 2 (198.51.100.2). So that device accepts" in str(found.values["where"])


@pytest.mark.parametrize(
    "seen",
    [
        [(connection(NOBODY, role="nowhere"), LOST)],
        [(connection(NOBODY, port=995, role="nowhere"), None)],
        [NEAR, FAR],
        [SLOW],
        [NEAR, FAR, (connection(port=995, took=0.01), None)],
        [NEAR, (route(443, 2), None), SLOW],
        [(route(993, 4), None), FAR, SLOW],
    ],
)
def test_less_is_not_enough(seen: list[tuple[Action, Failure | None]]) -> None:
    assert told(*seen) is None


@pytest.mark.parametrize(
    ("first", "failure"),
    [
        (TlsHandshake(server_name="mail.example", address=HOST, hello_took=0.1), FailureCode.CONNECTION_RESET),
        (TlsHandshake(server_name="mail.example", address=HOST), FailureCode.TLS_ALERT),
        (TlsHandshake(server_name="mail.example", address=HOST, first_bytes="* OK ready"), FailureCode.TLS_NOT_TLS),
        (
            TlsHandshake(server_name="mail.example", address=HOST, first_bytes="HTTP/1.1 403 Forbidden"),
            FailureCode.TLS_NOT_TLS,
        ),
        (
            Dialogue(protocol=Protocol.IMAP, tls=Tls.IMPLICIT, purpose="greeting", encrypted=True),
            FailureCode.READ_TIMEOUT,
        ),
    ],
)
def test_what_the_server_or_somebody_else_has_said_himself_is_no_device_s_silence(
    first: Action, failure: FailureCode
) -> None:
    assert told(ACCEPTED, first=first, failure=Failure.of(failure)) is None


def test_a_try_that_is_answered_shows_that_the_server_is_reached() -> None:
    tried = Trial(way="other-name", address=HOST, answer="ServerHello")
    assert told(ACCEPTED, (tried, None)) is None
    assert told(ACCEPTED, (replace(tried, answer=None), RESET)) is not None


def test_it_is_said_why_the_hop_is_not_known() -> None:
    unmeasured = TraceRoute(address=HOST, port=993, role="control", not_measured="it was not asked for")
    alone = TraceRoute(address=HOST, port=993, role="control", hops=[Hop(ttl=1)])
    for trace, why in ((unmeasured, ": it was not asked for."), (alone, ": there was no time for it."),
                       (route(993, 2), "; who accepts is 2 hops away.")):  # fmt: skip
        found = told(ACCEPTED, (trace, None))
        assert found is not None
        assert found.values["where"] == f"At which hop was not measured{why}"


def test_where_all_goes_well_a_device_is_worth_knowing_alone_and_only_for_certain() -> None:
    played = asyncio.run(play(replace(load("tcp/relayed-on-the-way"), then=())))
    assert [note.code for note in played.verdict.notes] == ["tcp/relayed-on-the-way"]
    for seen in played.measurement.observations:
        if isinstance(seen.action, TcpConnect) and seen.action.role == "nowhere":
            seen.failure = LOST
    verdict = judge(played.measurement)
    assert (verdict.state, verdict.notes, verdict.unexplained) == ("works", (), ())
    assert list(relayed(Facts(played.measurement))) == []


def test_without_the_sign_that_is_enough_the_finding_below_stays() -> None:
    played = asyncio.run(play(replace(load("tcp/terminated-on-the-way"), then=())))
    for seen in played.measurement.observations:
        if isinstance(seen.action, TcpConnect) and seen.action.role == "nowhere":
            seen.failure = LOST
    causes = judge(played.measurement).causes
    assert [cause.code for cause in causes] == ["tcp/reset-after-accept"]
    told = str(causes[0].values["acceptor"])
    assert "5 hops at least, which by itself does not prove that it was a device on the way." in told
    assert "an address that nobody has, did not open" in told


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ([], ""),
        ([ACCEPTED], ""),
        ([NEAR, FAR, SLOW], ""),
        ([(connection(NOBODY, role="nowhere"), LOST)], "did not open: no device is seen that takes every connection"),
        ([SLOW], "takes 180 ms, which by itself does not prove"),
    ],
)
def test_what_is_not_enough_is_said_in_the_finding_that_stays(
    seen: list[tuple[Action, Failure | None]], words: str
) -> None:
    said = doubt(facts(*seen), "mail.example:993")
    assert words in said
    assert bool(said) is bool(words)
    assert doubt(facts(*seen), "mail.example:995") == ""
