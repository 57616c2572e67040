"""The enclosure: what it takes, what it says where it cannot be had, and that all of it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fakes.stages.netns import enclosure

if TYPE_CHECKING:
    from pathlib import Path

BODY = """
import os, sys
from fakes.stages.netns import enclosure
def body():
    print(os.getpid(), open("/proc/net/dev").read().count(":"), sorted(os.listdir("/proc/self/fd")) != [])
    return 7
try:
    print(enclosure.inside(body))
except enclosure.NotAllowedError as error:
    print("not allowed:", error)
"""


def ran(body: str = BODY, **environment: str) -> str:
    merged = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    done = subprocess.run(
        [sys.executable, "-c", body], capture_output=True, text=True, check=False, env=merged, timeout=30
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.netns
def test_its_first_process_is_alone_with_its_own_loopback() -> None:
    said = ran()
    if "not allowed" in said:
        pytest.skip(said)
    assert said.splitlines() == ["1 1 True", "7"]


def test_a_program_that_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosure, "SEARCHED", "/nowhere")
    with pytest.raises(enclosure.NotAllowedError, match="apt-get install iproute2 nftables"):
        enclosure.inside(lambda: 0)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("user/max_user_namespaces", "0"),
        ("kernel/unprivileged_userns_clone", "0"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),
    ],
)
def test_the_setting_that_forbids_it_is_named(tmp_path: Path, setting: str, value: str) -> None:
    file = tmp_path / setting
    file.parent.mkdir()
    file.write_text(f"{value}\n")
    assert enclosure.why_not(tmp_path).startswith(
        f"The setting {setting.replace('/', '.')}={value} (sysctl) forbids it"
    )


def test_without_such_a_setting_a_container_is_suspected(tmp_path: Path) -> None:
    assert "seccomp" in enclosure.why_not(tmp_path)


def test_what_a_program_says_is_passed_on() -> None:
    with pytest.raises(enclosure.ProgramError, match="link set nothing up"):
        enclosure.run(["ip", "-batch", "-"], "link set nothing up\n")
