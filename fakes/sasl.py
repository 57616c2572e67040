"""The server's half of SASL: what a client's response says, and who may come in with it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakes.directory import Refusal

if TYPE_CHECKING:
    from fakes.directory import Directory, Service

CHALLENGE = json.dumps({"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"})
"""The error challenge of XOAUTH2 and OAUTHBEARER (RFC 7628 section 3.2.2), as Google sends it."""

USER_NAME, PASSWORD = "VXNlcm5hbWU6", "UGFzc3dvcmQ6"
"""What the mechanism LOGIN asks for, in base64."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came in."""

    user: str


Outcome = SignedIn | Refusal


def decide(directory: Directory, service: Service, mechanism: str, response: str) -> Outcome:
    """Read a whole response (base64) of ``mechanism`` and decide; what cannot be read is a refused token."""
    try:
        text = base64.b64decode(response, validate=True).decode()
        if mechanism == "PLAIN":
            _, user, password = text.split("\0")
            return _by_password(directory, service, user, password)
        user, token = _xoauth2(text) if mechanism == "XOAUTH2" else _oauthbearer(text)
    except (binascii.Error, ValueError):
        return Refusal.TOKEN_REFUSED
    return directory.check_token(service, user, token) or SignedIn(user)


def plain_text(response: str) -> str:
    """Return what a response of LOGIN says, empty where it cannot be read."""
    try:
        return base64.b64decode(response, validate=True).decode()
    except ValueError:
        return ""


def decide_login(directory: Directory, service: Service, user: str, password: str) -> Outcome:
    """Decide on a user name and a password that came apart."""
    return _by_password(directory, service, user, password)


def _by_password(directory: Directory, service: Service, user: str, password: str) -> Outcome:
    return directory.check_password(service, user, password) or SignedIn(user)


def _xoauth2(text: str) -> tuple[str, str]:
    user, auth, *rest = text.split("\x01")
    if not user.startswith("user=") or rest != ["", ""]:
        raise ValueError("no XOAUTH2 response")
    return user.removeprefix("user="), _bearer(auth)


def _oauthbearer(text: str) -> tuple[str, str]:
    header, *pairs = text.split("\x01")
    flag, authorization, _ = header.split(",")
    if flag not in {"n", "y"} or not authorization.startswith("a=") or pairs[-2:] != ["", ""]:
        raise ValueError("no OAUTHBEARER response")
    fields = dict(pair.split("=", 1) for pair in pairs if pair)
    user = authorization[2:].replace("=2C", ",").replace("=3D", "=")
    return user, _bearer(f"auth={fields['auth']}" if "auth" in fields else "")


def _bearer(auth: str) -> str:
    kind, _, token = auth.removeprefix("auth=").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise ValueError("no bearer token")
    return token
