"""Captures at the command line: what they hold, and what is said where they cannot be had."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

PCAP = bytes.fromhex("d4c3b2a1")


def test_a_capture_holds_the_checks_own_packets_and_no_secret(tmp_path: Path) -> None:
    pytest.importorskip("scapy", reason="scapy is not installed (extra: trace)")
    if os.getuid():
        pytest.skip("elsewhere: captures take the rights of an administrator")
    file, token = tmp_path / "own.pcap", tmp_path / "token"
    token.write_text("canary.of.tests")
    result = run("check", "--in", "healthy/exchange-online", "--pcap", str(file), "--token-file", str(token))
    assert result.exit_code in {0, 1}, result.output
    data = file.read_bytes()
    assert data[:4] == PCAP
    assert b"contoso" in data, "the questions to the name server"
    assert b"canary" not in data


def test_without_rights_a_sentence_says_what_is_missing(tmp_path: Path) -> None:
    if not os.getuid():
        pytest.skip("elsewhere: root has them")
    result = run("check", "--in", "healthy/dovecot", "--pcap", str(tmp_path / "own.pcap"))
    assert result.exit_code == 2
    assert "--pcap: " in result.stderr


def test_a_credential_that_is_sent_in_the_open_is_not_captured() -> None:
    result = run("check", "--in", "healthy/dovecot", "--pcap", "x", "--sign-in-anyway")
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


@pytest.mark.parametrize("name", ["no/x.pcap", "."])
def test_a_file_that_cannot_be_written_is_no_matter_of_rights_for_packets(tmp_path: Path, name: str) -> None:
    pytest.importorskip("scapy", reason="scapy is not installed (extra: trace)")
    result = run("check", "--in", "healthy/gmail", "--pcap", str(tmp_path / name))
    assert result.exit_code == 2
    assert "administrator" not in result.stderr
    assert ("Is a directory" if name == "." else "No such file or directory") in result.stderr
