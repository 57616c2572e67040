"""Causes, symptoms, and what stays open, on measurements made by hand."""

from __future__ import annotations

import pytest

from diag.judge import judge
from diag.model.actions import DnsQuery, ProbeRun, SystemLookup, TcpConnect, TlsHandshake
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Endpoint, Protocol, Target, Tls

HOST = "mail.example"
HTTPS = Endpoint(protocol=Protocol.HTTPS, host=HOST, port=443, tls=Tls.IMPLICIT)
PORT = f"{HOST}:443"
"""An endpoint whose path ends at TLS, so that a measurement by hand can be short."""


def measurement(*items: Observation, complete: bool = True, endpoints: tuple[Endpoint, ...] = (HTTPS,)) -> Measurement:
    for number, item in enumerate(items, 1):
        item.number = number
    target = Target(address="me@example", user="me@example", endpoints=endpoints)
    vantage = Vantage(started="2026-11-24T10:00:00+00:00")
    return Measurement(target=target, vantage=vantage, observations=list(items), complete=complete)


def seen(subject: str, action: object, code: FailureCode | None = None) -> Observation:
    failure = Failure.of(code) if code else None
    return Observation(number=0, subject=subject, began=0, took=0.1, action=action, failure=failure)  # type: ignore[arg-type]


def connect(address: str, code: FailureCode | None = None) -> Observation:
    family = "ipv6" if ":" in address else "ipv4"
    return seen(PORT, TcpConnect(address=address, port=443, family=family, timeout=5), code)  # type: ignore[arg-type]


def lookup(*addresses: str) -> Observation:
    return seen(HOST, SystemLookup(name=HOST, addresses=addresses))


def query(kind: str, *answers: str, code: FailureCode | None = None) -> Observation:
    return seen(HOST, DnsQuery(name=HOST, record_type=kind, server="192.0.2.53", answers=answers), code)


def secured() -> Observation:
    return seen(PORT, TlsHandshake(server_name=HOST, address="192.0.2.1", version="TLSv1.3"))


def codes(subject: Measurement) -> tuple[str, list[str], list[str]]:
    verdict = judge(subject)
    return verdict.state, [item.code for item in verdict.causes], [item.finding.code for item in verdict.symptoms]


def test_a_hosts_file_that_leads_astray_is_the_cause_of_what_is_met_there() -> None:
    found = measurement(
        lookup("192.0.2.9"), query("A", "192.0.2.1"), connect("192.0.2.9", FailureCode.CONNECTION_REFUSED)
    )
    assert codes(found) == ("broken", ["dns/answers-differ"], ["tcp/port-refused"])


@pytest.mark.parametrize(
    ("attempts", "state", "causes"),
    [
        ([connect("192.0.2.1", FailureCode.CONNECT_TIMEOUT)], "broken", ["tcp/port-dropped"]),
        (
            [connect("192.0.2.1"), secured(), connect("192.0.2.2", FailureCode.CONNECT_TIMEOUT)],
            "impaired",
            ["tcp/address-dead"],
        ),
        (
            [connect("192.0.2.1"), secured(), connect("2001:db8::1", FailureCode.CONNECT_TIMEOUT)],
            "impaired",
            ["tcp/ipv6-broken"],
        ),
        ([connect("192.0.2.1"), secured(), connect("2001:db8::1", FailureCode.NETWORK_UNREACHABLE)], "works", []),
        (
            [
                connect("192.0.2.1", FailureCode.CONNECTION_REFUSED),
                connect("2001:db8::1", FailureCode.NETWORK_UNREACHABLE),
            ],
            "broken",
            ["tcp/port-refused"],
        ),
    ],
)
def test_attempts_by_address(attempts: list[Observation], state: str, causes: list[str]) -> None:
    assert codes(measurement(lookup("192.0.2.1"), *attempts)) == (state, causes, [])


def test_a_missing_record_of_one_family_is_nothing() -> None:
    found = measurement(
        lookup("192.0.2.1"),
        query("A", "192.0.2.1"),
        query("AAAA", code=FailureCode.DNS_NO_DATA),
        connect("192.0.2.1"),
        secured(),
    )
    verdict = judge(found)
    assert (verdict.state, verdict.causes, verdict.unexplained) == ("works", (), ())


def test_an_unknown_failure_is_loud() -> None:
    found = measurement(
        lookup("192.0.2.1"), connect("192.0.2.1"), seen(PORT, ProbeRun(probe="x"), FailureCode.UNCLASSIFIED)
    )
    assert codes(found) == ("broken", ["check/failure-unclassified"], [])


def test_a_failure_that_no_rule_knows_is_unexplained_and_unclear() -> None:
    found = measurement(
        lookup("192.0.2.1"), connect("192.0.2.1"), seen(PORT, ProbeRun(probe="x"), FailureCode.DNS_REFUSED)
    )
    verdict = judge(found)
    assert (verdict.state, verdict.unexplained) == ("unclear", (3,))


def test_an_interrupted_check_is_unclear_and_says_so() -> None:
    found = measurement(lookup("192.0.2.1"), connect("192.0.2.1", FailureCode.INTERRUPTED), complete=False)
    verdict = judge(found)
    assert verdict.state == "unclear"
    assert [note.code for note in verdict.notes] == ["check/incomplete"]


def test_without_an_endpoint_nothing_works() -> None:
    assert codes(measurement(endpoints=()))[0] == "unclear"


def test_judging_twice_gives_the_same() -> None:
    found = measurement(lookup("192.0.2.1"), connect("192.0.2.1", FailureCode.CONNECT_TIMEOUT))
    assert judge(found) == judge(found)


def test_without_a_credential_the_sign_in_is_named_as_not_tested() -> None:
    imap = Endpoint(protocol=Protocol.IMAP, host=HOST, port=443, tls=Tls.IMPLICIT)
    verdict = judge(measurement(lookup("192.0.2.1"), connect("192.0.2.1"), endpoints=(imap,)))
    assert any("no credential was given" in text for text in verdict.not_tested)
