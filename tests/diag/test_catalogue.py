"""Pages: read whole, refused when broken, filled with values."""

from __future__ import annotations

import re

import pytest

from diag import catalogue

GOOD = """---
severity: error
summary: It is {what}.
who: user
explains: [tcp/*, tls/x]
references: [RFC 1, RFC 2]
article: [1, 10]
---
## What happened
One.

## Why
- Two.

## What to do
    three

## How to be sure
Four.
"""


def test_a_page_is_read_whole() -> None:
    page = catalogue.parse("a/b", GOOD)
    assert (page.severity, page.who, page.article, page.references) == ("error", "user", (1, 10), ("RFC 1", "RFC 2"))
    assert page.sections["What to do"] == "    three"
    assert [page.explains_code(code) for code in ("tcp/any", "tls/x", "tls/y")] == [True, True, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [("## Why\n", "## Because\n"), ("who: user\n", ""), ("article: [1, 10]", "article: [1, 10]\nmood: good")],
)
def test_a_broken_page_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="a/b: a page has severity"):
        catalogue.parse("a/b", GOOD.replace(old, new))


def test_a_page_may_end_its_front_matter_with_where_its_remedy_is_carried_out() -> None:
    assert catalogue.parse("a/b", GOOD).portal == ""
    assert catalogue.parse("a/b", GOOD.replace("10]\n", "10]\nportal: A > {b}\n")).portal == "A > {b}"
    with pytest.raises(ValueError, match="a/b"):
        catalogue.parse("a/b", GOOD.replace("who: user\n", "portal: A > B\nwho: user\n"))


def test_values_are_put_in_and_missing_ones_stay() -> None:
    assert catalogue.fill("{host}:{port} {who}", {"host": "h", "port": 5}) == "h:5 {who}"


@pytest.mark.parametrize("code", sorted(catalogue.codes()))
def test_a_page_can_be_read_without_a_measurement(code: str) -> None:
    shown = catalogue.unfilled(catalogue.page(code))
    for text in (shown.summary, shown.portal, *shown.sections.values()):
        assert not re.search(r"\{[a-z_]+\}", text)


def test_what_is_known_is_filled_in_and_the_rest_is_named() -> None:
    page = catalogue.parse("a/b", GOOD.replace("It is {what}.", "{app_id}, {number}, {never_heard_of}, {number}."))
    assert catalogue.unfilled(page, {"number": 7}).summary == "<application id>, 7, <never heard of>, 7."


def test_every_word_for_a_value_is_used() -> None:
    pages = [catalogue.page(code) for code in catalogue.codes()]
    used = set(
        re.findall(
            r"\{([a-z_]+)\}", "".join(text for page in pages for text in (page.summary, *page.sections.values()))
        )
    )
    assert set(catalogue._words()) <= used


@pytest.mark.parametrize("code", sorted(catalogue.codes()))
def test_a_command_for_a_second_look_at_tls_begins_it_as_the_endpoint_does(code: str) -> None:
    for text in catalogue.page(code).sections.values():
        for line in text.splitlines():
            if line.startswith("    openssl s_client"):
                assert line.startswith("    openssl s_client{starttls}")
                assert "-connect {host}:{port} -servername {host}" in line


def test_an_unknown_code_has_no_page() -> None:
    with pytest.raises(catalogue.NoPageError):
        catalogue.page("tls/never-heard-of")
    with pytest.raises(catalogue.NoPageError):
        catalogue.page("../../etc/passwd")
