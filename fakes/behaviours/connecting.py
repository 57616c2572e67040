"""Before and in place of the greeting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fakes.behaviours import at

if TYPE_CHECKING:
    from fakes.connection import Connection

CHUNK = b"x" * 65536
ENDLESS = 1 << 30
"""Bytes after which even an endless line ends."""


@at("accept")
async def resets_at_once(connection: Connection) -> bool:
    """Accept and reset: a service behind a load balancer that has no backend left."""
    connection.reset()
    return False


@at("accept")
async def hangs_up_at_once(connection: Connection) -> bool:
    """Accept and close: Exchange does this to an address that it has blocked."""
    # Only its own half: whoever closes whole is made by the kernel to answer with a RST to what comes after that.
    connection.say_no_more()
    await connection.wait_until_left()
    return False


@at("accept")
async def speaks_before_tls(connection: Connection) -> bool:
    """Greet in plaintext on a port for implicit TLS: a service configured for STARTTLS there."""
    await connection.send("* OK ready")
    await connection.wait_until_left()
    return False


@at("accept")
async def resets_hello(connection: Connection) -> bool:
    """Reset when the ClientHello arrives: a server without a certificate, or a filter on server names."""
    await connection.read_exactly(1)
    connection.reset()
    return False


@at("greet")
async def silent(connection: Connection) -> bool:
    """Say nothing: a backend that hangs behind a front end that accepts."""
    await connection.wait_until_left()
    return False


@at("greet")
async def slow(_: Connection) -> bool:
    """Greet late, as servers that look up the client's name do."""
    await asyncio.sleep(0.3)
    return True


@at("greet")
async def hangs_up(connection: Connection) -> bool:
    """Close instead of greeting."""
    await connection.hang_up()
    return False


@at("greet")
async def garbage(connection: Connection) -> bool:
    """Send bytes that are no protocol, terminal escapes among them."""
    await connection.write(b"\x00\xff\x1b[2J\x1b]0;owned\x07 \xe2\x80\xae evil\r\n")
    await connection.wait_until_left()
    return False


@at("greet")
async def endless_line(connection: Connection) -> bool:
    """Send a line that does not end, up to 1 GiB."""
    for _ in range(ENDLESS // len(CHUNK)):
        await connection.write(CHUNK)
        await asyncio.sleep(0)  # so that a client that left is noticed also through TLS
    return False


@at("greet")
async def speaks_imap(connection: Connection) -> bool:
    """Greet as an IMAP server, whatever the port is for."""
    await connection.send("* OK IMAP4rev1 Service Ready")
    await connection.wait_until_left()
    return False


@at("greet")
async def speaks_pop3(connection: Connection) -> bool:
    """Greet as a POP3 server, whatever the port is for."""
    await connection.send("+OK POP3 server ready")
    await connection.wait_until_left()
    return False


@at("greet")
async def speaks_smtp(connection: Connection) -> bool:
    """Greet as an SMTP server, whatever the port is for."""
    await connection.send("220 mail.example ESMTP")
    await connection.wait_until_left()
    return False


@at("greet")
async def speaks_http(connection: Connection) -> bool:
    """Answer as a web server does to what is no request."""
    body = "<html><body><h1>400 Bad Request</h1></body></html>"
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    await connection.write((head + body).encode())
    await connection.wait_until_left()
    return False


@at("greet")
async def refuses_imap(connection: Connection) -> bool:
    """Greet with BYE, as an IMAP server does to an address with too many connections."""
    await connection.send("* BYE Connection refused: too many connections from your address")
    await connection.hang_up()
    return False


@at("greet")
async def refuses_pop3(connection: Connection) -> bool:
    """Greet with -ERR, as a POP3 server does while it is down for maintenance."""
    await connection.send("-ERR Service not available, try again later")
    await connection.hang_up()
    return False


@at("greet")
async def refuses_smtp(connection: Connection) -> bool:
    """Greet with 421, as Exchange does when it is busy."""
    await connection.send("421 4.3.2 Service not available")
    await connection.hang_up()
    return False


@at("greet")
async def refuses_old_tls(connection: Connection) -> bool:
    """Greet with Exchange's refusal of TLS 1.0 and 1.1 clients."""
    await connection.send(
        "421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade/update your client to support TLS 1.2. "
        "Visit https://aka.ms/smtp_auth_tls."
    )
    await connection.hang_up()
    return False


@at("greet")
async def denies_smtp(connection: Connection) -> bool:
    """Greet with 554: this network is not served (RFC 5321 section 3.1)."""
    await connection.send("554 5.7.1 No SMTP service here for your network")
    await connection.hang_up()
    return False


@at("accept")
async def refuses_hello(connection: Connection) -> bool:
    """Answer the ClientHello with the alert handshake_failure, as a server without a common cipher does."""
    await connection.read_exactly(1)
    await connection.write(b"\x15\x03\x03\x00\x02\x02\x28")
    await connection.wait_until_left()
    return False
