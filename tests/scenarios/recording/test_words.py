"""A customer's words wherever they stand, and no others."""

from __future__ import annotations

from scenarios.recording.words import Words


def words(*names: str) -> Words:
    found = Words()
    for name in names:
        found.learn(name, "example")
    return found


def test_a_word_is_found_in_any_case_and_inside_of_others_where_it_is_long() -> None:
    assert words("acme-corp").replace("ACME, the Acme-Corp of xacme") == "EXAMPLE, the example of xacme"
    assert words("kowalski").replace("jkowalski1") == "example"


def test_words_of_servers_are_never_a_customers() -> None:
    said = "Authentication unsuccessful. Contact your administrator."
    assert words("authentication", "admin", "contact-admin").replace(said) == said


def test_nothing_is_replaced_before_a_word_is_learnt() -> None:
    assert Words().replace("ACME") == "ACME"
    assert words("42", "x").replace("42 x") == "42 x"
