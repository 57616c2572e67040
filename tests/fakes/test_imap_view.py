"""A session's own numbering of a folder that others change."""

from __future__ import annotations

import pytest

from fakes.imap_view import View
from fakes.mail import Folder, utc

NOW = utc(1_800_000_000)


@pytest.fixture
def folder() -> Folder:
    made = Folder("INBOX")
    for _ in range(4):
        made.add(b"Subject: x\r\n\r\n", NOW)
    return made


def test_without_a_change_there_is_no_news(folder: Folder) -> None:
    assert View(folder, read_only=False).news() == []


def test_numbers_stay_until_an_expunge_was_told(folder: Folder) -> None:
    view = View(folder, read_only=False)
    folder.remove([1, 3])
    folder.add(b"", NOW)
    assert view.news(expunges=False) == ["5 EXISTS"]
    assert [at for at, _ in view.chosen("1:*", uid=False)] == [1, 2, 3, 4, 5]
    assert view.news() == ["3 EXPUNGE", "1 EXPUNGE"]
    assert [(at, message.uid) for at, message in view.chosen("1:*", uid=False)] == [(1, 2), (2, 4), (3, 5)]
    assert view.news() == []


def test_flags_that_another_session_sets_are_told_once(folder: Folder) -> None:
    view = View(folder, read_only=True)
    folder.messages[1].flags.add("\\Seen")
    folder.changed()
    assert view.news(expunges=False) == ["2 FETCH (FLAGS (\\Seen))"]
    assert view.news() == []


def test_flags_that_the_client_has_seen_are_no_news(folder: Folder) -> None:
    view = View(folder, read_only=False)
    folder.messages[1].flags.add("\\Seen")
    folder.changed()
    assert view.flags_of(2, folder.messages[1], uid=True) == "2 FETCH (FLAGS (\\Seen) UID 2)"
    assert view.news() == []


def test_the_last_uid_is_in_every_set_that_ends_with_a_star(folder: Folder) -> None:
    view = View(folder, read_only=False)
    assert [message.uid for _, message in view.chosen("9:*", uid=True)] == [4]
    assert view.chosen("9", uid=True) == []
    assert View(Folder("Empty"), read_only=False).chosen("1:*", uid=True) == []


def test_who_watches_is_called_for_each_change(folder: Folder) -> None:
    calls: list[int] = []
    folder.watchers.add(lambda: calls.append(folder.version))
    folder.add(b"", NOW)
    folder.remove([2])
    folder.remove([])
    assert calls == [5, 6]
