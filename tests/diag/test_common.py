"""Where a cause lies, from who has it and who has not."""

from __future__ import annotations

import pytest

from diag.common import shared
from diag.model.finding import Finding
from diag.model.fleet import Result
from diag.model.measurement import Measurement, Vantage
from diag.model.target import Target
from diag.model.verdict import PathState, Stage, StageState, Verdict

PLACE = "outlook.office365.com:993"
A, B, C = "a@x.example", "b@x.example", "c@x.example"
Row = tuple[str, str, str]


def result(site: str, address: str, what: str) -> Result:
    """Make a result: ``works``, ``dropped`` (the port), ``refused`` (the account), ``dark`` (came nowhere) or ``unclear``."""
    values: dict[str, str | int | float | tuple[str, ...]] = {"port": 993, "host": "outlook.office365.com"}
    causes = {
        "dropped": Finding(code="tcp/port-dropped", subject=PLACE, evidence=(1,), values=values),
        "refused": Finding(code="account/locked", subject=address, evidence=(1,)),
    }
    last: dict[str, StageState] = {"works": "ok", "refused": "failed"}
    stages = (
        Stage(name="port", state="failed" if what in {"dropped", "dark"} else "ok"),
        Stage(name="sign-in", state=last.get(what, "not-reached")),
    )
    return Result(
        site=site,
        address=address,
        verdict=Verdict(
            state=what if what in {"works", "unclear"} else "broken",  # type: ignore[arg-type]
            causes=(causes[what],) if what in causes else (),
            paths=(PathState(subject=PLACE, label="IMAP", stages=stages),),
        ),
        measurement=Measurement(target=Target(address=address, user=address), vantage=Vantage()),
    )


@pytest.mark.parametrize(
    ("rows", "scope", "where"),
    [
        ([("W", A, "dropped"), ("W", B, "dropped"), ("G", A, "works")], "site", ("W",)),
        ([("W", A, "dropped"), ("W", B, "dropped"), ("G", A, "dark")], "all-here", ("W",)),
        ([("W", A, "dropped"), ("W", B, "dropped")], "all-here", ("W",)),
        ([("W", A, "dropped"), ("G", A, "dropped"), ("G", B, "dropped")], "everywhere", ("G", "W")),
        ([("W", A, "refused"), ("G", A, "refused"), ("W", B, "works"), ("G", B, "works")], "mailbox", (A,)),
        ([("W", A, "refused"), ("G", A, "refused"), ("W", B, "works")], "mailbox", (A,)),
        ([("W", A, "refused"), ("W", B, "refused"), ("W", C, "works")], "some", ()),
        ([("W", A, "dropped"), ("W", B, "works"), ("G", A, "works"), ("G", B, "dropped")], "some", ()),
    ],
)
def test_where_a_cause_lies(rows: list[Row], scope: str, where: tuple[str, ...]) -> None:
    [found] = shared(result(*row) for row in rows)
    assert (found.scope, tuple(sorted(found.where))) == (scope, where)


def test_what_one_result_alone_has_is_not_common() -> None:
    assert shared([result("W", A, "dropped"), result("W", B, "works")]) == []
    assert shared([]) == []


def test_counts_leave_out_who_came_nowhere() -> None:
    rows = [("W", A, "dropped"), ("W", B, "dropped"), ("W", C, "dark"), ("G", A, "works"), ("G", B, "dark")]
    [found] = shared(result(*row) for row in rows)
    assert [(share.site, share.found, share.of) for share in found.shares] == [("W", 2, 2), ("G", 0, 1)]
    assert found.addresses == (A, B)


def test_what_most_have_comes_first() -> None:
    rows = [("W", A, "refused"), ("W", B, "refused"), ("G", A, "dropped"), ("G", B, "dropped"), ("G", C, "dropped")]
    assert [item.code for item in shared(result(*row) for row in rows)] == ["tcp/port-dropped", "account/locked"]
