"""Paths."""

from __future__ import annotations

import pytest

from diag.model.finding import covers


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("mail.example", "mail.example:993", True),
        ("mail.example:993", "mail.example:993", True),
        ("mail.example:993", "mail.example:995", False),
        ("mail.example", "mail.example.org:993", False),
        ("mail.example:993", "mail.example", False),
    ],
)
def test_a_host_covers_its_ports(outer: str, inner: str, covered: bool) -> None:
    assert covers(outer, inner) is covered
