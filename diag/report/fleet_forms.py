"""The report on many mailboxes for a ticket, in Markdown, and for whatever shows test results, in JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from diag import catalogue
from diag.report.fleet import meaning, tally, worst
from diag.report.markdown import MARKS, plain
from diag.report.outline import SENTENCES, WORDS, summary
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Finding
    from diag.model.fleet import Result, Shared
    from diag.model.verdict import State

_MARK: dict[State, str] = {
    "works": MARKS["ok"], "impaired": MARKS["warning"], "broken": MARKS["failed"], "unclear": "?",
}  # fmt: skip


def markdown(results: list[Result], common: list[Shared]) -> str:
    """Write the report as Markdown with a table, ending in a line feed."""
    lines = [
        f"# {WORDS[worst(results)]}: {tally(results)}",
        "",
        "| Site | Mailbox | State | Causes |",
        "|---|---|---|---|",
    ]
    for result in results:
        causes = "<br>".join(plain(f"{cause.code} at {cause.subject}") for cause in result.verdict.causes)
        state = f"{_MARK[result.verdict.state]} {result.verdict.state}"
        lines.append(f"| {_cell(result.site)} | {_cell(result.address)} | {state} | {causes} |")
    if common:
        lines += ["", "## What they have in common"]
    for shared in common:
        subject = f" at {shared.subject}" if shared.subject else ""
        counts = ", ".join(f"{share.found} of {share.of} from {share.site}" for share in shared.shares)
        lines += ["", f"**{plain(shared.code + subject)}**: {plain(counts)}", "", plain(meaning(shared))]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return plain(escape(text, 100))


def junit(results: list[Result], common: list[Shared]) -> str:
    """Write the report as JUnit XML: a suite for each site, a case for each mailbox. Unclear is an error, no pass."""
    root = ET.Element("testsuites")
    for site in dict.fromkeys(result.site for result in results):
        here = [result for result in results if result.site == site]
        suite = ET.SubElement(
            root, "testsuite", name=escape(f"maildiag {site}", 100), tests=str(len(here)),
            failures=str(sum(result.verdict.state in {"broken", "impaired"} for result in here)),
            errors=str(sum(result.verdict.state == "unclear" for result in here)), skipped="0",
        )  # fmt: skip
        for result in here:
            _case(suite, result)
        told = [f"{shared.code} {shared.subject}: {meaning(shared)}" for shared in common]
        ET.SubElement(suite, "system-out").text = escape("; ".join(told), 5000)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, result: Result) -> None:
    ends = (item.began + (item.took or 0.0) for item in result.measurement.observations)
    case = ET.SubElement(
        suite,
        "testcase",
        classname="maildiag.fleet",
        name=escape(result.address, 100),
        time=f"{max(ends, default=0.0):.3f}",
    )
    causes = result.verdict.causes
    if result.verdict.state == "unclear":
        ET.SubElement(case, "error", message=SENTENCES["unclear"])
    elif result.verdict.state != "works" and causes:
        failure = ET.SubElement(case, "failure", message=escape(_told(causes[0]), 500), type=causes[0].code)
        failure.text = "\n".join(_lines(causes))


def _lines(causes: tuple[Finding, ...]) -> Iterator[str]:
    for cause in causes:
        yield escape(f"{cause.code} at {cause.subject}: {_told(cause)}", 500)


def _told(cause: Finding) -> str:
    return catalogue.fill(summary(cause), cause.values)
