"""Two traces side by side: what is said of where packets get lost, and what is not."""

from __future__ import annotations

import pytest

from diag.model.actions import DnsQuery, TcpConnect
from diag.model.hops import Hop, TraceRoute
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Target
from diag.rules.facts import Facts
from diag.rules.hops import locate, refused_nearer

HOST, OTHER = "192.0.2.1", "192.0.2.9"
ROUTERS = ("10.0.0.1", "198.51.100.2", "198.51.100.3")


def hops(text: str, address: str = HOST) -> list[Hop]:
    """Read ``1 2 * open``: numbers are routers that say that time is exceeded."""
    found = []
    for ttl, word in enumerate(text.split(), 1):
        if word == "*":
            found.append(Hop(ttl=ttl))
        elif word in {"open", "refused"}:
            found.append(Hop(ttl=ttl, answer="connected" if word == "open" else "refused", address=address))
        else:
            found.append(
                Hop(ttl=ttl, answer="time-exceeded", address=ROUTERS[int(word) - 1], icmp_type=11, icmp_code=0)
            )
    return found


def facts(blocked: str, control: str = "", address: str = HOST, *more: Observation) -> Facts:
    actions = [TraceRoute(address=HOST, port=993, role="blocked", hops=hops(blocked))]
    if control:
        actions.append(TraceRoute(address=address, port=443, role="control", hops=hops(control, address)))
    observations = [
        Observation(number=number, subject=f"mail.example:{action.port}", began=0.0, action=action)
        for number, action in enumerate(actions, 1)
    ]
    target = Target(address="me@example", user="me@example")
    return Facts(Measurement(target=target, vantage=Vantage(), observations=[*observations, *more]))


def told(blocked: str, control: str = "", address: str = HOST) -> tuple[int, str, str, str]:
    found = locate(facts(blocked, control, address), "mail.example:993", HOST)
    return found.number, found.before, found.after, found.sentence


@pytest.mark.parametrize(
    ("blocked", "control", "pair", "words"),
    [
        ("1 2 * *", "1 2 3 open", (2, "198.51.100.2", "198.51.100.3"), "dropped by hop 2 on its way out, or by hop 3"),
        ("1 2 * *", "1 2 3 open", (2, "198.51.100.2", "198.51.100.3"), "where the host is 4 hops away"),
        ("* * *", "1 2 open", (0, "", "10.0.0.1"), "dropped by a filter on this computer, or by hop 1"),
        ("1 * * *", "1 * 3 open", (1, "10.0.0.1", "198.51.100.3"), "or by hop 3 on its way in"),
        ("1 2 *", "1 2 open", (2, "198.51.100.2", HOST), "drops them, or the host does"),
        ("1 2 *", "1 2 *", (2, "198.51.100.2", ""), "so the next hop is not known"),
        ("1 2 *", "", (2, "198.51.100.2", ""), "so the next hop is not known"),
        ("1 2 refused", "1 2 3 open", (2, "198.51.100.2", "198.51.100.3"), "hop 2 (198.51.100.2) gives it in the host's name"),
        ("refused", "1 open", (0, "", "10.0.0.1"), "the first hop gives it in the host's name"),
        ("1 2 refused", "1 2 open", (2, "198.51.100.2", HOST), "the host itself gives it"),
        ("1 2 refused", "1 2 * * * * * * open", (2, "198.51.100.2", HOST), "was not measured"),
        ("1 2 refused", "", (2, "198.51.100.2", ""), "was not measured"),
    ],
)  # fmt: skip
def test_the_pair_of_hops_is_named(blocked: str, control: str, pair: tuple[int, str, str], words: str) -> None:
    *found, sentence = told(blocked, control)
    assert tuple(found) == pair
    assert words in sentence


def test_another_host_shows_the_next_hop_but_no_distance() -> None:
    *pair, sentence = told("1 2 *", "1 2 3 open", OTHER)
    assert pair == [2, "198.51.100.2", "198.51.100.3"]
    assert f"To {OTHER} port 443 hop 3" in sentence
    assert "hops away" not in sentence


def test_a_host_elsewhere_is_no_next_hop() -> None:
    *pair, sentence = told("1 2 *", "1 2 open", OTHER)
    assert pair == [2, "198.51.100.2", ""]
    assert "so the next hop is not known" in sentence


def test_a_device_that_says_so_itself_needs_no_trace() -> None:
    action = TcpConnect(
        address=HOST, port=993, family="ipv4", timeout=5, icmp_type=3, icmp_code=13, icmp_from="10.0.0.1"
    )
    seen = Observation(number=1, subject="mail.example:993", began=0.0, action=action)
    target = Target(address="me@example", user="me@example")
    found = locate(Facts(Measurement(target=target, vantage=Vantage(), observations=[seen])), seen.subject, HOST)
    assert (found.before, found.evidence) == ("10.0.0.1", (1,))
    assert found.sentence.startswith("The device 10.0.0.1, a private address")


def test_a_distance_behind_silence_is_not_stated() -> None:
    assert "hops away" not in told("1 * * *", "1 2 * open")[3]


def test_the_owner_is_told_by_the_address_or_by_its_name() -> None:
    query = DnsQuery(name="2.100.51.198.in-addr.arpa", record_type="PTR", server="x", answers=("fw.contoso.example.",))
    named = Observation(number=3, subject=query.name, began=0.0, action=query)
    sentence = locate(facts("1 2 *", "1 2 3 open", HOST, named), "mail.example:993", HOST).sentence
    assert "hop 2 (198.51.100.2, fw.contoso.example)" in sentence
    assert "hop 1 (10.0.0.1, a private address: inside your network, or your provider's (RFC 1918))" in told("1 *")[3]


def test_what_was_not_measured_is_said_with_the_reason() -> None:
    action = TraceRoute(address=HOST, port=993, role="blocked", not_measured="there are no hops")
    seen = Observation(number=1, subject="mail.example:993", began=0.0, action=action)
    target = Target(address="me@example", user="me@example")
    found = Facts(Measurement(target=target, vantage=Vantage(), observations=[seen]))
    assert locate(found, "mail.example:993", HOST).sentence == "At which hop was not measured: there are no hops."
    assert locate(found, "mail.example:995", HOST).sentence == "At which hop was not measured."


@pytest.mark.parametrize(
    ("blocked", "control", "nearer"),
    [
        ("1 refused", "1 2 open", "comes from 2 hops away, and packets to another port of the same address travel 3"),
        ("refused", "1 2 3 *", "comes from 1 hop away, and packets to another port of the same address travel 4"),
        ("1 2 refused", "1 2 open", ""),
        ("1 2 refused", "1 2 * * open", ""),
        ("1 2 refused", "1 3 2 open", ""),
        ("1 2 *", "1 2 3 open", ""),
        ("1 refused", "", ""),
    ],
)
def test_a_refusal_from_before_the_end_of_the_way_is_not_the_host_s(blocked: str, control: str, nearer: str) -> None:
    found = refused_nearer(facts(blocked, control), "mail.example:993", HOST)
    assert nearer in (found.sentence if found else "")
    assert bool(found) is bool(nearer)


def test_a_router_that_has_the_address_itself_is_no_farther() -> None:
    seen = facts("1 refused", "1 2 open")
    trace = seen.measurement.observations[1].action
    assert isinstance(trace, TraceRoute)
    trace.hops[1].address = HOST  # it hands other ports on to a host behind it
    assert refused_nearer(seen, "mail.example:993", HOST) is None
