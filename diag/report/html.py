"""The report as one HTML page that needs nothing else: no script, no font, no request. Readable on a telephone too.

Every text is escaped here, whatever it is and wherever it came from.
"""

from __future__ import annotations

import re
from html import escape as quoted
from importlib.resources import files
from typing import TYPE_CHECKING

from diag.report.outline import GUIDE, HAPPENED, clean, outline
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.model.measurement import Measurement
    from diag.model.verdict import GuideStep, PathState, Verdict
    from diag.report.outline import Cause, Outline

MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "not-reached": "·", "not-tested": "·", "not-applicable": "-"}
_NUMBERED = re.compile(r"(\d+)\. (.*)")


def render(verdict: Verdict, measurement: Measurement) -> str:
    """Write the report as a page, ending in a line feed."""
    parts = outline(verdict, measurement)
    style = files("diag.data").joinpath("report.css").read_text("utf-8")
    title = quoted(f"maildiag: {parts.word} {escape(measurement.target.address)}")
    foot = quoted(escape(f"{measurement.tool}, measured {measurement.vantage.started}"))
    body = "\n".join(_body(parts))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<footer>{foot}</footer>
</body>
</html>
"""


def _body(parts: Outline) -> Iterator[str]:
    yield f'<header class="{parts.state}"><h1><span class="word">{parts.word}</span> {quoted(parts.sentence)}</h1>'
    yield f"<p>{quoted(parts.facts)}</p>"
    yield from (f"<p>{quoted(remark)}</p>" for remark in parts.remarks)
    yield "</header>"
    if parts.paths:
        yield '<section aria-label="Paths">'
        yield from (_path(path) for path in parts.paths)
        yield "</section>"
    yield from _guide(parts.guide)
    for cause in parts.causes:
        yield from _cause(cause)
    for title, items in parts.lists:
        yield f"<section><h2>{quoted(title)}</h2>{_list(items)}</section>"


def _path(path: PathState) -> str:
    stages = "".join(
        f'<li class="{stage.state}" title="{stage.state}"><b>{MARKS[stage.state]}</b> {quoted(stage.title)}'
        + (f" <small>{_time(stage.took)}</small>" if stage.took is not None and stage.state != "not-reached" else "")
        + "</li>"
        for stage in path.stages
    )
    return f'<div class="path"><h2>{quoted(path.label)} <code>{quoted(path.subject)}</code></h2><ol>{stages}</ol></div>'


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _guide(steps: tuple[GuideStep, ...]) -> Iterator[str]:
    if not steps:
        return
    head = ("Step", "State", "Required", "Found", "Who acts", "Where and how")
    yield '<section><h2>The set-up guide, step by step</h2><table class="guide"><thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in head)
    yield "</tr></thead><tbody>"
    for step in steps:
        cells = (GUIDE[step.state], step.required, step.found, step.who)
        shown = "".join(
            f'<td data-label="{label}">{quoted(clean(cell))}</td>' for label, cell in zip(head[1:5], cells, strict=True)
        )
        where = f"<p>{quoted(clean(step.portal))}</p>{_code(clean(step.command).splitlines())}"
        yield (
            f'<tr class="{step.state}"><th scope="row">{step.number} {quoted(step.title)}</th>{shown}'
            f'<td data-label="{head[5]}">{where}</td></tr>'
        )
    yield "</tbody></table></section>"


def _cause(cause: Cause) -> Iterator[str]:
    sure = "" if cause.confidence == "certain" else f" ({cause.confidence})"
    yield f"<article><h2>{cause.number}. {quoted(cause.subject)} <code>{quoted(cause.code)}</code>{sure}</h2>"
    yield f'<p class="summary">{quoted(cause.summary)}</p>'
    if cause.happened:
        yield f"<h3>{HAPPENED}</h3>{_prose(clean(cause.happened))}"
    yield f"<h3>Seen</h3>{_list(cause.evidence)}"
    for heading, text in cause.advice:
        who = f" ({quoted(cause.who)})" if heading == "What to do" else ""
        yield f"<h3>{heading}{who}</h3>{_prose(clean(text))}"
    yield from (f"<p>{line}</p>" for line in cause.repeats)
    if cause.references:
        yield f'<p class="references">References: {", ".join(map(_link, cause.references))}</p>'
    yield "</article>"


def _link(text: str) -> str:
    address = quoted(text)
    return f'<a href="{address}" rel="noreferrer">{address}</a>' if text.startswith("https://") else address


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{quoted(item)}</li>" for item in items) + "</ul>"


def _code(lines: Iterable[str]) -> str:
    return "<pre><code>" + "\n".join(quoted(line) for line in lines) + "</code></pre>"


def _prose(text: str) -> str:
    """Turn the Markdown of a page into HTML: paragraphs, items of lists, and code."""
    out: list[str] = []
    words: list[str] = []
    code: list[str] = []

    def flush() -> None:
        if words:
            out.append(_paragraph(" ".join(words)))
            words.clear()
        if code:
            out.append(_code(code))
            code.clear()

    for line in text.splitlines():
        if line.startswith("    "):
            if words:
                flush()
            code.append(line[4:])
        elif not line.strip() or line.startswith("- ") or _NUMBERED.match(line):
            flush()
            words += [line.strip()] if line.strip() else []
        else:
            if code:
                flush()
            words.append(line.strip())
    flush()
    return "".join(out)


def _paragraph(text: str) -> str:
    if text.startswith("- "):
        return f'<p class="item"><span>•</span> {quoted(text[2:])}</p>'
    if match := _NUMBERED.match(text):
        return f'<p class="item"><span>{match[1]}.</span> {quoted(match[2])}</p>'
    return f"<p>{quoted(text)}</p>"
