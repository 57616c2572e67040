"""What was given out, and what it is worth later."""

from __future__ import annotations

from fakes.grants import LETTERS, MOST, Drawer, Grant, Grants


def test_a_drawer_keeps_the_newest() -> None:
    drawer: Drawer[int] = Drawer("x")
    texts = [drawer.put(number) for number in range(MOST + 2)]
    assert [drawer.get(texts[at]) for at in (0, 1, 2, -1)] == [None, None, 2, MOST + 1]
    drawer.take(texts[2])
    drawer.take("unknown")
    assert drawer.values()[0] == 3
    assert all(text.startswith("x") for text in texts)


def test_a_device_is_found_by_what_a_person_types_until_it_expires() -> None:
    now = 0.0
    grants = Grants(lambda: now)
    code, device = grants.device("app", (), 900)
    assert grants.devices.get(code) is device
    assert set(device.user_code) <= set(LETTERS)
    typed = f" {device.user_code[:4].lower()}-{device.user_code[4:]} "
    assert grants.by_user_code(typed) is device
    assert grants.by_user_code("ÄÖÜ") is None
    now = 901.0
    assert grants.by_user_code(typed) is None


def test_a_refresh_token_remembers_when_it_was_issued() -> None:
    grants = Grants(lambda: 5.0)
    found = grants.refreshes.get(grants.issue_refresh(Grant("app", "me", (), 1.0)))
    assert found is not None
    assert (found.issued_at, found.grant.given_at) == (5.0, 1.0)
