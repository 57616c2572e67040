"""Differences over differences, with each problem in the file and at the step where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios.load import load
from scenarios.located import ProblemsFound
from scenarios.merge import Layer, base_of, merged
from scenarios.merge import read_file as read

if TYPE_CHECKING:
    from pathlib import Path

CASE = """story: x
world:
  like: dovecot
  but: {mailbox: {imap: false}, path: [{firewall: {drop: [993]}}]}
check: {credential: password, protocols: [imap]}
expect: {state: broken, causes: [tcp/port-dropped]}
then:
  - change: The firewall lets 993 pass.
    but: {path: []}
    expect: {state: broken, causes: [imap/disabled-for-account]}
  - change: The administrator switches IMAP on.
    but: {mailbox: {imap: true}}
    expect: {state: works}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "case.yaml"
    file.write_text(text)
    return file


def test_mappings_merge_and_lists_are_replaced(tmp_path: Path) -> None:
    case = load(str(written(tmp_path, CASE)))
    assert (case.declaration.mailbox.imap, case.declaration.mailbox.address) == (False, "support@example.org")
    assert len(case.declaration.path) == 1


def test_changes_add_up_from_step_to_step(tmp_path: Path) -> None:
    case = load(str(written(tmp_path, CASE)))
    assert [(len(step.declaration.path), step.declaration.mailbox.imap) for step in case.then] == [
        (0, False),
        (0, True),
    ]
    assert [step.line for step in case.then] == [10, 13]
    assert case.then[1].parts.story == "The administrator switches IMAP on."
    assert case.then[1].parts.check == case.parts.check


def test_a_step_does_not_change_the_base_world_or_the_step_before(tmp_path: Path) -> None:
    located = read(written(tmp_path, CASE))
    start = base_of(located, "dovecot")
    layers = [
        Layer(("world", "but"), {"names": {"new.example": {"a": ["192.0.2.7"]}}, "mailbox": {"pop": False}}),
        Layer(("then", 0, "but"), {"names": {"new.example": {"a": []}}, "mailbox": {"pop": True}}),
    ]
    last, _ = merged(start, located, layers)
    first, _ = merged(start, located, layers[:1])
    plain, _ = merged(start, located, [])
    assert last is not None
    assert first is not None
    assert plain is not None
    assert [world.mailbox.pop for world in (last, first, plain)] == [True, False, True]
    assert (last.names["new.example"].a, first.names["new.example"].a) == ((), ("192.0.2.7",))
    assert "new.example" not in plain.names


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("but: {path: []}", "but: {pth: []}", "case.yaml:9:11: pth: unknown key 'pth' (did you mean 'path'?)"),
        ("but: {path: []}", "but: {path: [{}]}", "case.yaml:9:18: path.0: a hop is either"),
        ("[imap/disabled-for-account]", "[imap/disabled]", "case.yaml:10:38: expect.causes: unknown finding"),
        ("  - change: The admin", "  - chnage: The admin", "then.1.chnage: unknown key 'chnage' (did you mean 'change'?)"),
        ("    expect: {state: works}", "    expect: {state: wroks}", "case.yaml:13:14: then.1.expect.state: 'wroks' is not known"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_step_is_named_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        load(str(written(tmp_path, CASE.replace(old, new, 1))))
    assert message in str(found.value)


def test_a_mistake_in_a_base_world_is_named_there(tmp_path: Path) -> None:
    (tmp_path / "worlds").mkdir()
    (tmp_path / "cases").mkdir()
    text = "about: x\nworld:\n  mailbox: {address: a@b.example}\n  names: {m.example: {a: [here]}}\n"
    (tmp_path / "worlds" / "own.yaml").write_text(text)
    case = tmp_path / "cases" / "one.yaml"
    case.write_text("story: x\nworld: {like: own, but: {names: {n.example: {}}}}\nexpect: {state: unclear}\n")
    with pytest.raises(ProblemsFound) as found:
        load(str(case))
    (problem,) = found.value.problems
    assert str(problem).endswith("worlds/own.yaml:4:27: names.m.example.a: expected an IPv4 address, found 'here'")
