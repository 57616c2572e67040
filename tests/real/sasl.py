"""The first messages of the sign-in mechanisms, written from their documents and not from the tool's code."""

from __future__ import annotations


def xoauth2(user: str, token: str) -> bytes:
    """Return the message of XOAUTH2, as https://developers.google.com/workspace/gmail/imap/xoauth2-protocol has it."""
    return b"user=%b\x01auth=Bearer %b\x01\x01" % (user.encode(), token.encode())


def oauthbearer(user: str, token: str) -> bytes:
    """Return the message of OAUTHBEARER without host and port, which are optional (RFC 7628, section 3.1)."""
    return b"n,a=%b,\x01auth=Bearer %b\x01\x01" % (user.encode(), token.encode())


MECHANISMS = {"XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer}
FINISH = {"XOAUTH2": b"", "OAUTHBEARER": b"\x01"}
"""What a client says to the error that a refusing server sends first, so that the refusal proper follows."""
