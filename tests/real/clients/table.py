"""Which client signs in where, and how. What a client cannot do is written here, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.real.clients import libraries, programs, screens

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.real.clients.job import Job, Outcome

X, B = "XOAUTH2", "OAUTHBEARER"
PASSWORDS = {"LOGIN", "PASSWORD"}
"""Mechanisms by which a client signs in that knows no token."""


@dataclass(frozen=True, slots=True)
class Client:
    """One way of one client to sign in."""

    name: str
    protocol: str
    mechanism: str
    use: Callable[[Job], Outcome]
    program: str | None = None
    """None: a library of this Python."""
    silent: str = ""
    """Why a refusal does not show the service's sentence, or how it is shown instead."""

    @property
    def world(self) -> str:
        """Exchange knows neither OAUTHBEARER nor passwords; Dovecot takes all of it."""
        return "office" if self.mechanism == X else "dovecot"

    def __str__(self) -> str:
        """Name the test."""
        return f"{self.name}-{self.protocol}-{self.mechanism}"


def _program(
    name: str, program: str, *uses: tuple[str, str, Callable[[Job], Outcome]], silent: str = ""
) -> list[Client]:
    return [Client(name, protocol, mechanism, use, program, silent) for protocol, mechanism, use in uses]


def _library(name: str, protocol: str, use: Callable[[Job], Outcome], *mechanisms: str) -> list[Client]:
    return [Client(name, protocol, mechanism, use) for mechanism in mechanisms]


CANNOT = {
    "fetchmail": "6.4 knows no token mechanism (7.0 will)",
    "swaks": "knows no token mechanism",
    "isync": "OAUTHBEARER: Debian has a plug-in of its SASL library for XOAUTH2 only",
    "getmail6": "POP3 by token: its retrievers have it for IMAP only; OAUTHBEARER: it knows none",
    "offlineimap3": "knows no OAUTHBEARER",
    "neomutt": "OAUTHBEARER: the version of 2022 finds any token of Microsoft too big; XOAUTH2 over POP3: it knows none",
    "s-nail": "XOAUTH2 comes in a later version; IMAP waits for ever after a refusal by OAUTHBEARER",
    "aioimaplib": "knows no OAUTHBEARER",
    "aiosmtplib": "knows no OAUTHBEARER",
}
"""What clients lack, by client; where it concerns all of its rows, it signs in by password."""

CLIENTS: list[Client] = [
    *_program("curl", "curl", ("imap", X, programs.curl_imap), ("imap", B, programs.curl_imap),
              ("pop3", X, programs.curl_pop3), ("pop3", B, programs.curl_pop3),
              ("smtp", X, programs.curl_smtp), ("smtp", B, programs.curl_smtp)),
    *_program("msmtp", "msmtp", ("smtp", X, programs.msmtp), ("smtp", B, programs.msmtp)),
    *_program("mpop", "mpop", ("pop3", X, programs.mpop), ("pop3", B, programs.mpop)),
    *_program("swaks", "swaks", ("smtp", "LOGIN", programs.swaks)),
    *_program("fetchmail", "fetchmail", ("imap", "PASSWORD", programs.fetchmail_imap),
              ("pop3", "PASSWORD", programs.fetchmail_pop3)),
    *_program("isync", "mbsync", ("imap", X, programs.mbsync)),
    *_program("getmail6", "getmail", ("imap", X, programs.getmail_imap), ("pop3", "PASSWORD", programs.getmail_pop3)),
    *_program("offlineimap3", "offlineimap", ("imap", X, programs.offlineimap)),
    *_program("neomutt", "neomutt", ("imap", X, screens.neomutt_imap), ("smtp", X, screens.neomutt_smtp)),
    *_program("mutt", "mutt", ("imap", X, screens.mutt_imap), ("imap", B, screens.mutt_imap),
              ("pop3", X, screens.mutt_pop3), ("pop3", B, screens.mutt_pop3),
              ("smtp", X, screens.mutt_smtp), ("smtp", B, screens.mutt_smtp),
              silent="it says 'authentication failed' in its own words"),
    *_program("s-nail", "s-nail", ("pop3", B, programs.s_nail_pop3)),
    *_program("s-nail", "s-nail", ("smtp", B, programs.s_nail_smtp), silent="it gives up at the challenge before it"),
    *_library("imaplib", "imap", libraries.imaplib_imap, X, B),
    *_library("poplib", "pop3", libraries.poplib_pop3, X, B),
    *_library("smtplib", "smtp", libraries.smtplib_smtp, X, B),
    *_library("imapclient", "imap", libraries.imapclient_imap, X, B),
    *_library("aioimaplib", "imap", libraries.aioimaplib_imap, X),
    *_library("aiosmtplib", "smtp", libraries.aiosmtplib_smtp, X),
]  # fmt: skip
