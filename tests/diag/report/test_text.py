"""The report for a person: whole at any width, harmless whatever a server said."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

import pytest

from diag import catalogue
from diag.report import html, junit, markdown, text
from scenarios.load import load
from scenarios.play import Played, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict


@cache
def played(name: str) -> Played:
    return asyncio.run(play(load(name)))


def rendered(name: str, **how: object) -> str:
    found = played(name)
    return text.render(found.verdict, found.measurement, **how)  # type: ignore[arg-type]


def test_the_first_line_is_the_verdict_and_the_rest_says_who_does_what() -> None:
    lines = rendered("smtp/auth-disabled-for-mailbox", width=100).splitlines()
    assert lines[0].startswith("BROKEN: Authenticated SMTP is switched off for the mailbox helpdesk@contoso.example.")
    whole = " ".join(" ".join(lines).split())
    assert "What to do (mail admin)" in whole
    assert "Set-CASMailbox helpdesk@contoso.example -SmtpClientAuthenticationDisabled $false" in whole
    assert "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication" in whole
    assert "{" not in whole


@pytest.mark.parametrize("width", [60, 80, 110])
@pytest.mark.parametrize("name", ["tls/certificate-expired", "starttls/masked", "healthy/exchange-online"])
def test_prose_fits_the_width(name: str, width: int) -> None:
    lines = rendered(name, width=width).splitlines()
    assert all(len(line) <= width for line in lines if not line.startswith("      "))


def test_without_colour_there_is_no_escape_and_without_unicode_no_other_letter() -> None:
    plain = rendered("tls/certificate-expired", unicode=False)
    assert plain.isascii()
    assert "\x1b" not in plain
    assert "X tls" in plain
    assert "\x1b[" in rendered("tls/certificate-expired", colour=True)


def test_a_hostile_server_writes_nothing_to_the_terminal() -> None:
    shown = rendered("service/garbage")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"\x1b[2J" in shown


def test_working_and_unclear_have_their_own_first_line() -> None:
    assert rendered("healthy/dovecot").startswith("WORKS: everything that was tested works")
    assert "the sign-in itself was not tested" in rendered("healthy/no-credential", width=110).splitlines()[0]
    assert rendered("check/incomplete").startswith("UNCLEAR:")
    assert rendered("tcp/ipv6-broken").startswith("IMPAIRED:")


def test_several_causes_are_counted_and_symptoms_name_their_cause() -> None:
    assert "And 1 more cause, see below." in rendered("smtp/auth-disabled-for-mailbox--and-expired", width=110).replace(
        "\n", " "
    )
    assert "(because of dns/answers-differ)" in rendered("dns/answers-differ", width=110)


def test_a_finding_without_a_page_is_shown_all_the_same() -> None:
    found = played("tls/certificate-expired")
    strange: Verdict = replace(found.verdict, causes=(replace(found.verdict.causes[0], code="other/thing"),))
    assert "other/thing at mail.example.org:993" in text.render(strange, found.measurement)


def test_a_page_reads_on_its_own() -> None:
    shown = text.render_page(catalogue.page("tls/self-signed"))
    assert shown.splitlines()[0] == "tls/self-signed"
    assert "References" in shown


def test_the_same_cause_at_several_endpoints_is_explained_once() -> None:
    shown = rendered("tcp/port-dropped", width=100)
    assert shown.count("tcp/port-dropped") == 3
    assert shown.count("In the firewall allow outgoing TCP") == 1
    assert shown.count("as in 1.") == 2
    assert len(re.findall(r"#\d+ TCP connection to", shown)) == 8  # the evidence of each stays with it


@pytest.mark.parametrize("form", [text.render, html.render, markdown.render, junit.render])
def test_every_form_says_what_happened(form: Callable[[Verdict, Measurement], str]) -> None:
    found = played("tcp/port-dropped--only-587")
    shown = " ".join(unescape(form(found.verdict, found.measurement)).replace("\\", "").split())
    for value in ("scope", "where"):
        assert str(found.verdict.causes[0].values[value]) in shown
