"""The script that mends: commands to review, and no name in them that could do harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diag.judge import judge
from diag.model.tenant import GRAPH_RESOURCE, MailSwitches, Question
from diag.report import script
from tests.diag.report.reported import hostile, played
from tests.diag.tenants import ALL, APPLICATION, NO_CONSENT, USER, classified, tenant


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_nothing_to_mend_is_a_script_without_commands() -> None:
    text = script.render(*played("healthy/tenant"))
    assert "# Nothing was found that a command could mend." in text
    assert lines(text) == ["Set-StrictMode -Version Latest", "$ErrorActionPreference = 'Stop'"]


def test_each_command_has_its_reason_and_its_connection() -> None:
    low = {(Question.CLASSIFICATIONS, GRAPH_RESOURCE): classified(ALL[:8])}
    off = {(Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=False, pop=True),)}
    measurement = tenant(NO_CONSENT, low, off)
    text = script.render(judge(measurement), measurement)
    assert "Connect-ExchangeOnline" in text
    assert "Connect-MgGraph -Scopes 'Policy.ReadWrite.PermissionGrant', 'Application.Read.All'" in text
    assert "# tenant/low-impact-missing (step 4): Not classified as low impact at Microsoft Graph: profile." in text
    assert "'profile' | ForEach-Object {" in text


def test_what_a_person_opens_is_a_comment() -> None:
    text = script.render(*played("tenant/admin-consent-missing"))
    assert "# https://login.microsoftonline.com/contoso.example/adminconsent?client_id=" in text
    assert not any(line.startswith("https:") for line in text.splitlines())


@pytest.mark.parametrize(
    "name", ["x; Remove-Mailbox y", "x' | iex '", "x\nRemove-Mailbox y", "$(calc)", "x`n", "u@d.example' ; #", "“x”"]
)
def test_a_name_that_could_do_harm_is_in_no_command(name: str) -> None:
    measurement = tenant(
        {(Question.USER, ""): (replace(USER, name=name, enabled=False),),
         (Question.APPLICATION, APPLICATION.name): (replace(APPLICATION, name=name, client_id=name, enabled=False),)}
    )  # fmt: skip
    commands = "\n".join(lines(script.render(judge(measurement), measurement)))
    assert script.PLACEHOLDER in commands
    for part in ("Remove-Mailbox", "iex", "calc", "“", "`"):
        assert part not in commands


def test_hostile_texts_stay_in_comments() -> None:
    text = script.render(*hostile())
    assert "\x1b" not in text
    assert not any("<script" in line for line in lines(text))
