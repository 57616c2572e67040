"""Cases made from cases: what is taken away, exchanged and joined, and what no world can hold."""

from __future__ import annotations

import pytest

from scenarios import vary
from scenarios.load import load


def test_what_is_taken_away_leaves_the_healthy_world_and_the_protocols() -> None:
    case = load("tcp/port-dropped--only-587")
    without = vary.removed(case)
    assert without.declaration == load("healthy/exchange-online").declaration
    assert without.parts.check.protocols == case.parts.check.protocols


def test_a_difference_of_the_check_is_taken_away_too() -> None:
    case = load("smtp/basic-auth-disabled")
    assert vary.of_check(case)["credential"] == "password"
    assert vary.of_check(vary.removed(case)) == {}


def test_two_differences_are_both_in_the_joined_world() -> None:
    smtp, imap = load("smtp/auth-disabled-for-mailbox"), load("imap/throttled")
    made = vary.joined(smtp, imap)
    assert made.declaration.mailbox.smtp_auth is False
    assert "throttled" in made.declaration.services["outlook.office365.com:993"].behaves
    assert made.parts.check.protocols == ()


def test_of_two_paths_the_first_is_the_nearer() -> None:
    assert vary.join({"path": [1]}, {"path": [2]}) == {"path": [1, 2]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"mailbox": {"imap": False}}, {"mailbox": {"imap": True}}),
        ({"behaves": ["throttled"]}, {"behaves": ["silent"]}),
        ({"mailbox": {"pop": False}}, {"mailbox": None}),
    ],
)
def test_what_one_world_cannot_hold_is_not_joined(one: object, other: object) -> None:
    with pytest.raises(vary.ContradictionError):
        vary.join(one, other)


def test_what_the_loader_would_refuse_is_not_joined() -> None:
    with pytest.raises(vary.ContradictionError, match="hosts file"):
        vary.joined(load("dns/answers-differ"), load("dns/applications-cannot-resolve"))


def test_cases_of_other_worlds_or_checks_are_not_joined() -> None:
    with pytest.raises(vary.ContradictionError, match="differ"):
        vary.joined(load("imap/throttled"), load("tls/self-signed"))


def test_what_a_name_server_answers_itself_and_how_it_fails_when_it_asks_are_not_joined() -> None:
    with pytest.raises(vary.ContradictionError, match="asks nobody"):
        vary.joined(load("dns/address-private"), load("dns/resolver-fails"))


def test_a_difference_that_holds_the_other_is_not_joined_to_it() -> None:
    with pytest.raises(vary.SameWorldError):
        vary.joined(load("tenant/user-consent-missing"), load("tenant/user-consent-off"))


def test_groups_hold_what_can_be_joined() -> None:
    cases = [
        load(name) for name in ("imap/throttled", "tls/self-signed", "tls/intercepted", "smtp/basic-auth-disabled")
    ]
    assert [[case.name for case in group] for group in vary.groups(cases)] == [
        ["imap/throttled", "tls/intercepted"],
        ["tls/self-signed"],
        ["smtp/basic-auth-disabled"],
    ]
