"""The commands that mend the tenant, as a PowerShell script for a person to review and run. It runs nowhere by itself.

A name that comes from a server is put into a command only where it can do no harm there; else a placeholder stands in
its place, which PowerShell refuses.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from diag import catalogue
from diag.guide import commands
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Finding, Value
    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict

HEAD = """\
# Commands that mend what maildiag found in the tenant of {address}.
# Made by {tool} from a measurement of {started}.
#
# READ EACH LINE BEFORE YOU RUN IT. Nothing was changed so far: maildiag only reads. Every command changes a setting of
# your organisation, and the comment above it says why. Run it as an administrator, line by line.

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
"""
CONNECT = {
    "exchange": ("Set-CASMailbox", "Connect-ExchangeOnline"),
    "graph": ("-Mg", "Connect-MgGraph -Scopes {scopes}"),
}
SCOPES = {
    "Update-MgPolicyAuthorizationPolicy": "Policy.ReadWrite.Authorization",
    "New-MgServicePrincipalDelegatedPermissionClassification": "Policy.ReadWrite.PermissionGrant",
    "Update-MgServicePrincipal": "Application.ReadWrite.All",
    "New-MgUserAppRoleAssignment": "AppRoleAssignment.ReadWrite.All",
    "Set-MgUserLicense": "LicenseAssignment.ReadWrite.All",
    "Update-MgUser": "User.ReadWrite.All",
    "Get-MgUser": "User.Read.All",
    "Get-MgServicePrincipal": "Application.Read.All",
}
"""What Connect-MgGraph has to ask for, by the command that needs it."""
_WORD = re.compile(r"[\w.@+/:=&?-]{1,200}", re.ASCII)
_NAME = re.compile(r"[\w.@+-]{1,100}(?: [\w.@+-]{1,100}){0,9}", re.ASCII)
PLACEHOLDER = "<PUT-THE-RIGHT-NAME-HERE>"
QUOTED = {"application"}
"""Values that stand between quotes on the pages, where spaces do no harm."""
OURS = {"commands", "policies", "lacking", "resource", "left", "additions", "showing", "wanted"}
"""Values that hold nothing but our own words."""


def render(verdict: Verdict, measurement: Measurement) -> str:
    """Write the script, ending in a line feed."""
    target = measurement.target
    text = HEAD.format(
        address=_comment(target.address), tool=_comment(measurement.tool), started=_comment(measurement.vantage.started)
    )
    blocks = [(finding, list(_commands(finding))) for finding in _mendable(verdict)]
    blocks = [(finding, lines) for finding, lines in blocks if lines]
    if not blocks:
        return text + "\n# Nothing was found that a command could mend.\n"
    for line in _connections([line for _, lines in blocks for line in lines]):
        text += f"\n{line}"
    for finding, lines in blocks:
        page = catalogue.page(finding.code)
        summary = catalogue.fill(page.summary, finding.values)
        steps = ", ".join(map(str, page.article))
        text += f"\n\n# {_comment(finding.code)} (step {steps}): {_comment(summary)}\n"
        text += "\n".join(lines)
    return text + "\n"


def _mendable(verdict: Verdict) -> Iterator[Finding]:
    """Yield what commands for the tenant can mend: causes, and symptoms that need something done of their own."""
    yield from (finding for finding in verdict.causes if finding.code.startswith(("tenant/", "smtp/auth-disabled")))


def _commands(finding: Finding) -> Iterator[str]:
    safe = replace(finding, values={name: _safe(name, value) for name, value in finding.values.items()})
    for line in commands(catalogue.page(finding.code), safe):
        if line.startswith(("https://", "maildiag ")):
            yield f"# {_comment(line)}"
        else:
            yield escape(line, 1000)


def _safe(name: str, value: Value) -> Value:
    if not isinstance(value, str) or name in OURS:
        return value
    fits = (_NAME if name in QUOTED else _WORD).fullmatch(value)
    return value if fits else PLACEHOLDER


def _comment(text: str) -> str:
    """Keep text within one comment."""
    return escape(text, 500).replace("\n", " ").replace("#>", "# >")


def _connections(lines: list[str]) -> Iterator[str]:
    whole = "\n".join(lines)
    if CONNECT["exchange"][0] in whole:
        yield CONNECT["exchange"][1]
    scopes = [scope for command, scope in SCOPES.items() if re.search(rf"{command}\b", whole)]
    if scopes:
        yield CONNECT["graph"][1].format(scopes=", ".join(f"'{scope}'" for scope in dict.fromkeys(scopes)))
