"""Who speaks in a server's name is told by another way to it, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diag.model.actions import Dialogue, Trial
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Endpoint, Protocol, Target, Tls
from diag.rules.facts import Facts
from diag.rules.starttls import injected, not_offered, refused
from diag.rules.ways import Told, told

if TYPE_CHECKING:
    from diag.model.actions import Action


REFUSED = Failure.of(FailureCode.REPLY_REFUSED, "454 4.7.0 TLS not available")
MORE = Failure.of(FailureCode.PLAINTEXT_AFTER_STARTTLS, "250 injected")
CLOSED = Failure.of(FailureCode.CONNECTION_REFUSED)
NOT_TOLD = "Whether the server itself says so or a device on the way could not be told from here: "
GREETING = "220 mail.example ESMTP Postfix (Debian/GNU)\\x0d\\x0a"
Try = tuple[Trial, Failure | None]


def usual(failure: Failure | None = REFUSED) -> Try:
    answer = None if failure else "STARTTLS"
    return Trial(way="usual", address="192.0.2.1", answer=answer, greeting=GREETING), failure


def port(failure: Failure | None = None, greeting: str = "220 mx2.example ESMTP Postfix (Debian/GNU)\\x0d\\x0a") -> Try:
    answer = None if failure else "STARTTLS"
    return Trial(way="other-port", address="192.0.2.1", port=25, answer=answer, greeting=greeting), failure


def family(failure: Failure | None = None) -> Try:
    answer = None if failure else "STARTTLS"
    return Trial(way="other-family", address="2001:db8::1", answer=answer), failure


def facts(*tries: Try, host: str = "mail.example", failure: Failure = REFUSED) -> Facts:
    talk = Dialogue(
        protocol=Protocol.SMTP, tls=Tls.STARTTLS, purpose="starttls", encrypted=False, status="454", text="no"
    )
    steps: list[tuple[Action, Failure | None]] = [(talk, failure), *tries]
    observations = [
        Observation(number=number, subject=f"{host}:587", began=0.0, took=0.01, action=action, failure=failed)
        for number, (action, failed) in enumerate(steps, 1)
    ]
    endpoint = Endpoint(protocol=Protocol.SMTP, host=host, port=587, tls=Tls.STARTTLS)
    target = Target(address="me@example", user="me@example", endpoints=(endpoint,))
    return Facts(Measurement(target=target, vantage=Vantage(), observations=observations))


def asked(*tries: Try, service: str | None = None) -> Told:
    return told(facts(*tries), "mail.example:587", service)


@pytest.mark.parametrize(("way", "words"), [(port(), "At port 25"), (family(), "At 2001:db8::1")])
def test_who_is_heard_otherwise_elsewhere_does_not_speak_here(way: Try, words: str) -> None:
    found = asked(usual(), way)
    assert found.on_the_way
    assert found.by.startswith(f"{words} the same server takes STARTTLS")
    assert found.evidence == (2, 3)


@pytest.mark.parametrize(
    ("tries", "why"),
    [
        ((), "no other way led to the same server."),
        ((usual(), port(CLOSED)), "no other way led to the same server."),
        ((usual(), port(greeting="220 mail.example Dovecot ready.\\x0d\\x0a")), "no other way led to the same server."),
        ((usual(), port(REFUSED), family(MORE)), "it is the same at port 25 and at 2001:db8::1."),
        ((usual(), port(CLOSED), family(REFUSED)), "it is the same at 2001:db8::1."),
    ],
)
def test_what_is_alike_everywhere_tells_nobody(tries: tuple[Try, ...], why: str) -> None:
    found = asked(*tries)
    assert not found.on_the_way
    assert found.by == NOT_TOLD + why


def test_what_passes_by_itself_is_nobodys() -> None:
    assert not asked(usual(None), port()).on_the_way
    assert not asked(usual(None), port(), service="Gmail").on_the_way


def test_of_a_well_known_service_it_is_known_what_it_says() -> None:
    found = asked(usual(), family(REFUSED), service="Microsoft 365")
    assert found.on_the_way
    assert found.by.endswith("speaks in its name. It is the same at 2001:db8::1.")


@pytest.mark.parametrize(
    ("host", "tries", "code"),
    [
        ("mail.example", (usual(), port()), "starttls/blocked"),
        ("mail.example", (usual(), port(REFUSED)), "starttls/refused"),
        ("mail.example", (), "starttls/refused"),
        ("smtp.office365.com", (), "starttls/blocked"),
        ("smtp.office365.com", (usual(None),), "starttls/refused"),
    ],
)
def test_a_refusal_is_placed_as_far_as_it_is_told(host: str, tries: tuple[Try, ...], code: str) -> None:
    (found,) = refused(facts(*tries, host=host))
    assert found.code == code
    assert found.evidence[0] == 1
    assert len(found.evidence) == 1 + len(tries)


def test_who_announces_nothing_is_not_compared() -> None:
    """A server may well be set up with STARTTLS on one port alone."""
    missing = Failure.of(FailureCode.CAPABILITY_MISSING)
    (found,) = not_offered(facts(usual(), port(), failure=missing))
    assert found.code == "starttls/not-offered"


@pytest.mark.parametrize(("way", "who"), [(port(), "network admin"), (port(MORE), "mail admin")])
def test_plaintext_is_for_those_who_sent_it(way: Try, who: str) -> None:
    (found,) = injected(facts(usual(MORE), way, failure=MORE))
    assert found.values["who"] == who
