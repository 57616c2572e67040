"""What reading a tenant costs, and what it needs: as many requests for 50,000 accounts as for five, and each permission."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from diag.model.actions import HttpExchange
from diag.model.failure import FailureCode
from diag.model.tenant import Question, TenantRead
from diag.probes.tenant.questions import permission_table
from scenarios.load import load
from scenarios.model import ReaderPart
from scenarios.play import LOOPBACK

if TYPE_CHECKING:
    from diag.model.measurement import Measurement

HEALTHY = "healthy/tenant-of-3000"
GRAPH = [(question, name) for question, names in permission_table().items() for name in names]


def measured(users: int) -> Measurement:
    case = load(HEALTHY)
    declaration = replace(case.declaration, tenant=replace(case.declaration.tenant, users=users))
    return asyncio.run(LOOPBACK.measure(replace(case, declaration=declaration)))


def exchanges(measurement: Measurement) -> list[tuple[str, str]]:
    return sorted((item.action.method, item.action.url.partition("activityDateTime")[0])
                  for item in measurement.observations if isinstance(item.action, HttpExchange))  # fmt: skip


def test_50_000_accounts_cost_as_many_requests_as_five() -> None:
    few, many = measured(5), measured(50_000)
    assert exchanges(few) == exchanges(many)
    assert len(exchanges(many)) <= 16
    reads = [item.action for item in many.observations if isinstance(item.action, TenantRead)]
    assert all(read.requests == 1 for read in reads)
    assert [read.asks for read in reads if not read.whole] in ([], [Question.CHANGES])


@pytest.mark.parametrize(("question", "permission"), GRAPH)
def test_any_one_of_its_permissions_lets_a_question_be_asked(question: Question, permission: str) -> None:
    """Our table against that of the emulated Graph, which is made of Microsoft's own permission data."""
    case = load(IN.get(question, HEALTHY))
    needed = {
        "Application.Read.All",
        "User.Read.All",
        "Policy.Read.All",
    }  # to know whose grants and which policy to ask for
    reader = ReaderPart(graph=tuple(sorted({permission, *(needed if question in DEPENDENT else ())})))
    application = replace(case.declaration.application, assignment_required=True)
    changed = replace(
        case,
        declaration=replace(case.declaration, application=application),
        parts=replace(case.parts, check=replace(case.parts.check, reader=reader)),
    )
    measurement = asyncio.run(LOOPBACK.measure(changed))
    codes = {item.failure.code if item.failure else None for item in measurement.observations
             if isinstance(item.action, TenantRead) and item.action.asks is question}  # fmt: skip
    assert codes == {None}


IN = {
    Question.CONSENT_POLICY: "tenant/user-consent-managed--content-not-readable",
    Question.SIGNER: "healthy/tenant-shared-mailbox-opened",
}
"""Cases in which a question comes up that is not always asked."""
DEPENDENT = {
    Question.LICENCES, Question.ASSIGNMENT, Question.ADMIN_GRANTS, Question.USER_GRANTS, Question.CONSENT_POLICY,
}  # fmt: skip
"""Questions that another answer has to come before."""


def test_a_question_without_its_permission_is_refused_and_says_so() -> None:
    case = load(HEALTHY)
    reader = ReaderPart(graph=("User.Read",), exchange=("User.Read",))
    changed = replace(case, parts=replace(case.parts, check=replace(case.parts.check, reader=reader)))
    measurement = asyncio.run(LOOPBACK.measure(changed))
    found = [(item.failure.code if item.failure else None, bool(item.action.error))
             for item in measurement.observations if isinstance(item.action, TenantRead)]  # fmt: skip
    assert set(found) == {(FailureCode.FORBIDDEN, True)}
