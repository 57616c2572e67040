"""The report for a person at a terminal: the verdict first, then the path, then each cause with proof and remedy."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console  # noqa: TID253  this module is imported to print
from rich.text import Text  # noqa: TID253

from diag import catalogue
from diag.report.outline import GUIDE, HAPPENED, outline
from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.catalogue import Page
    from diag.model.measurement import Measurement
    from diag.model.verdict import GuideState, GuideStep, PathState, StageState, State, Verdict
    from diag.report.outline import Cause, Outline

STATES: dict[State, str] = {
    "works": "bold green",
    "impaired": "bold yellow",
    "broken": "bold red",
    "unclear": "bold magenta",
}
MOST_EVIDENCE = 6
_LIST_HEAD = re.compile(r"(?:-|\d\.) ")


@dataclass(frozen=True, slots=True)
class Marks:
    """The signs of a report."""

    of: dict[StageState, str]
    arrow: str
    bullet: str


UNICODE = Marks(
    {"ok": "✓", "warning": "!", "failed": "✗", "not-reached": "·", "not-tested": "·", "not-applicable": "-"}, "─", "•"
)
ASCII = Marks(
    {"ok": "+", "warning": "!", "failed": "X", "not-reached": ".", "not-tested": ".", "not-applicable": "-"}, "-", "*"
)
STYLES: dict[StageState, str] = {
    "ok": "green",
    "warning": "yellow",
    "failed": "bold red",
    "not-reached": "dim",
    "not-tested": "dim",
    "not-applicable": "dim",
}


_GUIDE_MARKS: dict[GuideState, tuple[StageState, str]] = {
    "fulfilled": ("ok", "green"),
    "not-needed": ("not-applicable", "dim"),
    "missing": ("failed", "bold red"),
    "waiting": ("warning", "yellow"),
    "unknown": ("warning", "magenta"),
    "not-tested": ("not-tested", "dim"),
}


def render(
    verdict: Verdict, measurement: Measurement, *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Write the report as text for ``width`` columns, with or without colour and characters beyond ASCII."""
    marks = UNICODE if unicode else ASCII
    console = console_for(width, colour=colour)
    report = outline(verdict, measurement)
    _headline(console, report)
    _paths(console, verdict, marks)
    _guide(console, verdict, marks)
    for cause in report.causes:
        _cause(console, cause, marks)
    for title, lines in report.lists:
        _list(console, title, lines, marks)
    return finish(console, unicode=unicode)


def render_page(page: Page, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Write a catalogue page as text."""
    console = console_for(width, colour=colour)
    console.print(Text(page.code, "bold"))
    console.print(Text(page.summary))
    console.print(Text(f"Severity: {page.severity}. To be acted upon by {catalogue.WHO[page.who]}.", "dim"))
    for heading, text in page.sections.items():
        console.print()
        console.print(Text(heading, "bold"))
        _prose(console, text)
    if page.references:
        console.print()
        console.print(Text("References", "bold"))
        _prose(console, "\n".join(page.references))
    return finish(console, unicode=unicode)


def console_for(width: int, *, colour: bool) -> Console:
    """Return where a report is written, as wide and as colourful as its place allows."""
    return Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def finish(console: Console, *, unicode: bool) -> str:
    """Return what was written, without characters beyond ASCII where those cannot be shown."""
    file = console.file
    assert isinstance(file, StringIO)  # noqa: S101  made in console_for
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    text = "\n".join(lines).strip("\n") + "\n"
    return text if unicode else text.encode("ascii", "replace").decode("ascii")


def _headline(console: Console, report: Outline) -> None:
    console.print(Text.assemble((report.word, STATES[report.state]), f": {report.sentence}"))
    console.print(Text(report.facts, "dim"))
    for remark in report.remarks:
        console.print(Text(remark, "yellow"))
    console.print()


def _paths(console: Console, verdict: Verdict, marks: Marks) -> None:
    width = max((len(path.label) for path in verdict.paths), default=0)
    for path in verdict.paths:
        console.print(Text.assemble((f"{path.label:{width}}", "bold"), f"  {path.subject}"))
        for line in _drawn(path, marks, console.width):
            console.print(line, soft_wrap=True)
    if verdict.paths:
        console.print()


def _drawn(path: PathState, marks: Marks, width: int) -> list[Text]:
    """Draw the stages of one path, on as many lines as they need; a mark stays with its name."""
    lines = [Text("  ")]
    for at, stage in enumerate(path.stages):
        took = f" {_time(stage.took)}" if stage.took is not None and stage.state != "not-reached" else ""
        cell = Text(f"{marks.of[stage.state]} {stage.title}{took}", STYLES[stage.state])
        arrow = Text(f" {marks.arrow} ", "dim")
        if at and lines[-1].cell_len + arrow.cell_len + cell.cell_len > width:
            lines.append(Text("    "))
        elif at:
            lines[-1].append_text(arrow)
        lines[-1].append_text(cell)
    return lines


def _guide(console: Console, verdict: Verdict, marks: Marks) -> None:
    """Print the steps of the guide, and of those that somebody has to look at who, where and how."""
    if not verdict.guide:
        return
    console.print(Text("The set-up guide, step by step", "bold"))
    for step in verdict.guide:
        mark, style = _GUIDE_MARKS[step.state]
        head = f"{marks.of[mark]} {step.number:>2} "
        lines = textwrap.wrap(
            escape(f"{step.title} ({GUIDE[step.state]}): {step.found}", 600), console.width,
            initial_indent=f"  {head}", subsequent_indent=" " * (2 + len(head)), break_on_hyphens=False,
        )  # fmt: skip
        console.print(Text("\n".join(lines), style), soft_wrap=True)
        if step.state in {"missing", "waiting", "unknown"}:
            _what_of(console, step)
    console.print()


def _what_of(console: Console, step: GuideStep) -> None:
    for name, text in (("Required", step.required), ("Who acts", step.who), ("Where", step.portal)):
        hanging(console, "      ", escape(f"{name}: {text}", 600))
    for line in step.command.splitlines():
        console.print(Text(f"          {escape(line, 500)}", "cyan"), soft_wrap=True)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _cause(console: Console, cause: Cause, marks: Marks) -> None:
    console.rule(style="dim", characters=marks.arrow)
    sure = "" if cause.confidence == "certain" else f" ({cause.confidence})"
    console.print(Text.assemble((f"{cause.number}. {cause.subject}", "bold"), (f"  {cause.code}{sure}", "cyan")))
    console.print(Text(cause.summary))
    if cause.happened:
        _section(console, HAPPENED, cause.happened)
    _evidence(console, cause, marks)
    for heading, text in cause.advice:
        _section(console, f"{heading} ({cause.who})" if heading == "What to do" else heading, text)
    if cause.repeats:
        console.print()
    for line in cause.repeats:
        hanging(console, "", line)
    console.print()


def _section(console: Console, title: str, text: str) -> None:
    console.print()
    console.print(Text(title, "bold"))
    _prose(console, text)


def _evidence(console: Console, cause: Cause, marks: Marks) -> None:
    """Print the proof; where there is much of it, steps of every kind before more of the same."""
    console.print()
    console.print(Text("Seen", "bold"))
    order = dict.fromkeys((*cause.weighty, *range(len(cause.evidence))))
    for at in sorted(list(order)[:MOST_EVIDENCE]):
        hanging(console, f"{marks.bullet} ", cause.evidence[at])
    if len(cause.evidence) > MOST_EVIDENCE:
        console.print(Text(f"  {marks.bullet} and {len(cause.evidence) - MOST_EVIDENCE} more", "dim"))


def hanging(console: Console, head: str, text: str) -> None:
    """Print a paragraph that hangs below its sign or number."""
    indent = " " * (2 + len(head))
    for line in textwrap.wrap(
        text, console.width, initial_indent=f"  {head}", subsequent_indent=indent, break_on_hyphens=False
    ):
        console.print(Text(line), soft_wrap=True)


def _prose(console: Console, text: str) -> None:
    """Print the Markdown of a page: paragraphs are filled, list items and code keep their lines."""
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            text = escape(" ".join(paragraph), 2000)
            head = _LIST_HEAD.match(text)
            hanging(console, head[0] if head else "", text[head.end() if head else 0 :])
            paragraph.clear()

    for line in text.splitlines():
        if line.startswith("    "):
            flush()
            console.print(Text("      " + escape(line[4:], 500), "cyan"), soft_wrap=True)
        elif _LIST_HEAD.match(line) or not line.strip():
            flush()
            paragraph += [line.strip()] if line.strip() else []
        else:
            paragraph.append(line.strip())
    flush()


def _list(console: Console, title: str, lines: tuple[str, ...], marks: Marks) -> None:
    console.print(Text(title, "bold"))
    for line in lines:
        hanging(console, f"{marks.bullet} ", line)
    console.print()
