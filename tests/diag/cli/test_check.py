"""What is typed wrongly is said with what to do, before anything is dialled."""

from __future__ import annotations

import pytest

from tests.diag.cli.running import run


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
        (
            ("check", "me@example", "--provider", "gmail", "--protocols", "imap,ftp"),
            "'ftp' is not one of imap, pop3, smtp",
        ),
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
