"""The report as JUnit XML: counted right, and nothing untold counted as passed."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from diag.report import junit
from tests.diag.report.reported import hostile, played


def suite(name: str) -> ET.Element:
    root = ET.fromstring(junit.render(*played(name)))  # noqa: S314  written by ourselves
    assert root.tag == "testsuites"
    found = root.find("testsuite")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "failures", "errors"),
    [
        ("healthy/tenant", 0, 0),
        ("tenant/imap-disabled", 3, 0),  # the stage of the path, the step of the guide, the cause
        ("tenant/not-permitted", 0, 1),
        ("check/incomplete", 1, 1),
    ],
)
def test_counts(name: str, failures: int, errors: int) -> None:
    found = suite(name)
    cases = found.findall("testcase")
    assert (found.get("failures"), found.get("errors")) == (str(failures), str(errors))
    assert found.get("tests") == str(len(cases))
    assert found.get("skipped") == str(len([case for case in cases if case.find("skipped") is not None]))


def test_what_could_not_be_told_is_skipped_and_not_passed() -> None:
    told = {
        case.get("name"): case.find("skipped") is not None for case in suite("tenant/not-permitted").findall("testcase")
    }
    assert told["3 User consent"]
    assert not told["2 Licence"]


def test_a_cause_has_its_code_and_its_remedy() -> None:
    (failure,) = [case.find("failure") for case in suite("tenant/imap-disabled").findall("testcase")
                  if case.get("classname") == "maildiag.cause"]  # fmt: skip
    assert failure is not None
    assert failure.get("type") == "tenant/imap-disabled"
    assert "Set-CASMailbox helpdesk@contoso.example -ImapEnabled $true" in (failure.text or "")


def test_hostile_texts_are_well_formed_xml() -> None:
    root = ET.fromstring(junit.render(*hostile()))  # noqa: S314  written by ourselves
    assert root.find("testsuite") is not None
