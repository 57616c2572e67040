"""A sketch as the text of a scenario file, always in the same order and form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from diag.catalogue import NoPageError, fill, page

if TYPE_CHECKING:
    from scenarios.recording.sketch import Sketch

WIDTH = 118
HEAD = (
    "# yaml-language-server: $schema=schema.json\n"
    "# 'maildiag scenario schema > schema.json' beside this file lets an editor know every key.\n"
)
ORDER = (
    "mailbox",
    "mailboxes",
    "tenant",
    "application",
    "token",
    "public_ca",
    "private_ca",
    "names",
    "services",
    "path",
    "dead_addresses",
    "client",
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: UTC|Z)?)?")
_TIME = re.compile(r"\d{2}:\d{2} UTC")

_ADDRESS = re.compile(r" \([0-9a-f.:]+\)")
"""Which of several addresses was tried first is an accident."""

_DISTINGUISHED = re.compile(r"(?:CN|OU?|L|ST|C|DC)=")


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002  PyYAML's form
        """Indent lists below their key."""
        del indentless
        super().increase_indent(flow, False)


def write(sketch: Sketch) -> str:
    """Write the case."""
    known = [key for key in ORDER if sketch.world.get(key) not in (None, [])]
    rest = [key for key in sketch.world if key not in ORDER]
    but = {key: sketch.world[key] for key in (*known, *rest) if sketch.world[key] != {} or key == "token"}
    data: dict[str, Any] = {"story": _story(sketch), "world": {"like": "empty", "but": but}}
    if sketch.check:
        data["check"] = sketch.check
    data["expect"] = _expect(sketch)
    comments = "".join(f"# Not in this scenario: {text}.\n" for text in dict.fromkeys(sketch.left_out))
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None)
    return HEAD + comments + text


def _story(sketch: Sketch) -> str:
    """Tell what was found, without the date and the time at which it was."""
    causes = [_summary(sketch, finding.code) for finding in sketch.verdict.causes]
    return f"Recorded at a site: {' '.join(dict.fromkeys(causes)) or 'no cause was found.'}"


def _summary(sketch: Sketch, code: str) -> str:
    finding = sketch.found(code)
    try:
        summary = page(code).summary
    except NoPageError:
        return f"{code}."
    own = sketch.pseudonyms
    values = {
        key: own.subject(value) if isinstance(value, str) and _DISTINGUISHED.match(value) else value
        for key, value in (finding.values if finding else {}).items()
    }
    return _TIME.sub("another time", _DATE.sub("another day", sketch.pseudonyms.text(fill(summary, values))))


def _expect(sketch: Sketch) -> dict[str, Any]:
    expect: dict[str, Any] = {"state": str(sketch.verdict.state)}
    verdict = sketch.verdict
    told = {"causes": verdict.causes, "symptoms": [item.finding for item in verdict.symptoms], "notes": verdict.notes}
    for name, findings in told.items():
        codes = list(dict.fromkeys(finding.code for finding in findings))
        codes = codes if name == "causes" else sorted(codes)  # these have no rank, and come as they were observed
        if codes or (name == "symptoms" and verdict.causes):
            expect[name] = codes
    return expect
