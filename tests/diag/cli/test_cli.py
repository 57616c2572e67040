"""The command line as a user meets it: exit codes, streams, and no traceback whatever is typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from diag import __version__
from diag.cli import COMMANDS, cli

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin, prog_name="maildiag")


def maildiag(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from diag.cli import main; main()", *arguments]


def test_help_lists_every_command_without_importing_any() -> None:
    code = "import sys; from diag.cli import cli; cli(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(name in text for name in COMMANDS)
    assert not any(f"'{name}'" in text for name in ("asyncio", "ssl", "pydantic", "rich", "yaml", "cryptography"))


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        assert run(name, "--help").exit_code == 0
    assert run("--version").output == f"maildiag {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("chekc",), "Did you mean 'check'?"),
        (("check",), "Give the mailbox's ADDRESS, or --in CASE"),
        (("check", "nobody"), "'nobody' is no mail address. Expected user@domain."),
        (("check", " me@example "), "It has spaces around it"),
        (("check", "me@example", "--imap", "host:99999"), "'99999' is no port: expected a number from 1 to 65535"),
        (("check", "me@example", "--imap", "bad host"), "'bad host' is no host name or address"),
        (("check", "me@example", "--imap", "2001:db8::1"), "IPv6 address in brackets"),
        (("check", "me@example", "--resolve", "a:1"), "expected HOST:PORT:ADDRESS"),
        (("check", "me@example", "--resolve", "a:1:b"), "'b' is no IP address"),
        (("check", "me@example", "--connect-to", "a:1:b"), "PORT2 is missing"),
        (("check", "me@example", "-4", "-6"), "-4 and -6 exclude each other"),
        (("check", "me@example", "--tls", "none"), "--tls speaks of the endpoints given"),
        (("check", "me@example", "--provider", "gmail", "--imap", "h"), "leave out --imap or --provider"),
        (("check", "me@example", "--max-time", "0"), "0"),
        (("check", "me@example", "--provider", "gmail", "--protocols", "imap,ftp"), "'ftp' is not one of imap, pop3, smtp"),
        (("check", "me@example", "--token-env", "NO_SUCH_VARIABLE"), "there is no such environment variable"),
        (("check", "me@example", "--token-file", "/nowhere"), "--token-file /nowhere: No such file or directory"),
        (("check", "me@example", "--token-env", "A", "--password"), "exclude each other: give one credential"),
        (("check", "--in", "tls/certificate-expierd"), "did you mean 'tls/certificate-expired'?"),
        (("check", "--in", "healthy/dovecot", "--imap", "h"), "--in CASE brings its own endpoints"),
        (("analyse", "/nowhere"), "/nowhere: No such file or directory"),
        (("explain", "tls/expired"), "Did you mean"),
        (("explain", "xyzzy"), "'maildiag explain' lists all of them"),
        (("scenario", "run", "nothing/like-this"), "there is no scenario of this name"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    ("case", "code", "first"),
    [
        ("healthy/dovecot", 0, "WORKS"),
        ("tls/self-signed", 1, "BROKEN"),
        ("tcp/address-dead", 1, "IMPAIRED"),
        ("check/incomplete", 3, "UNCLEAR"),
    ],
)
def test_the_exit_code_is_the_verdict(case: str, code: int, first: str) -> None:
    options = ("--max-time", "0.4") if case == "check/incomplete" else ()
    result = run("check", "--in", case, *options)
    assert result.exit_code == code
    assert result.stdout.startswith(first)
    assert result.stderr == ""


def test_json_is_alone_on_standard_output_and_can_be_analysed_again(tmp_path: Path) -> None:
    saved = tmp_path / "m.json"
    result = run("check", "--in", "imap/throttled", "--format", "json", "--save", str(saved))
    report = json.loads(result.stdout)
    assert [item["code"] for item in report["verdict"]["causes"]] == ["imap/throttled"]
    for text in (saved.read_text(), result.stdout):
        again = run("analyse", "-", "--format", "json", stdin=text)
        assert again.exit_code == 1
        assert json.loads(again.stdout)["verdict"] == report["verdict"]


def test_a_report_goes_to_a_file_and_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    assert run("check", "--in", "healthy/gmail", "-o", str(target)).stdout == ""
    assert target.read_text().startswith("WORKS")
    assert "No such file" in run("check", "--in", "healthy/gmail", "-o", str(tmp_path / "no" / "x")).output


def test_a_truncated_measurement_is_refused(tmp_path: Path) -> None:
    saved = tmp_path / "m.json"
    run("check", "--in", "healthy/gmail", "--save", str(saved))
    saved.write_text(saved.read_text()[:1000])
    result = run("analyse", str(saved))
    assert result.exit_code == 2
    assert "was the file cut off?" in result.output
    saved.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in run("analyse", str(saved)).output


def test_options_are_laid_over_a_scenario(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("not a good one\n")
    result = run("check", "--in", "healthy/exchange-online", "--protocols", "imap", "--token-file", str(token))
    assert "imap/sign-in-refused" in result.output
    for text, problem in (("", "is empty"), ("a\nb", "more than one line"), ("x" * 70000, "is larger than")):
        token.write_text(text)
        assert problem in run("check", "--in", "healthy/gmail", "--token-file", str(token)).output
    assert "dns/no-address-of-family" in run("check", "--in", "healthy/dovecot", "-6").output
    bad = tmp_path / "ca.pem"
    bad.write_text("no certificate")
    assert "expected CA certificates in PEM form" in run("check", "--in", "healthy/dovecot", "--cacert", str(bad)).output


def test_explaining(tmp_path: Path) -> None:
    assert "tls/self-signed " in run("explain").output
    assert "What to do" in run("explain", "tls/self-signed").output


def test_scenarios_are_listed_run_and_described() -> None:
    assert "healthy/gmail\n" in run("scenario", "list", "gmail").output
    result = run("scenario", "run", "healthy/gmail", "tls/self-signed")
    assert result.exit_code == 0
    assert "2 of 2 scenarios hold" in result.output
    assert json.loads(run("scenario", "schema").output)["title"] == "CaseFile"
    assert json.loads(run("analyse", "--schema").output)["title"] == "Measurement"


def test_a_scenario_that_does_not_hold_is_an_error_with_its_line(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("story: wrong on purpose\nworld: {like: gmail}\nexpect:\n  state: broken\n  causes: [tls/self-signed]\n")
    result = run("scenario", "run", str(case))
    assert result.exit_code == 1
    assert f"{case}:3: wrong on purpose" in result.output
    assert "causes: tls/self-signed is missing" in result.output
    assert "state: expected broken, found works" in result.output


def wait_for(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    seen = ""
    while words not in seen:
        line = process.stdout.readline()
        assert line, seen
        seen += line
    return seen


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_served_world_shows_its_settings_and_stops_cleanly() -> None:
    with subprocess.Popen(maildiag("scenario", "serve", "healthy/exchange-online"), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        shown = wait_for(process, "Ctrl-C ends it.")
        assert "IMAP  outlook.office365.com:993" in shown
        assert "curl --cacert" in shown
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "stopped\n")


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
        time.sleep(2)  # noqa: ASYNC251  there is nothing to wait for: the check is silent until it is interrupted
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out.startswith("UNCLEAR")
    assert "interrupted" in out
    assert "Traceback" not in errors
    assert json.loads(saved.read_text())["complete"] is False
