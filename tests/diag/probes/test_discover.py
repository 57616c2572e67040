"""Records of a domain into endpoints."""

from __future__ import annotations

from diag.probes.discover import SERVICES, _endpoints


def services(**answers: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [answers.get(label.split(".")[0].strip("_"), ()) for label in SERVICES]


def test_the_better_protected_service_of_each_protocol_is_taken() -> None:
    found = _endpoints(
        services(imaps=("0 1 993 Mail.Example.",), imap=("0 1 143 mail.example.",), submission=("0 1 587 s.",))
    )
    assert [(item.protocol, item.host, item.port, item.tls) for item in found] == [
        ("imap", "mail.example", 993, "implicit"),
        ("smtp", "s", 587, "starttls"),
    ]


def test_the_lowest_priority_and_then_the_highest_weight_wins() -> None:
    (found,) = _endpoints(services(imaps=("10 9 993 c.", "0 1 993 b.", "0 5 993 a.")))
    assert found.host == "a"


def test_a_service_that_is_declared_absent_and_rubbish_count_as_none() -> None:
    assert _endpoints(services(imaps=("0 0 0 .",), pop3s=("x y z w", "1 2"))) == ()
