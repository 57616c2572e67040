"""A thousand clients at once, over each protocol, with TLS and a sign-in by token: the benchmark is the test."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "sessions.py"
SESSIONS = 1000
FILES = 3 * SESSIONS
"""Open files that each side may need, with something to spare."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere: the memory is read from /proc"),
    pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < FILES, reason="too few open files are allowed"),
]


@pytest.mark.timeout(180)
def test_a_thousand_sessions_at_once() -> None:
    done = subprocess.run([sys.executable, str(BENCHMARK), str(SESSIONS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"(\w+): (\d+) of (\d+) sessions", done.stdout) == [
        (kind, str(SESSIONS), str(SESSIONS)) for kind in ("IMAP", "POP3", "SMTP")
    ]
