"""Names that were probably meant."""

from __future__ import annotations

from scenarios.validate import nearest


def test_the_nearest_name_or_all_of_them() -> None:
    assert nearest("silnt", ["silent", "slow"]) == " (did you mean 'silent'?)"
    assert nearest("xyz", ["b", "a"]) == "; known here: a, b"
    assert nearest("xyz", []) == ""
