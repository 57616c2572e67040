"""The report as JUnit XML, for whatever shows test results: one case for each path, step of the guide and cause.

A cause is a failure; what could not be told or was not tested is skipped, and never counted as passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from diag.report.outline import GUIDE, HAPPENED, clean, outline
from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.model.verdict import GuideStep, PathState, Verdict
    from diag.report.outline import Cause

_SKIPPED = {"not-reached", "not-tested"}


def render(verdict: Verdict, measurement: Measurement) -> str:
    """Write the report as one test suite, ending in a line feed."""
    parts = outline(verdict, measurement)
    suite = ET.Element("testsuite", name=f"maildiag {escape(measurement.target.address)}")
    for path in parts.paths:
        _path(suite, path)
    for step in parts.guide:
        _step(suite, step)
    for cause in parts.causes:
        _cause(suite, cause)
    if parts.state == "unclear":
        _case(suite, "verdict", "unclear", error=parts.sentence)
    cases = suite.findall("testcase")
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    if measurement.vantage.started:
        suite.set("timestamp", measurement.vantage.started[:19])
    ET.SubElement(suite, "system-out").text = f"{parts.word}: {parts.sentence}\n{parts.facts}"
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(  # noqa: PLR0913  an XML element with all that it may have
    suite: ET.Element, group: str, name: str, *, time: float = 0.0, failure: str | None = None,
    error: str | None = None, skipped: str | None = None, kind: str = "", text: str = "",
) -> None:  # fmt: skip
    case = ET.SubElement(suite, "testcase", classname=f"maildiag.{group}", name=escape(name, 300), time=f"{time:.3f}")
    for tag, message in (("failure", failure), ("error", error), ("skipped", skipped)):
        if message is not None:
            found = ET.SubElement(case, tag, message=escape(message, 500))
            if kind:
                found.set("type", kind)
            if text:
                found.text = clean(text)


def _path(suite: ET.Element, path: PathState) -> None:
    for stage in path.stages:
        if stage.state == "not-applicable":
            continue
        _case(
            suite, "path", f"{path.label} {path.subject} {stage.name}", time=stage.took or 0.0,
            failure=f"{stage.name} failed" if stage.state == "failed" else None, kind="path",
            skipped=stage.state.replace("-", " ") if stage.state in _SKIPPED else None,
        )  # fmt: skip


def _step(suite: ET.Element, step: GuideStep) -> None:
    told = {"fulfilled": None, "not-needed": None}.get(step.state, f"{GUIDE[step.state]}: {step.found}")
    wrong = step.state in {"missing", "waiting"}
    _case(
        suite, "guide", f"{step.number} {step.title}", kind="guide",
        failure=told if wrong else None, skipped=None if wrong else told, text=step.command if wrong else "",
    )  # fmt: skip


def _cause(suite: ET.Element, cause: Cause) -> None:
    sections = [(HAPPENED, cause.happened)] if cause.happened else []
    sections += [("Seen", "\n".join(cause.evidence)), *cause.advice]
    text = "\n\n".join((*(f"{heading}\n{words}" for heading, words in sections), *cause.repeats))
    _case(suite, "cause", f"{cause.code} {cause.subject}", failure=cause.summary, kind=cause.code, text=text)
