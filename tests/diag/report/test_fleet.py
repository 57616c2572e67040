"""The words of a report on many mailboxes."""

from __future__ import annotations

import json

from diag.common import shared
from diag.report import fleet
from tests.diag.test_common import A, B, result

ROWS = [result("Warsaw", A, "dropped"), result("Warsaw", B, "dropped"), result("Gdansk", A, "works")]


def test_the_whole_report() -> None:
    assert (
        fleet.render(ROWS, shared(ROWS), width=100)
        == """\
BROKEN: 1 of 3 mailboxes work.

Warsaw
  ✗ a@x.example  broken: tcp/port-dropped at outlook.office365.com:993
  ✗ b@x.example  broken: tcp/port-dropped at outlook.office365.com:993

Gdansk
  ✓ a@x.example  works

What they have in common

1. tcp/port-dropped at outlook.office365.com:993  2 of 2 from Warsaw, 0 of 1 from Gdansk
Port 993 of outlook.office365.com does not answer: packets are dropped on the way.
At every mailbox from Warsaw, and at none from elsewhere: it lies at Warsaw.
maildiag explain tcp/port-dropped
"""
    )


def test_where_characters_beyond_ascii_cannot_be_shown() -> None:
    assert fleet.render(ROWS, [], unicode=False).isascii()


def test_many_names_are_cut_short() -> None:
    rows = [result("W", f"{name}@x.example", "dropped") for name in "abcdefgh"]
    rows += [result("W", "z@x.example", "works")]
    assert fleet.meaning(shared(rows)[0]).endswith("f@x.example and 2 more.")


def test_the_worst_counts() -> None:
    assert (fleet.worst([]), fleet.worst(ROWS), fleet.worst(ROWS[2:])) == ("unclear", "broken", "works")


def test_the_document_for_programs() -> None:
    found = json.loads(fleet.document(ROWS, shared(ROWS)))
    assert found["state"] == "broken"
    assert found["common"][0]["shares"] == [
        {"site": "Warsaw", "found": 2, "of": 2},
        {"site": "Gdansk", "found": 0, "of": 1},
    ]
    assert found["results"][0]["causes"][0]["code"] == "tcp/port-dropped"
