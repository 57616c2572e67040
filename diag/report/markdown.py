"""The report as Markdown (CommonMark with tables), for a ticket or a wiki."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.report.outline import GUIDE, HAPPENED, clean, outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.measurement import Measurement
    from diag.model.verdict import GuideStep, PathState, Verdict
    from diag.report.outline import Cause

MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "not-reached": "·", "not-tested": "·", "not-applicable": "-"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_INLINE = re.compile(r"^(\s*(?:-|\d+\.) )?(.*)$")


def render(verdict: Verdict, measurement: Measurement) -> str:
    """Write the report as Markdown, ending in a line feed."""
    parts = outline(verdict, measurement)
    lines = [f"# {parts.word}: {plain(parts.sentence)}", "", plain(parts.facts), ""]
    lines += [f"- {plain(remark)}" for remark in parts.remarks]
    for path in parts.paths:
        lines += ["", f"**{plain(path.label)}** {plain(path.subject)}: {_drawn(path)}"]
    lines += _guide(parts.guide)
    for cause in parts.causes:
        lines += ["", *_cause(cause)]
    for title, items in parts.lists:
        lines += ["", f"## {title}", "", *(f"- {plain(item)}" for item in items)]
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def plain(text: str) -> str:
    """Write text so that Markdown takes nothing in it for markup."""
    return _SPECIAL.sub(r"\\\1", text)


def _drawn(path: PathState) -> str:
    return " → ".join(f"{MARKS[stage.state]} {stage.title}" for stage in path.stages)


def _guide(steps: tuple[GuideStep, ...]) -> list[str]:
    if not steps:
        return []
    head = ("Step", "State", "Required", "Found", "Who acts", "Where", "Command")
    lines = ["", "## The set-up guide, step by step", "", _row(head), _row("---" for _ in head)]
    for step in steps:
        command = "<br>".join(_code(line) for line in clean(step.command).splitlines())
        texts = (step.required, step.found, step.who, step.portal)
        cells = [plain(f"{step.number} {step.title}"), GUIDE[step.state], *(plain(clean(text)) for text in texts)]
        lines.append(_row([*cells, command]))
    return lines


def _row(cells: object) -> str:
    assert hasattr(cells, "__iter__")  # noqa: S101  a list, a tuple or a generator of texts
    return "| " + " | ".join(str(cell).replace("\n", " ") for cell in cells) + " |"


def _code(text: str) -> str:
    """Write text as code on one line; the fence is longer than any run of backticks in it (CommonMark 6.1)."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text.replace('|', chr(92) + '|')}{space}{fence}"


def _cause(cause: Cause) -> Iterator[str]:
    sure = "" if cause.confidence == "certain" else f" ({cause.confidence})"
    yield f"## {cause.number}. {plain(cause.subject)}: {plain(cause.summary)}"
    yield ""
    yield f"{_code(cause.code)}{sure}"
    if cause.happened:
        yield from ("", f"### {HAPPENED}", "", _prose(clean(cause.happened)))
    yield ""
    yield "### Seen"
    yield ""
    yield from (f"- {plain(line)}" for line in cause.evidence)
    for heading, text in cause.advice:
        who = f" ({cause.who})" if heading == "What to do" else ""
        yield from ("", f"### {heading}{who}", "", _prose(clean(text)))
    for line in cause.repeats:
        yield from ("", line)
    if cause.references:
        yield from ("", "References: " + ", ".join(map(_link, cause.references)))


def _link(text: str) -> str:
    return f"<{text}>" if text.startswith("https://") else plain(text)


def _prose(text: str) -> str:
    """Take over the Markdown of a page: lists and code stay, everything else is plain text."""
    lines = []
    for line in text.splitlines():
        if line.startswith("    "):
            lines.append(line)
        else:
            match = _INLINE.match(line)
            lines.append((match[1] or "") + plain(match[2]) if match else plain(line))
    return _separated(lines)


def _separated(lines: list[str]) -> str:
    """Put an empty line before and after code, without which CommonMark reads it as a paragraph's continuation.

    Code after a list item is fenced, since indented code would belong to the item.
    """
    out: list[str] = []
    code: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("    "):
            code.append(line[4:])
            continue
        if code:
            out += ["", "```text", *(text.replace("```", "` ` `") for text in code), "```", ""]
            code = []
        out.append(line)
    return "\n".join(out).strip("\n")
