"""A check inside a world, interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import maildiag

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupted_check_still_reports(tmp_path: Path) -> None:
    case = tmp_path / "slow.yaml"
    case.write_text(
        "story: nothing is ever said\nworld:\n  like: dovecot\n  but:\n    services:\n"
        "      mail.example.org:993: {behaves: [silent]}\n"
        "check: {protocols: [imap], credential: password, read_timeout: 50}\nexpect: {state: unclear}\n"
    )
    saved = tmp_path / "m.json"
    command = maildiag("check", "--in", str(case), "--save", str(saved))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out.startswith("UNCLEAR")
    assert "interrupted" in out
    assert "Traceback" not in errors
    assert json.loads(saved.read_text())["complete"] is False
