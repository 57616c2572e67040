"""An administrator signs in at the emulated Entra ID, and the tenant is read with what was granted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import pytest

from diag.check import measure
from diag.cli.administrator import lend
from diag.cli.job import Job
from diag.judge import judge
from diag.model.actions import HttpExchange
from diag.probes.tenant.signing_in import clients, scopes
from fakes.organisation import CLIENT_ID, PERMISSIONS
from scenarios.build import emulate
from scenarios.load import load
from scenarios.person import Person
from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from diag.model.verdict import Verdict

ADMIN = "admin@contoso.example"
OPTIONS = {"reader": ADMIN, "reader_method": "code", "reader_client_id": CLIENT_ID, "with_exchange": True}
GRANTED = (*PERMISSIONS, *scopes("graph"), "https://outlook.office365.com/Exchange.Manage")


def read(case_name: str = "healthy/tenant", **changes: Any) -> Verdict:  # noqa: ANN401  options of any kind
    """Sign the administrator in, by a person who types a password, and read the tenant."""
    case = load(case_name)
    application = replace(
        case.declaration.application, permissions=GRANTED, admin_consent=GRANTED, user_consent=PERMISSIONS
    )
    case = replace(case, declaration=replace(case.declaration, application=application))

    async def main() -> Verdict:
        async with emulate(case) as world:
            person = Person(user=ADMIN, password="correct horse", settings=world.settings)
            request = replace(world.request, only_tenant=True)
            job = Job(request=request, sign_in=world.sign_in, settings=world.settings, choices=world.choices)
            lent = await lend(replace(job, choices=replace(job.choices, reading=None)), {**OPTIONS, **changes}, person)
            measurement = await measure(lent.request, lent.sign_in, settings=lent.settings, choices=lent.choices)
            assert all(
                "authorize" not in item.action.url
                for item in measurement.observations
                if isinstance(item.action, HttpExchange)
            )
            return judge(measurement)

    return asyncio.run(main())


def test_the_tenant_is_read_with_what_was_granted_at_the_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = read()
    assert (verdict.state, verdict.causes) == ("works", ())
    assert [step.state for step in verdict.guide[:5]] == ["fulfilled"] * 5
    told = capsys.readouterr()
    assert "Policy.Read.PermissionGrant" in told.err
    assert told.out == ""


def test_without_exchange_its_switches_cannot_be_told() -> None:
    verdict = read(with_exchange=False)
    assert verdict.state == "unclear"
    assert [step.number for step in verdict.guide if step.state == "unknown"] == [1]


def test_a_sign_in_that_is_refused_says_why() -> None:
    with pytest.raises(click.ClickException) as refused:
        read("tenant/application-disabled")
    assert refused.value.message.startswith(f"The sign-in of {ADMIN} did not succeed: ")
    assert "'maildiag explain entra/application-disabled' says what to do." in refused.value.message


def test_the_applications_are_microsofts_own_and_the_scopes_those_that_are_explained() -> None:
    assert set(clients()) == {"graph", "exchange"}
    assert "https://graph.microsoft.com/Directory.Read.All" in scopes("graph")
    assert scopes("exchange") == ("https://outlook.office365.com/.default",)


READS = (*PERMISSIONS, *(scope.rpartition("/")[2] for scope in scopes("graph")))
ANOTHER = f"""
story: The application has another name than the usual one.
article: [6]
world:
  like: exchange-online
  but:
    application: {{name: Mail of ours, permissions: [{", ".join(READS)}], admin_consent: [{", ".join(READS)}]}}
expect: {{state: works}}
"""


@pytest.mark.parametrize("which", [("--application", "Mail of ours"), ("--client-id", CLIENT_ID)])
def test_another_application_is_read_after_the_sign_in(tmp_path: Path, which: tuple[str, str]) -> None:
    """Step 0 names the application that was read; the usual one is not in this tenant."""
    case = tmp_path / "another.yaml"
    case.write_text(ANOTHER)
    signs_in = ("--reader", ADMIN, "--reader-client-id", CLIENT_ID)
    found = run("check", "--in", str(case), "--tenant", *signs_in, *which)
    assert (found.exit_code, "Mail of ours is in the tenant" in found.stdout) == (0, True), found.output
    usual = run("tenant", "--in", str(case), *signs_in)
    assert (usual.exit_code, "tenant/application-absent" in usual.stdout) == (1, True), usual.output


def test_a_token_for_exchange_stays_beside_the_sign_in(tmp_path: Path) -> None:
    """It is asked for with the file's token, which the interface does not know."""
    (tmp_path / "case.yaml").write_text(ANOTHER)
    (tmp_path / "token").write_text("no-token-of-this-world\n")
    found = run("tenant", "--in", str(tmp_path / "case.yaml"), "--reader", ADMIN, "--reader-client-id", CLIENT_ID,
                "--client-id", CLIENT_ID, "--exchange-token-file", str(tmp_path / "token"),
                "--format", "json")  # fmt: skip
    assert "tenant/exchange-not-permitted" in found.stdout, found.output
