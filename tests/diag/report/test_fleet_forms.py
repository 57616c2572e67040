"""The other forms of a report on many mailboxes."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from diag.common import shared
from diag.report.fleet_forms import junit, markdown
from tests.diag.test_common import A, B, C, result

ROWS = [result("Warsaw", A, "dropped"), result("Warsaw", B, "dropped"), result("Gdansk", A, "works")]


def test_markdown() -> None:
    assert (
        markdown(ROWS, shared(ROWS))
        == """\
# BROKEN: 1 of 3 mailboxes work.

| Site | Mailbox | State | Causes |
|---|---|---|---|
| Warsaw | a@x.example | ✗ broken | tcp/port-dropped at outlook.office365.com:993 |
| Warsaw | b@x.example | ✗ broken | tcp/port-dropped at outlook.office365.com:993 |
| Gdansk | a@x.example | ✓ works |  |

## What they have in common

**tcp/port-dropped at outlook.office365.com:993**: 2 of 2 from Warsaw, 0 of 1 from Gdansk

At every mailbox from Warsaw, and at none from elsewhere: it lies at Warsaw.
"""
    )


def test_names_are_no_markup() -> None:
    assert "| a\\|b\\*\\* |" in markdown([result("a|b**", A, "works")], [])


def test_junit() -> None:
    root = ET.fromstring(junit([*ROWS, result("Gdansk", C, "unclear")], shared(ROWS)))  # noqa: S314  our own
    suites = [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in root]
    assert suites == [("maildiag Warsaw", "2", "2", "0"), ("maildiag Gdansk", "2", "0", "1")]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "tcp/port-dropped"
    assert [case.find("error") is not None for case in root.iterfind("testsuite[2]/testcase")] == [False, True]
    assert "it lies at Warsaw" in (root.findtext("testsuite/system-out") or "")
