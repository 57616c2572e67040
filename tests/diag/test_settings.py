"""Mailbox definitions: what is understood, and what is refused with its place and the nearest word."""

from __future__ import annotations

import pytest

from diag.model.settings import authentication_of, encryption_of, protocol_of
from diag.model.target import Protocol, Tls
from diag.places import FileError
from diag.settings import from_data, load

RIGHT = """
[receiving]
protocol = "POP3"
server = "outlook.office365.com"
port = 995
encryption = "TLS 1.2+"
authentication = "MS OAuth2"
user = "helpdesk@contoso.example"
"""


def test_a_definition_leads_somewhere() -> None:
    found = load(RIGHT, "m.toml")
    assert [(item.protocol, item.subject, item.tls) for item in found.endpoints] == [
        (Protocol.POP3, "outlook.office365.com:995", Tls.IMPLICIT)
    ]
    assert found.user == "helpdesk@contoso.example"
    assert [line.place for line in found.lines][:2] == ["m.toml:3:1", "m.toml:4:1"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[receiving]", "[recieving]", "m.toml:2:1: unknown key 'recieving' (did you mean 'receiving'?)"),
        ("port = 995", "prot = 995", "m.toml:5:1: unknown key 'prot'"),
        ("port = 995", "", "m.toml:2:1: [receiving] lacks 'port'"),
        ("port = 995", "port = 99999", "m.toml:5:1: port: expected a number from 1 to 65535, found 99999"),
        ("port = 995", "port = true", "m.toml:5:1: port: expected a number from 1 to 65535"),
        ("port = 995", "port = [1]", "m.toml:5:1: 'port': expected a whole number, found [1]"),
        ('"POP3"', '"POP4"', "m.toml:3:1: protocol: 'POP4' is not known (did you mean 'POP3'?)"),
        ('"POP3"', '"SMTP"', "m.toml:3:1: protocol: [receiving] needs IMAP4 or POP3, found 'SMTP'"),
        ('"TLS 1.2+"', '"TSL 1.2"', "m.toml:6:1: encryption: 'TSL 1.2' is not known (did you mean 'TLS 1.2+'?)"),
        ('"MS OAuth2"', '"OAut2"', "m.toml:7:1: authentication: 'OAut2' is not known (did you mean 'OAuth2'?)"),
        ("user =", "sender = 'x'\nuser =", "m.toml:8:1: sender: only [sending] has one"),
        (RIGHT, "", "m.toml:1:1: expected a table 'receiving', 'sending' or both"),
    ],
)
def test_what_cannot_be_understood_is_refused_where_it_stands(old: str, new: str, message: str) -> None:
    with pytest.raises(FileError) as error:
        load(RIGHT.replace(old, new), "m.toml")
    assert any(line.startswith(message) for line in str(error.value).splitlines())


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = RIGHT.replace("POP3", "POP4").replace("MS OAuth2", "none")
    with pytest.raises(FileError) as error:
        load(wrong, "m.toml")
    assert len(str(error.value).splitlines()) == 2


def test_a_server_that_is_no_host_leads_nowhere() -> None:
    half = {
        "protocol": "SMTP",
        "server": "https://x",
        "port": 587,
        "encryption": "TLS",
        "authentication": "basic",
        "user": "u",
    }
    assert from_data({"sending": half}, "case").endpoints == ()


@pytest.mark.parametrize(
    ("text", "tls", "too_old"),
    [
        ("TLS 1.2+", None, False), ("TLS 1.3", None, False), ("tls", None, False), ("SSL/TLS", Tls.IMPLICIT, False),
        ("STARTTLS", Tls.STARTTLS, False), ("STARTTLS (TLS 1.2)", Tls.STARTTLS, False), ("none", Tls.NONE, False),
        ("TLS 1.0", None, True), ("TLSv1.1+", None, True), ("SSL 3.0", None, True), ("SSLv3", None, True), ("TLS 1", None, True),
    ],
)  # fmt: skip
def test_words_for_encryption(text: str, tls: Tls | None, too_old: bool) -> None:
    found = encryption_of(text)
    assert found is not None
    assert (found.tls, found.too_old) == (tls, too_old)


def test_other_words() -> None:
    assert [protocol_of(text) for text in ("IMAP4", "imap", "Pop-3", "SMTP", "ftp")] == [
        "imap",
        "imap",
        "pop3",
        "smtp",
        None,
    ]
    assert [authentication_of(text) for text in ("MS OAuth2", "XOAUTH2", "Normal password", "kerberos")] == [
        "oauth2", "oauth2", "basic", None,
    ]  # fmt: skip
    assert encryption_of("rot13") is None
