"""Values as in YAML 1.2, with their places."""

from __future__ import annotations

import pytest

from scenarios.located import ProblemsFound, read


def test_scalars_are_those_of_yaml_1_2() -> None:
    data = read(
        "a: no\nb: 12:30\nc: true\nd: 012\ne: 1.5e3\nf: '5'\ng: ~\nh: yes\ni: -3\nj:\nk: 0x1F\nl: 0o17\n", "f"
    ).data
    assert data == {
        "a": "no",
        "b": "12:30",
        "c": True,
        "d": 12,
        "e": 1500.0,
        "f": "5",
        "g": None,
        "h": "yes",
        "i": -3,
        "j": None,
        "k": 31,
        "l": 15,
    }


def test_every_part_has_its_place() -> None:
    located = read("a:\n  - x: 1\n  - y: [2, 3]\n", "f")
    assert located.at(("a", 1, "y", 1)) == (3, 12)
    assert located.at(("a", 1, "y")) == (3, 5)
    assert located.at(("a", 1, "z")) == (3, 5)
    assert str(located.problem(("a",), "wrong")) == "f:1:1: wrong"


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\t- x", "a: *unknown", "\x00", "a: " + "[" * 60 + "]" * 60])
def test_what_is_no_yaml_is_a_problem(text: str) -> None:
    with pytest.raises(ProblemsFound):
        read(text, "f")


def test_aliases_of_aliases_are_bounded() -> None:
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [
        f"{key}: &{key} [{', '.join([f'*{before}'] * 8)}]" for before, key in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(ProblemsFound, match="aliases of aliases"):
        read("\n".join(lines), "f")
