"""Many mailboxes, from here and from elsewhere."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import maildiag, run

if TYPE_CHECKING:
    from pathlib import Path

HELPDESK, SALES = "helpdesk@contoso.example", "sales@contoso.example"


def write(folder: Path, text: str) -> str:
    file = folder / "fleet.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_cause_of_one_site_is_told_from_a_mailbox(tmp_path: Path) -> None:
    elsewhere = write(tmp_path, f"""
        defaults: {{in: healthy/exchange-online, protocols: imap}}
        mailboxes:
          {HELPDESK}: {{}}
          {SALES}:
    """)  # fmt: skip
    assert run("fleet", elsewhere, "--save", str(tmp_path / "gdansk")).exit_code == 0
    here = write(tmp_path, f"""
        site: Warsaw
        defaults: {{protocols: imap}}
        mailboxes:
          {HELPDESK}: {{in: tcp/port-dropped}}
          {SALES}: {{in: tcp/port-dropped}}
        saved:
          Gdansk: gdansk/*.json
    """)  # fmt: skip
    told = run("fleet", here)
    assert (told.exit_code, told.stderr) == (1, "")
    assert told.stdout.startswith("BROKEN: 2 of 4 mailboxes work.")
    words = " ".join(told.stdout.split())
    assert "2 of 2 from Warsaw, 0 of 2 from Gdansk" in words
    assert "At every mailbox from Warsaw, and at none from elsewhere: it lies at Warsaw." in words
    found = json.loads(run("fleet", here, "--format", "json").stdout)
    assert [(row["site"], row["address"], row["state"], row["saved"]) for row in found["results"]] == [
        ("Warsaw", HELPDESK, "broken", False),
        ("Warsaw", SALES, "broken", False),
        ("Gdansk", HELPDESK, "works", True),
        ("Gdansk", SALES, "works", True),
    ]
    [common] = found["common"]
    assert (common["code"], common["scope"], common["where"]) == ("tcp/port-dropped", "site", ["Warsaw"])


def test_saved_measurements_alone_are_judged_without_a_network(tmp_path: Path) -> None:
    saved = str(tmp_path / "one.json")
    run("check", "--in", "imap/authenticated-but-not-connected", "--save", saved)
    report = str(tmp_path / "report.txt")
    told = run("fleet", write(tmp_path, "saved: {Here: one.json}"), "-o", report)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "imap/authenticated" in (tmp_path / "report.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mailboxes: {a@b.example: {tls: maybe}}", "1:13: Invalid value for '--tls'"),
        ("mailboxes: {a@b.example: {provder: gmail}}", "1:27: unknown key 'provder' (did you mean 'provider'?)"),
        ("mailboxes: {a@b.example: {sign-in-anyway: perhaps}}", "'sign-in-anyway': expected true or false"),
        ("mailboxes: {nobody: {}}", "1:13: Invalid value: 'nobody' is no mail address."),
        ("mailboxes: {a@b.example: 7}", "expected options of 'maildiag check'"),
        ("mailboxes: {a@b.example: {imap: a, provider: gmail}}", "--provider already says where the mail is"),
        ("mailboxes: 7", "'mailboxes': expected a table"),
        ("site: 7", "'site': expected the name of this place"),
        ("boxes: {}", "1:1: unknown key 'boxes'; known here: site, defaults, mailboxes, saved"),
        ("site: Warsaw", "expected a table 'mailboxes', 'saved' or both"),
        ("saved: {Gdansk: nothing/*.json}", "1:9: there is no file"),
        ("mailboxes: {a@b.example: {format: json}}", "unknown key 'format'"),
        ("mailboxes: {a@b.example: {password: true}}", "unknown key 'password'"),
        ("mailboxes: {a@b.example: {permissions: true}}", "unknown key 'permissions'"),
        ("[", "no YAML"),
    ],
)
def test_a_mistake_in_the_file_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    told = run("fleet", write(tmp_path, text))
    assert (told.exit_code, message in told.stderr) == (2, True), told.stderr


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    assert "No such file" in run("fleet", str(tmp_path / "none.toml")).stderr
    (tmp_path / "fleet.yaml").write_bytes(b"\xff")
    assert "byte 0 is not UTF-8" in run("fleet", str(tmp_path / "fleet.yaml")).stderr
    assert run("fleet", write(tmp_path, "saved: {Here: fleet.yaml}")).exit_code == 2


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    text = write(tmp_path, f"mailboxes: {{{HELPDESK}: {{in: healthy/dovecot}}}}")
    told = run("fleet", text, "--save", f"{text}/folder")
    assert (told.exit_code, "--save" in told.stderr) == (1, True)


def test_values_are_lists_flags_and_files_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n", encoding="utf-8")
    text = write(tmp_path, """
        mailboxes:
          me@x.example:
            imap: ["127.0.0.1:1", "127.0.0.1:2"]
            token-file: token
            sign-in-anyway: yes
            ipv6: no
    """)  # fmt: skip
    found = json.loads(run("fleet", text, "--format", "json").stdout)
    assert len(found["results"][0]["causes"]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_interrupted_it_tells_what_it_knows(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        text = write(
            tmp_path, f"mailboxes: {{me@x.example: {{imap: '{place}', tls: none}}, you@x.example: {{imap: '{place}'}}}}"
        )
        command = maildiag("fleet", text, "--format", "json")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with process, silent.accept()[0]:  # it waits for a greeting now
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "")
    assert [row["state"] for row in json.loads(out)["results"]] == ["unclear", "unclear"]
