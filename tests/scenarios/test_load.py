"""Files with mistakes: each message, with its place and the nearest name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios.load import load, names, world, worlds
from scenarios.located import ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """story: It works.
world:
  like: dovecot
  but:
    services:
      mail.example.org:993: {behaves: [slow]}
check: {credential: password}
expect:
  state: works
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "case.yaml"
    file.write_text(text)
    with pytest.raises(ProblemsFound) as found:
        load(str(file))
    return [str(problem).removeprefix(f"{file}:") for problem in found.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("story", "stroy", "1:1: stroy: unknown key 'stroy' (did you mean 'story'?)"),
        ("state: works", "state: wroks", "9:3: expect.state: 'wroks' is not known (did you mean 'works'?)"),
        ("dovecot", "dovcot", "3:3: unknown world 'dovcot' (did you mean 'dovecot'?)"),
        (
            "behaves: [slow]",
            "behaves: [slo]",
            "6:40: services.mail.example.org:993: unknown behaviour 'slo' (did you mean 'slow'?)",
        ),
        (
            "behaves: [slow]",
            "behave: [slow]",
            "6:30: services.mail.example.org:993.behave: unknown key 'behave' (did you mean 'behaves'?)",
        ),
        (
            "mail.example.org:993",
            "mial.example.org:993",
            "6:7: services.mial.example.org:993.speaks: 'speaks' is missing",
        ),
        ("credential: password", "credential: pasword", "'pasword' is not known (did you mean 'password'?)"),
        ("credential: password", "connect_timeout: soon", "connect_timeout: input should be a valid number"),
        (
            "  state: works",
            "  state: works\n  causes: [tls/expired]",
            "10:12: expect.causes: unknown finding 'tls/expired'",
        ),
        ("  state: works", "  state: works\n  state: works", "10:3: the key 'state' stands twice"),
        ("world:", "world: [", "no YAML: "),
        (
            "  but:\n",
            "  but:\n    path: [{router: {}, firewall: {}}]\n",
            "5:12: path.0: a hop is either a router or a firewall",
        ),
        (
            "  but:\n",
            "  but:\n    path: [{firewall: {drop: [x]}}]\n",
            "path.0.firewall.drop.0: input should be a valid integer",
        ),
        (
            "  but:\n",
            "  but:\n    path: [{firewall: {hosts: [mail.exmple.org]}}]\n",
            "unknown host 'mail.exmple.org' (did you mean 'mail.example.org'?)",
        ),
        ("{behaves: [slow]}", "{like: dovcot}", "unknown personality 'dovcot' (did you mean 'dovecot'?)"),
        (
            "      mail.example.org:993: {",
            "      new.example.org:993: {speaks: imap, ",
            "unknown host 'new.example.org'",
        ),
        (
            "      mail.example.org:993: {",
            "      mail.example.org:x: {speaks: imap, ",
            "services.mail.example.org:x: expected host:port",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(message in line for line in found), found


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = problems(
        tmp_path, GOOD.replace("story", "stroy").replace("works", "wroks").replace("credential", "credentials")
    )
    assert len(found) == 4  # the missing story too
    assert found == sorted(found, key=lambda line: int(line.split(":")[0]))


def test_a_file_that_is_right_is_read(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(GOOD)
    case = load(str(file))
    assert case.declaration.services["mail.example.org:993"].behaves == ("slow",)
    assert case.declaration.services["mail.example.org:993"].like == "dovecot"
    assert case.line == 8


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"- a\n- b\n", b"x" * (1 << 20) + b"x"])
def test_what_is_no_scenario_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "case.yaml"
    file.write_bytes(data)
    with pytest.raises(ProblemsFound):
        load(str(file))


def test_a_project_can_have_worlds_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "worlds").mkdir()
    (tmp_path / "cases").mkdir()
    (tmp_path / "worlds" / "tiny.yaml").write_text("about: x\nworld: {mailbox: {address: a@b.example}}\n")
    case = tmp_path / "cases" / "one.yaml"
    case.write_text("story: x\nworld: {like: tiny}\nexpect: {state: unclear}\n")
    assert load(str(case)).declaration.mailbox.address == "a@b.example"


@pytest.mark.parametrize("name", worlds())
def test_every_base_world_is_whole(name: str) -> None:
    assert world(name).services or name == "empty", "recorded cases bring their own"


@pytest.mark.parametrize("name", names())
def test_every_case_is_right(name: str) -> None:
    assert load(name).name == name
