"""ClientHellos with growing hop limits: what is said of where they are stopped, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diag.model.hops import Answer, Hop, TraceRoute
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Target
from diag.rules.facts import Facts
from diag.rules.hello_hops import locate

if TYPE_CHECKING:
    from diag.rules.hops import Location

HOST, SUBJECT = "192.0.2.1", "mail.example:993"
ROUTERS = ("10.0.0.1", "198.51.100.2", "198.51.100.3")
ANSWERS: dict[str, Answer] = {
    "-": "time-exceeded", "*": "silent", "reset": "reset", "data": "data", "closed": "closed", "?": "not-sent",
}  # fmt: skip


def hello(text: str, role: str, name: str, part: int | None = None) -> TraceRoute:
    hops = [Hop(ttl=ttl, answer=ANSWERS[word]) for ttl, word in enumerate(text.split(), 1)]
    return TraceRoute(address=HOST, port=993, role=role, server_name=name, size=240, part=part, hops=hops)  # type: ignore[arg-type]


def located(stopped: TraceRoute | None, control: str = "", devices: int = 0) -> Location:
    traces = [stopped] if stopped else []
    if control:
        traces.append(hello(control, "hello-control", "www.example.com"))
    if devices:
        hops = [Hop(ttl=ttl, answer="time-exceeded", address=ROUTERS[ttl - 1]) for ttl in range(1, devices + 1)]
        hops.append(Hop(ttl=devices + 1, answer="connected", address=HOST))
        traces.append(TraceRoute(address=HOST, port=993, role="control", hops=hops))
    observations = [
        Observation(number=number, subject=SUBJECT, began=0.0, action=action) for number, action in enumerate(traces, 1)
    ]
    target = Target(address="me@example", user="me@example")
    return locate(Facts(Measurement(target=target, vantage=Vantage(), observations=observations)), SUBJECT)


@pytest.mark.parametrize(
    ("stopped", "control", "devices", "pair", "words"),
    [
        ("- - reset", "- - - data", 3, (2, "198.51.100.2", "198.51.100.3"), "it is reset. A ClientHello for www.example"),
        ("- - * *", "- - - data", 3, (2, "198.51.100.2", "198.51.100.3"), "nothing comes back"),
        ("reset", "- data", 1, (0, "", "10.0.0.1"), "a filter on this computer stops it, or hop 1 (10.0.0.1"),
        ("- * reset", "- - - data", 3, (2, "198.51.100.2", "198.51.100.3"), "hop 2 (198.51.100.2); where it may go"),
        ("- * * *", "- * - data", 3, (1, "10.0.0.1", "198.51.100.3"), "or hop 3 (198.51.100.3) on its way in"),
        ("- * * *", "- * * *", 3, (1, "10.0.0.1", "198.51.100.2"), "is not answered either"),
        ("- - closed", "- - closed", 2, (2, "198.51.100.2", HOST), "or the host, which comes next"),
        ("- - reset", "- - reset", 0, (2, "", ""), "So hop 2 on its way out stops it, or what comes behind"),
        ("- - reset", "", 3, (2, "198.51.100.2", "198.51.100.3"), "or hop 3 (198.51.100.3) on its way in"),
        ("- - data", "- - data", 2, (0, "", ""), "met something else"),
        ("- ? reset", "- - data", 2, (0, "", ""), "the connection did not open"),
        ("- - - *", "- - data", 2, (0, "", ""), "behind the host itself"),
        ("", "- - data", 2, (0, "", ""), "there was no time for it"),
    ],
)  # fmt: skip
def test_the_pair_of_hops_is_named(
    stopped: str, control: str, devices: int, pair: tuple[int, str, str], words: str
) -> None:
    found = located(hello(stopped, "hello", "mail.example"), control, devices)
    assert (found.number, found.before, found.after) == pair
    assert words in found.sentence


def test_of_a_large_hello_the_first_packet_tells() -> None:
    found = located(hello("- *", "hello", "mail.example", part=1200), "- - data", 2)
    assert found.sentence.startswith("The first packet of a ClientHello for mail.example of 240 bytes comes as far as")
    arrived = located(hello("- - *", "hello", "mail.example", part=1200), "- - data", 2)
    assert "gets to the host" in arrived.sentence


def test_what_was_not_measured_is_said_with_the_reason() -> None:
    action = TraceRoute(address=HOST, port=993, role="hello", not_measured="there are no hops")
    assert located(action).sentence == "At which hop was not measured: there are no hops."
    assert located(None).evidence == ()
