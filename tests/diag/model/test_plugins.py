"""What other packages bring along."""

from __future__ import annotations

from diag.model.plugins import brought_along
from scenarios import pytest_plugin


def test_what_is_installed_is_found_and_imported() -> None:
    assert pytest_plugin in brought_along("pytest11")


def test_a_group_that_nobody_uses_is_empty() -> None:
    assert brought_along("maildiag.nothing") == ()
