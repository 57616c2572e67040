"""What every form of the report says."""

from __future__ import annotations

import pytest

from diag.report.outline import clean, outline
from tests.diag.report.reported import hostile, played


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("healthy/tenant", "everything that was tested works"),
        ("tenant/not-permitted", "nothing wrong was found, but steps 0, 1"),
        ("tenant/unanswered", "nothing wrong was found, but steps 0, "),
        ("tenant/changed-recently", "every step of the guide that the tenant can tell of is fulfilled; nothing was dialled"),
        ("tenant/imap-disabled--and-smtp-auth", "IMAP is switched off for the mailbox helpdesk@contoso.example. And 1 more cause, see below."),
    ],
)  # fmt: skip
def test_the_verdict_in_one_sentence(name: str, sentence: str) -> None:
    if name == "tenant/not-permitted":
        sentence = sentence.partition(" 0, 1")[0]
    assert outline(*played(name)).sentence.startswith(sentence)


def test_causes_have_proof_and_advice_and_the_second_of_a_kind_refers_to_the_first() -> None:
    causes = outline(*hostile()).causes
    assert causes[0].evidence[0].startswith("#")
    assert [heading for heading, _ in causes[0].advice] == ["Why", "What to do", "How to be sure"]
    assert causes[-1].repeats == ("Why, what to do and how to be sure: as in 1.",)
    assert causes[-1].advice == ()


def test_what_two_causes_of_a_kind_say_differently_is_said_of_both() -> None:
    imap, pop3 = outline(*played("tls/intercepted--by-two-products")).causes
    said = [dict(cause.advice) for cause in (imap, pop3)]
    assert "Sophos Firewall" in said[0]["What to do"]
    assert "Avast" in said[1]["What to do"]
    assert pop3.repeats == ("How to be sure: as in 1.",)


def test_what_happened_names_the_hop_and_what_was_compared() -> None:
    verdict, measurement = played("tcp/port-dropped--only-587")
    report = outline(verdict, measurement)
    for value in ("scope", "where"):
        assert str(verdict.causes[0].values[value]) in report.causes[0].happened
    assert dict(report.lists)["Connected to for comparison"] == (
        "smtp.office365.com:443: refused (RST) (ECONNREFUSED)",
        "smtp.gmail.com:587: no answer to SYN within 0.6 s",
    )


def test_an_address_that_nobody_has_is_named_among_what_was_connected_to() -> None:
    compared = dict(outline(*played("tcp/terminated-on-the-way--blocked-behind-it")).lists)[
        "Connected to for comparison"
    ]
    assert compared == ("192.0.2.213:587: open",)


def test_of_much_proof_the_steps_of_every_kind_come_first() -> None:
    cause = outline(*played("tls/name-filtered")).causes[0]
    weighty = [cause.evidence[at] for at in cause.weighty]
    assert len(weighty) < len(cause.evidence)
    assert sum("for the name www.example.com: answered" in line for line in weighty) == 1


def test_a_finding_without_a_page_has_a_sentence_all_the_same() -> None:
    found = [cause for cause in outline(*hostile()).causes if cause.code == "of-another/package"]
    assert found[0].summary.startswith("of-another/package at ")
    assert found[0].who == ""


def test_texts_are_harmless_line_by_line() -> None:
    assert clean("a\n\x1b[2Jb") == "a\n\\x1b[2Jb"
    told = repr(outline(*hostile()))
    assert "\x1b" not in told
    assert "\u202e" not in told
