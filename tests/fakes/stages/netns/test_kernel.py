"""Namespaces by the kernel's own calls, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, socket
from fakes.stages.netns import enclosure, kernel

def body():
    first, second = kernel.Namespace(), kernel.Namespace()
    for network in (first, second):
        with network.entered():
            enclosure.run(["ip", "link", "set", "lo", "up"])
    with first.make(socket.AF_INET, socket.SOCK_STREAM) as one, second.make(socket.AF_INET, socket.SOCK_STREAM) as other:
        one.bind(("127.0.0.1", 4711))
        other.bind(("127.0.0.1", 4711))
        one.listen()
        for network in (first, second):
            with network.make(socket.AF_INET, socket.SOCK_STREAM) as client:
                print(client.connect_ex(("127.0.0.1", 4711)))
    kernel.enter(first.descriptor)
    kernel.drop_capabilities()
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    print({status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}, status["NoNewPrivs"].strip())
    try:
        kernel.unshare(kernel.CLONE_NEWNET)
    except OSError as error:
        print(error.strerror)
    first.close()
    return 0

try:
    enclosure.inside(body)
except enclosure.NotAllowedError as error:
    print("not allowed:", error)
"""


@pytest.mark.netns
def test_a_socket_stays_in_the_network_it_was_made_in_and_rights_are_given_up_for_good() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, env=environment, timeout=30
    )
    if "not allowed" in ran.stdout:
        pytest.skip(ran.stdout)
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["0", "111", "{'0000000000000000'} 1", "Operation not permitted"]
