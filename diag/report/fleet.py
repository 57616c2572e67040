"""The report on many mailboxes: each in a line, site by site, and then what they have in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text  # noqa: TID253  this module is imported to print

from diag import catalogue
from diag.report.outline import WORDS, summary
from diag.report.text import ASCII, STATES, UNICODE, console_for, finish, hanging
from diag.wire.lines import escape

if TYPE_CHECKING:
    from rich.console import Console

    from diag.model.fleet import Result, Shared
    from diag.model.verdict import State
    from diag.report.text import Marks

FORMAT = 1
_MARKS: dict[State, str] = {"works": "ok", "impaired": "warning", "broken": "failed", "unclear": "warning"}
_MEANS = {
    "everywhere": "At every mailbox, from every site: neither the site nor the mailbox makes the difference.",
    "all-here": "At every mailbox that came so far: look at what they share, and not at one of them. A measurement"
    " from another site would tell whether it is this site.",
    "site": "At every mailbox from {where}, and at none from elsewhere: it lies at {where}.",
    "mailbox": "At {where} from every site that looked, and at no other mailbox: it belongs to the mailbox.",
    "some": "At {addresses}.",
}
MOST_NAMED = 6


def render(
    results: list[Result], common: list[Shared], *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Write the report as text."""
    marks = UNICODE if unicode else ASCII
    console = console_for(width, colour=colour)
    _headline(console, results)
    for site in dict.fromkeys(result.site for result in results):
        _site(console, site, [result for result in results if result.site == site], marks)
    for at, shared in enumerate(common, 1):
        if at == 1:
            console.print(Text("What they have in common", "bold"))
            console.print()
        _common(console, at, shared, results)
    return finish(console, unicode=unicode)


def _headline(console: Console, results: list[Result]) -> None:
    state = worst(results)
    console.print(Text.assemble((WORDS[state], STATES[state]), f": {tally(results)}"))
    console.print()


def tally(results: list[Result]) -> str:
    """Say how many work."""
    good = sum(1 for result in results if result.verdict.state == "works")
    return f"{good} of {len(results)} mailboxes work."


def worst(results: list[Result]) -> State:
    """Return the state of the whole: that of the mailbox that is worst off."""
    order: tuple[State, ...] = ("broken", "impaired", "unclear", "works")
    states = {result.verdict.state for result in results}
    return next((state for state in order if state in states), "unclear")


def _site(console: Console, site: str, results: list[Result], marks: Marks) -> None:
    console.print(Text(escape(site, 100), "bold"))
    longest = max(len(result.address) for result in results)
    for result in results:
        verdict = result.verdict
        mark = marks.of[_MARKS[verdict.state]]  # type: ignore[index]
        head = f"{mark} {escape(result.address, 100):{min(longest, 40)}}  "
        codes = dict.fromkeys(f"{cause.code} at {cause.subject}" for cause in verdict.causes)
        told = "; ".join(code.removesuffix(f" at {result.address}") for code in codes)
        when = f"(measured {result.measurement.vantage.started[:16].replace('T', ' ')} UTC)" if result.saved else ""
        hanging(console, head, " ".join(part for part in (verdict.state + (":" if told else ""), told, when) if part))
    console.print()


def _common(console: Console, at: int, shared: Shared, results: list[Result]) -> None:
    subject = f" at {shared.subject}" if shared.subject else ""
    counts = ", ".join(f"{share.found} of {share.of} from {share.site}" for share in shared.shares)
    console.print(
        Text.assemble(f"{at}. ", (escape(f"{shared.code}{subject}", 300), "cyan"), f"  {escape(counts, 300)}")
    )
    if shared.subject:
        causes = (cause for result in results for cause in result.verdict.causes)
        first = next(cause for cause in causes if (cause.code, cause.subject) == (shared.code, shared.subject))
        console.print(Text(escape(catalogue.fill(summary(first), first.values), 500)))
    console.print(Text(escape(meaning(shared), 500)))
    console.print(Text(f"maildiag explain {shared.code}", "dim"))
    console.print()


def meaning(shared: Shared) -> str:
    """Say where a cause lies, as far as the counts say it."""
    return _MEANS[shared.scope].format(where=_named(shared.where), addresses=_named(shared.addresses))


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def document(results: list[Result], common: list[Shared]) -> str:
    """Write the report as JSON for programs."""
    rows = [
        {
            "site": result.site,
            "address": result.address,
            "state": result.verdict.state,
            "saved": result.saved,
            "started": result.measurement.vantage.started,
            "causes": [
                {"code": cause.code, "subject": cause.subject, "confidence": cause.confidence,
                 "summary": catalogue.fill(summary(cause), cause.values)}
                for cause in result.verdict.causes
            ],
        }
        for result in results
    ]  # fmt: skip
    shares = [
        {
            "code": item.code,
            "subject": item.subject,
            "scope": item.scope,
            "where": item.where,
            "addresses": item.addresses,
            "shares": [{"site": share.site, "found": share.found, "of": share.of} for share in item.shares],
            "meaning": meaning(item),
        }
        for item in common
    ]
    whole = {"format": FORMAT, "state": worst(results), "results": rows, "common": shares}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
