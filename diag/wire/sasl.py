"""The SASL mechanisms that mail accounts sign in with, as the base64 text that goes over the wire."""

from __future__ import annotations

import base64
import binascii

from diag.model.secret import Secret

LARGEST_CHALLENGE = 4096
"""Characters of an error challenge that are read."""


def xoauth2(user: str, token: Secret) -> Secret:
    """Make the response of XOAUTH2 (Google's and Microsoft's documentation; there is no RFC)."""
    return _encode(f"user={user}\x01auth=Bearer {token.reveal()}\x01\x01")


def oauthbearer(user: str, host: str, port: int, token: Secret) -> Secret:
    """Make the response of OAUTHBEARER (RFC 7628 section 3.1)."""
    name = user.replace("=", "=3D").replace(",", "=2C")
    return _encode(f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token.reveal()}\x01\x01")


def plain(user: str, password: Secret) -> Secret:
    """Make the response of PLAIN (RFC 4616 section 2)."""
    return _encode(f"\0{user}\0{password.reveal()}")


def cancel(mechanism: str) -> str:
    """Return what a client answers to an error challenge: an empty line, or a single ^A for OAUTHBEARER.

    Source: RFC 7628 section 3.2.3 and the documentation of XOAUTH2.
    """
    return "AQ==" if mechanism.upper() == "OAUTHBEARER" else ""


def decode_challenge(text: str) -> str:
    """Decode an error challenge for reading; what is no base64 is returned as it came, shortened."""
    short = text.strip()[:LARGEST_CHALLENGE]
    try:
        return base64.b64decode(short, validate=True).decode("utf-8", errors="backslashreplace")
    except (binascii.Error, ValueError):
        return short


def _encode(text: str) -> Secret:
    return Secret(base64.b64encode(text.encode()).decode("ascii"))
