"""All cases as a page for people: ``docs/cases.md``, which a test keeps current.

``maildiag scenario list --markdown`` writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.load import load, names

if TYPE_CHECKING:
    from scenarios.model import Case

LAYERS = {
    "settings": "What was typed into the application",
    "dns": "Finding the server",
    "tcp": "Reaching the port",
    "proxy": "Going through a proxy",
    "tls": "Encryption and certificates",
    "starttls": "Beginning encryption by STARTTLS",
    "service": "Whether the right server answers",
    "entra": "Signing in at Entra ID, and consent",
    "sign-in": "Signing in to the mail server",
    "token": "What the access token says",
    "account": "The account",
    "tenant": "The tenant's settings",
    "imap": "Fetching by IMAP",
    "pop3": "Fetching by POP3",
    "smtp": "Sending",
    "this-computer": "This computer",
    "check": "The check itself",
    "healthy": "Nothing is wrong",
}
"""The layers in the order of a connection, as headings; one that is not here comes last, under its own name."""
HEAD = """# Troubleshooting cases

Every case that comes with maildiag: {count} of them. A case is an emulated world and the verdict on it. To see one,
and to play it as a test:

    maildiag check --in NAME
    maildiag scenario run NAME
    pytest scenarios/cases/NAME.yaml

*Step* is the step of the set-up guide (a Microsoft 365 mailbox with OAuth2) that the case belongs to. *Comes out* names
what the check must say, completely; `maildiag explain CODE` shows the page of each. Where a remedy is played too, it
stands below.
"""


def markdown() -> str:
    """Return the page."""
    cases = [load(name) for name in names()]
    groups: dict[str, list[Case]] = {layer: [] for layer in LAYERS}
    for case in cases:
        groups.setdefault(case.name.partition("/")[0], []).append(case)
    parts = [HEAD.format(count=len(cases))]
    for layer, members in groups.items():
        if members:
            parts.append(f"\n## {LAYERS.get(layer, layer)}\n")
            parts += map(_case, members)
    return "".join(parts)


def _case(case: Case) -> str:
    expect = case.parts.expect
    outcome = ", ".join((expect.state, *(f"`{code}`" for code in (*expect.causes, *(expect.notes or ())))))
    step = f" *Step {', '.join(map(str, case.parts.article))}.*" if case.parts.article else ""
    text = f"\n### {case.name}\n\n{_flat(case.parts.story)}{step}\n\nComes out: {outcome}.\n"
    for then in case.then:
        text += f"\nThen: {_sentence(_flat(then.parts.story))} It {_outcome(then)}.\n"
    return text


def _outcome(then: Case) -> str:
    expect = then.parts.expect
    return "works" if expect.state == "works" else f"is {expect.state}: {', '.join(expect.causes)}"


def _sentence(text: str) -> str:
    """End a remedy as a sentence ends: its words are those of the finding's page, and may be a part of one there."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _flat(text: str) -> str:
    """Put a text on one line, without what Markdown would take for its own."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|").replace("*", "\\*")
