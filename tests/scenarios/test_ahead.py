"""Cases played ahead: each comes out as if it were played alone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from scenarios import ahead as module
from scenarios.ahead import AT_ONCE, Ahead
from scenarios.load import find
from scenarios.located import ProblemsFound
from scenarios.play import play

if TYPE_CHECKING:
    from scenarios.model import Case
    from scenarios.play import Played

FILES = [str(find(name)) for name in ("healthy/dovecot", "smtp/auth-disabled-for-mailbox", "tcp/port-refused")]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the cases of which a play began."""
    begun: list[str] = []

    async def counting(case: Case) -> Played:
        begun.append(case.name)
        return await play(case)

    monkeypatch.setattr(module, "play", counting)
    return begun


def test_each_case_is_played_once_and_told_as_its_own(counted: list[str]) -> None:
    ahead = Ahead()
    found = [ahead.play(file, FILES[at + 1 :]) for at, file in enumerate(FILES)]
    ahead.close()
    assert [played.case.file for played in found] == FILES
    assert not any(played.differences for played in found)
    assert sorted(counted) == sorted(played.case.name for played in found)


def test_who_asks_again_gets_another_play(counted: list[str]) -> None:
    ahead = Ahead()
    first, second = ahead.play(FILES[0]), ahead.play(FILES[0])
    ahead.close()
    assert first.measurement is not second.measurement
    assert len(counted) == 2


def test_only_so_many_are_under_way(counted: list[str]) -> None:
    ahead = Ahead()
    ahead.play(FILES[0], [*FILES[1:], *(str(find(f"healthy/{name}")) for name in ("gmail", "exchange-online"))] * 3)
    ahead.rest()
    assert len(counted) <= AT_ONCE
    begun = len(counted)
    ahead.close()
    assert len(counted) == begun


def test_a_file_that_is_wrong_is_told_where_it_is_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    wrong = tmp_path_factory.mktemp("cases") / "wrong.yaml"
    wrong.write_text("story: nothing more\n")
    ahead = Ahead()
    assert not ahead.play(FILES[0], [str(wrong)]).differences
    with pytest.raises(ProblemsFound):
        ahead.play(str(wrong))
    ahead.close()


def test_nothing_is_left_when_it_is_closed() -> None:
    ahead = Ahead()
    ahead.play(FILES[0], FILES[1:])
    ahead.close()
    assert not any(thread.name == "scenarios ahead" for thread in threading.enumerate())
