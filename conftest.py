"""What holds for every test, wherever it lies: a part that is missing here may be skipped, but not where all must run.

With ``MAILDIAG_REQUIRE_ALL=1`` (continuous integration sets it) each skip is a failure, so that a server that was not
installed, or a namespace that could not be made, cannot hide behind a green line. Only what can never run on this kind
of machine stays a skip: give it a reason that begins with :data:`ELSEWHERE`.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.reports import BaseReport
    from _pytest.terminal import TerminalReporter

REQUIRE_ALL = "MAILDIAG_REQUIRE_ALL"
REAL_CLIENT = "real client"
"""The property of a test that names the mail client which it is about."""
ELSEWHERE = "elsewhere:"
"""Begins the reason of a skip that no installation could cure, such as ``elsewhere: needs Windows``."""

pytest_plugins = ["pytester"]
collect_ignore = ["tests/example"]
"""A project of its own, which tests/whole/test_example.py runs as one."""


def pytest_configure() -> None:
    """Let what the tests start be interrupted: what a shell runs in the background inherits that SIGINT is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure where all must run."""
    report = yield
    _require(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into an error where all must run."""
    report = yield
    _require(report)
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how many real mail clients pass all of their tests."""
    told = {
        outcome: {
            value
            for report in terminalreporter.stats.get(outcome, [])
            for name, value in getattr(report, "user_properties", ())
            if name == REAL_CLIENT
        }
        for outcome in ("passed", "failed", "error", "skipped")
    }
    asked = set[object]().union(*told.values())
    if asked:
        passed = told["passed"] - told["failed"] - told["error"] - told["skipped"]
        terminalreporter.write_line(f"{len(passed)} of {len(asked)} real clients pass")


def _require(report: BaseReport) -> None:
    if os.environ.get(REQUIRE_ALL) != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if reason.removeprefix("Skipped: ").startswith(ELSEWHERE):
        return
    report.outcome = "failed"
    report.longrepr = f"skipped, but {REQUIRE_ALL}=1: {reason}"
