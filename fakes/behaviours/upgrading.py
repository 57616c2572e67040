"""Around STARTTLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.behaviours import at

if TYPE_CHECKING:
    from fakes.connection import Connection

ACCEPTS = {"imap": "OK Begin TLS negotiation now.", "pop3": "+OK Begin TLS negotiation.", "smtp": "220 2.0.0 ready"}
INJECTED = {"imap": "* OK injected", "pop3": "+OK injected", "smtp": "250 injected"}


@at("offer")
def starttls_missing(capabilities: list[str]) -> list[str]:
    """Do not announce STARTTLS, as a server without a certificate does."""
    return [word for word in capabilities if word not in {"STARTTLS", "STLS"}]


@at("start-tls")
async def starttls_refused(connection: Connection, protocol: str, tag: str) -> bool:
    """Announce STARTTLS and refuse it: the key cannot be read (RFC 3207 section 4)."""
    refusals = {
        "imap": f"{tag} NO TLS not available due to temporary reason",
        "pop3": "-ERR TLS not available due to temporary reason",
        "smtp": "454 4.7.0 TLS not available due to temporary reason",
    }
    await connection.send(refusals[protocol])
    return False


@at("start-tls")
async def injects_after_starttls(connection: Connection, protocol: str, tag: str) -> bool:
    """Send plaintext in the segment that accepts STARTTLS (CVE-2011-0411, CVE-2021-33515 and their kin)."""
    accept = f"{tag} {ACCEPTS[protocol]}".strip()
    await connection.write(f"{accept}\r\n{INJECTED[protocol]}\r\n".encode())
    await connection.wait_until_left()
    return False


@at("start-tls")
async def resets_after_starttls(connection: Connection, protocol: str, tag: str) -> bool:
    """Accept STARTTLS and reset when the ClientHello comes."""
    await connection.send(f"{tag} {ACCEPTS[protocol]}".strip())
    await connection.read_exactly(1)
    connection.reset()
    return False
