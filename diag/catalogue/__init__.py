"""The words: one page for each finding, at ``<layer>/<finding>.md``.

Another package brings pages for the findings of its own rules by the entry-point group ``maildiag.catalogue``, which
names a package with folders of the same kind.

A page opens with front matter and has four headings. The front matter is a small part of YAML (one key a line; a list
in brackets), read here without a YAML library, because the judge needs it in every run.

Severity is defined, not felt:

* ``error``: an endpoint that was asked for cannot be used while this holds;
* ``warning``: mail flows, but slowly, partly, or not for long;
* ``note``: worth knowing; nobody has to act.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, cast

from diag.model.plugins import brought_along

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

Severity = Literal["error", "warning", "note"]
WHO = {
    "user": "whoever uses the mailbox",
    "mail admin": "the administrator of the mail service",
    "network admin": "the administrator of the network or firewall",
    "provider": "the provider of the mail service",
    "application": "whoever sets up the application",
}
HEADINGS = ("What happened", "Why", "What to do", "How to be sure")
KEYS = ("severity", "summary", "who", "explains", "references", "article")
LAST = "portal"
"""A key that a page may end its front matter with: where in a portal its remedy is carried out."""
GROUP = "maildiag.catalogue"
_EITHER = " [-starttls imap|pop3|smtp]"
"""The option of ``openssl s_client`` on a page that is read without a measurement."""
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Texts may hold ``{placeholders}`` for the values of a finding."""

    code: str
    severity: Severity
    summary: str
    who: str
    explains: tuple[str, ...]
    references: tuple[str, ...]
    article: tuple[int, ...]
    portal: str
    """Where its remedy is carried out, as a path through a portal; empty where that is in no portal."""
    sections: dict[str, str]

    def explains_code(self, code: str) -> bool:
        """Tell whether the page says that this finding explains ``code``."""
        return any(fnmatchcase(code, pattern) for pattern in self.explains)


class NoPageError(KeyError):
    """There is no page for a code."""


@cache
def codes() -> frozenset[str]:
    """Return the codes of all pages."""
    folders = (files(__name__), *_others())
    layers = (item for at in folders for item in at.iterdir() if item.is_dir() and not item.name.startswith("_"))
    return frozenset(f"{layer.name}/{page.name[:-3]}" for layer in layers for page in layer.iterdir()
                     if page.name.endswith(".md"))  # fmt: skip


@cache
def page(code: str) -> Page:
    """Return the page of a finding.

    :raises NoPageError: there is none.
    """
    layer, _, name = code.partition("/")
    text = _read(files(__name__), layer, name)
    if text is None:  # only then are others asked: to find them takes longer than to read a page
        text = next((found for folder in _others() if (found := _read(folder, layer, name)) is not None), None)
    if text is None:
        raise NoPageError(code)
    return parse(code, text)


def who(found: Page, values: Mapping[str, object]) -> str:
    """Return who has to act: as the page has it, or as a finding knows better, whose kind of product decides."""
    better = values.get("who")
    return better if isinstance(better, str) and better in WHO else found.who


def _others() -> tuple[Traversable, ...]:
    return tuple(files(package) for package in brought_along(GROUP))


def _read(folder: Traversable, layer: str, name: str) -> str | None:
    try:
        return folder.joinpath(layer, f"{name}.md").read_text("utf-8")
    except OSError:
        return None


def parse(code: str, text: str) -> Page:
    """Read a page.

    :raises ValueError: it lacks a key or a heading, or has one that is not known.
    """
    _, head, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    sections = {
        part[0]: part[1].strip("\n") for part in re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", body, re.MULTILINE)
    }
    portal = fields.pop(LAST, "") if list(fields)[-1:] == [LAST] else ""
    if tuple(fields) != KEYS or tuple(sections) != HEADINGS:
        keys, headings = ", ".join(KEYS), ", ".join(HEADINGS)
        raise ValueError(f"{code}: a page has {keys} (and {LAST}) and the headings {headings}, in this order")
    return Page(
        code=code,
        severity=cast("Severity", fields["severity"]),
        summary=fields["summary"],
        who=fields["who"],
        explains=_items(fields["explains"]),
        references=_items(fields["references"]),
        article=tuple(int(step) for step in _items(fields["article"])),
        portal=portal,
        sections=sections,
    )


def _items(text: str) -> tuple[str, ...]:
    inner = text.strip().removeprefix("[").removesuffix("]")
    return tuple(item.strip() for item in inner.split(", ") if item.strip())


def fill(text: str, values: Mapping[str, object]) -> str:
    """Put values in place of placeholders; one without a value stays as it is, for the page read on its own."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1])
        return match[0] if found is None else str(found)

    return _PLACEHOLDER.sub(value, text)


def unfilled(shown: Page, values: Mapping[str, object] | None = None) -> Page:
    """Return a page for reading without a measurement: a value that is not known is named between angle brackets."""
    words = {**{name: f"<{text}>" for name, text in _words().items()}, "starttls": _EITHER, **(values or {})}

    def named(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: str(words.get(match[1], f"<{match[1].replace('_', ' ')}>")), text)

    sections = {heading: named(text) for heading, text in shown.sections.items()}
    return replace(shown, summary=named(shown.summary), portal=named(shown.portal), sections=sections)


@cache
def _words() -> dict[str, str]:
    """Return what ``placeholders.toml`` calls the values of pages."""
    import tomllib  # noqa: PLC0415  only where a page is read on its own

    return dict(tomllib.loads(files("diag.data").joinpath("placeholders.toml").read_text("utf-8"))["words"])
