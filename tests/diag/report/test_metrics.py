"""A check as metrics, read back by the library's own parser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from diag.report.metrics import Board, families
from scenarios.load import load
from scenarios.play import play

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict

ME = "helpdesk@contoso.example"
SMTP = "smtp.office365.com:587"


def played(name: str) -> tuple[Verdict, Measurement]:
    found = asyncio.run(play(load(name)))
    return found.verdict, found.measurement


def read(board: Board) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(board)
    parsed = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        sample.name: {tuple(sorted(other.labels.items())): other.value for other in family.samples}
        for family in parsed
        for sample in family.samples
    }


def test_what_a_scraper_sees_of_a_broken_mailbox() -> None:
    board = Board()
    board.show(*played("smtp/auth-disabled-for-mailbox"), at=1_800_000_000.0, took=0.5)
    found = read(board)
    me = ("address", ME)
    assert found["maildiag_state"][me, ("state", "broken")] == 1.0
    assert found["maildiag_state"][me, ("state", "works")] == 0.0
    code = ("code", "smtp/auth-disabled-for-mailbox")
    assert found["maildiag_cause"] == {(me, code, ("subject", SMTP)): 1.0}
    stages = {
        dict(labels)["stage"]: value
        for labels, value in found["maildiag_stage_up"].items()
        if ("endpoint", SMTP) in labels
    }
    assert stages == {"name": 1.0, "port": 1.0, "greeting": 1.0, "tls": 1.0, "sign-in": 0.0}
    assert found["maildiag_check_seconds"] == {(me,): 0.5}
    assert found["maildiag_last_check_timestamp_seconds"] == {(me,): 1_800_000_000.0}
    assert found["maildiag_checks_total"][me, ("state", "broken")] == 1.0
    assert len(found["maildiag_certificate_not_after_timestamp_seconds"]) == 4
    assert found["maildiag_token_expires_timestamp_seconds"][me,] > 1_700_000_000


def test_counts_grow_and_what_cannot_be_checked_is_not_shown_as_it_was() -> None:
    board, outcome = Board(), played("healthy/dovecot")
    for _ in range(2):
        board.show(*outcome, at=0.0, took=0.0)
    board.fail()
    found = read(board)
    assert set(found) == {"maildiag_checks_total", "maildiag_check_errors_total"}
    assert sorted(found["maildiag_checks_total"].values()) == [0.0, 0.0, 0.0, 2.0]
    assert list(found["maildiag_check_errors_total"].values()) == [1.0]


def test_before_the_first_check_there_is_nothing() -> None:
    assert read(Board()) == {}


def test_no_two_samples_have_the_same_labels() -> None:
    for family in families(*played("tcp/port-dropped")):
        labels = [labels for labels, _ in family.samples]
        assert len(set(labels)) == len(labels), family.name
        assert all(len(values) == len(family.labels) for values in labels)
