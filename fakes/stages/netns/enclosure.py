"""The enclosure in which a stage stands: the right to make networks, and an end to everything when its time is over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from fakes.stages.netns import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

SEARCHED = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
PROGRAMS = {"ip": "iproute2", "nft": "nftables", "iptables-nft-restore": "iptables"}
"""What is needed, and the Debian package that has it."""
_SETTINGS = {
    "user/max_user_namespaces": ("0", "no user namespaces are allowed"),
    "user/max_net_namespaces": ("0", "no network namespaces are allowed"),
    "user/max_pid_namespaces": ("0", "no process namespaces are allowed"),
    "kernel/unprivileged_userns_clone": ("0", "only root may make user namespaces"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "AppArmor takes all rights from them"),
}
"""Settings below /proc/sys that forbid a stage to an ordinary user, with the value that does."""


class ProgramError(Exception):
    """A program could not do what was asked of it; the text is what it said."""


class NotAllowedError(Exception):
    """No stage can be made here; the text says why, and which setting would have to change."""


def inside(body: Callable[[], int]) -> int:
    """Run ``body`` in a child process in an enclosure of its own, and return its exit code.

    Root makes networks as it is; anybody else becomes root of a user namespace first. The child is the first process of
    a process namespace: when it ends, all that it started is ended by the kernel, and its networks are freed.

    :raises NotAllowedError: it cannot be made here.
    """
    _require_programs()
    try:
        _leave()
    except OSError as error:
        raise NotAllowedError(f"no network namespaces here: {error}. {why_not()}") from None
    kernel.die_with_parent()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            kernel.die_with_parent()
            code = body()
        except BaseException:  # noqa: BLE001  nobody above: this process ends here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def run(command: list[str], text: str = "", descriptors: tuple[int, ...] = ()) -> None:
    """Run one of :data:`PROGRAMS` where this thread stands, with ``text`` as its input.

    :raises ProgramError: it did not do what was asked.
    """
    environment = {**os.environ, "PATH": SEARCHED, "LC_ALL": "C"}
    ran = subprocess.run(  # noqa: S603  with text made here
        command, input=text, capture_output=True, text=True, check=False, env=environment, pass_fds=descriptors
    )
    if ran.returncode:
        raise ProgramError(f"{' '.join(command)}: {ran.stderr.strip()}\n{text}".strip())


def _leave() -> None:
    user, group = os.getuid(), os.getgid()
    if os.geteuid():
        kernel.unshare(kernel.CLONE_NEWUSER)
        here = Path("/proc/self")
        (here / "setgroups").write_text("deny", encoding="utf-8")
        (here / "uid_map").write_text(f"0 {user} 1", encoding="utf-8")
        (here / "gid_map").write_text(f"0 {group} 1", encoding="utf-8")
    kernel.unshare(kernel.CLONE_NEWNET | kernel.CLONE_NEWPID)


def _require_programs() -> None:
    if sys.platform != "linux":
        raise NotAllowedError("network namespaces are a thing of Linux")
    missing = [name for name in PROGRAMS if shutil.which(name, path=SEARCHED) is None]
    if missing:
        packages = " ".join(PROGRAMS[name] for name in missing)
        raise NotAllowedError(f"{' and '.join(missing)} not installed (Debian: apt-get install {packages})")


def why_not(settings: Path = Path("/proc/sys")) -> str:
    """Name the setting that forbids it, as far as one can be read."""
    for name, (forbidding, meaning) in _SETTINGS.items():
        file = settings / name
        if file.exists() and file.read_text(encoding="utf-8").strip() == forbidding:
            return f"The setting {name.replace('/', '.', 1)}={forbidding} (sysctl) forbids it: {meaning}."
    return (
        "No setting of sysctl forbids it; a container's system call filter may (Docker: --security-opt "
        "seccomp=unconfined), or a kernel without CONFIG_USER_NS and CONFIG_NET_NS."
    )
