"""Verdicts to report on: played cases, and one in which every text is hostile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from diag.judge import judge
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.model.tenant import Question
from scenarios.load import load
from scenarios.play import play
from tests.diag.tenants import APPLICATION, NO_CONSENT, USER, tenant

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict

EVIL = "<script>alert(1)</script>|`*_[x](javascript:1)\u202e\x1b[2J]]>&amp;"


@cache
def played(name: str) -> tuple[Verdict, Measurement]:
    found = asyncio.run(play(load(name)))
    return found.verdict, found.measurement


@cache
def hostile() -> tuple[Verdict, Measurement]:
    """Return a report in which whatever a server can choose is an attack."""
    measurement = tenant(
        NO_CONSENT,
        {(Question.USER, ""): (replace(USER, name=f"u{EVIL}"),),
         (Question.APPLICATION, APPLICATION.name): (replace(APPLICATION, name=EVIL, client_id=EVIL, publisher=None, enabled=False),),
         (Question.LICENCES, ""): FailureCode.FORBIDDEN},
    )  # fmt: skip
    measurement.target = replace(measurement.target, address=f"a{EVIL}@x.example", notes=(EVIL,))
    for item in measurement.observations:
        if item.failure:
            item.failure = replace(item.failure, detail=EVIL)
    verdict = judge(measurement)
    more = Finding(code="of-another/package", subject=EVIL, evidence=(1, 999))
    return replace(verdict, causes=(*verdict.causes, more, verdict.causes[0]), not_tested=(EVIL,)), measurement
