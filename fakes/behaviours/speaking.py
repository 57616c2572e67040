"""In the course of a session: refusals that have nothing to do with the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.behaviours import at

if TYPE_CHECKING:
    from fakes.connection import Connection

SIGN_IN = {"AUTHENTICATE", "LOGIN", "AUTH", "PASS"}
IN_USE = {"SELECT", "EXAMINE", "STAT", "MAIL"}


@at("command")
def throttled(protocol: str, verb: str) -> str | None:
    """Refuse to work for this account for a while, in the words of Exchange's throttling policy."""
    replies = {
        ("imap", True): "BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds",
        ("smtp", True): "451 4.7.500 Server busy. Please try again later from [203.0.113.7]. (AS77712114)",
        ("pop3", True): "-ERR Request is throttled. Suggested Backoff Time: 92415 milliseconds",
    }
    return replies.get((protocol, verb in IN_USE))


@at("command")
def server_unavailable(protocol: str, verb: str) -> str | None:
    """Sign nobody in, because the backend cannot be reached or the mailbox is being moved."""
    replies = {
        "imap": "NO Server Unavailable. 15",
        "pop3": "-ERR Server Unavailable. 21",
        "smtp": "454 4.7.0 Temporary authentication failure",
    }
    return replies[protocol] if verb in SIGN_IN else None


@at("command")
def proxy_failed(protocol: str, verb: str) -> str | None:
    """Exchange's front end could not reach the mailbox server to sign in."""
    if verb not in SIGN_IN:
        return None
    return {"smtp": "451 4.7.0 Temporary server error. Please try again later. PRX2"}.get(protocol)


@at("command")
def sender_refused(protocol: str, verb: str) -> str | None:
    """Refuse the sender at MAIL FROM, in the older words of Exchange."""
    if protocol != "smtp" or verb != "MAIL":
        return None
    return "550 5.7.60 SMTP; Client does not have permissions to send as this sender"


@at("command")
def concurrent_limit(protocol: str, verb: str) -> str | None:
    """Three connections submit for this mailbox already."""
    if protocol != "smtp" or verb != "MAIL":
        return None
    return (
        "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information."
    )


@at("signed-in")
async def resets_after_sign_in(connection: Connection) -> bool:
    """Reset once the client is signed in: a device that closes what it classified."""
    connection.reset()
    return False


@at("command")
def federation_down(protocol: str, verb: str) -> str | None:
    """Exchange cannot ask the sign-in service of a federated domain."""
    if protocol != "smtp" or verb != "AUTH":
        return None
    return "535 5.7.139 Authentication unsuccessful, federated STS service was unreachable. [{stamp}]"


@at("command")
def forgets_sign_in(protocol: str, verb: str) -> str | None:
    """Want a sign-in at the sender, although there was one."""
    return (
        "530 5.7.57 Client not authenticated to send mail. [{host}]" if (protocol, verb) == ("smtp", "MAIL") else None
    )


@at("command")
def inbox_damaged(protocol: str, verb: str) -> str | None:
    """Refuse to open the inbox of a good account."""
    if verb not in IN_USE:
        return None
    return {"imap": "NO [CORRUPTION] Mailbox index is corrupted", "pop3": "-ERR [SYS/PERM] Maildrop is locked"}.get(
        protocol
    )


@at("command")
def token_expires(protocol: str, verb: str) -> str | None:
    """Exchange drops the session when the token's lifetime ends."""
    return "BAD Session invalidated - AccessTokenExpired" if protocol == "imap" and verb in IN_USE else None


@at("command")
def refuses_ehlo(protocol: str, verb: str) -> str | None:
    """Know no EHLO, as SMTP proxies of old firewalls do: without it there is neither STARTTLS nor AUTH."""
    return "500 5.5.1 Command unrecognized" if (protocol, verb) == ("smtp", "EHLO") else None
