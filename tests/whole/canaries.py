"""What is secret in a world, in each form in which it could be found where it does not belong."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from fakes.world import World

SHORTEST = 6
"""Characters; a shorter password could be a part of any word."""
WORD = re.compile(r"[A-Za-z0-9._~-]{43,128}")
USERS = ("helpdesk@contoso.example", "support@example.org")
PEM = files("fakes.data").joinpath("client-certificate.pem").read_text("ascii")
KEY = re.compile(r"-----BEGIN (?:RSA )?PRIVATE KEY-----\n(.*?)-----END", re.DOTALL)
Kinds = dict[str, set[str]]
"""Secrets by what they are."""


def secrets_of(world: World) -> Kinds:
    """Return what the organisation of ``world`` gave out or was shown, and what its accounts sign in with."""
    directory, declared = world.directory, world.declaration
    key = KEY.search(PEM)
    assert key is not None
    return {
        "access token": set(directory._tokens),
        "code": set(directory.grants.codes._things),
        "refresh token": set(directory.grants.refreshes._things),
        "device code": set(directory.grants.devices._things),
        "session cookie": set(directory.grants.sessions._things),
        "id token or assertion": set(directory.grants.proofs),
        "password": {box.password for box in (declared.mailbox, *declared.mailboxes.values())},
        "client secret": {declared.application.secret} if declared.application.secret else set(),
        "private key": {line for line in key[1].splitlines() if len(line) == 64},
    }


def challenges_of(world: World) -> set[str]:
    """Return the code challenges that were shown: the verifiers are known to the client alone."""
    return {code.challenge for code in world.directory.grants.codes.values() if code.challenge}


def forms(secret: str) -> set[str]:
    """Return a secret in each form in which it goes over a wire."""
    plain = secret.encode()
    responses = [f"user={user}\x01auth=Bearer {secret}\x01\x01".encode() for user in USERS]
    responses += [f"\0{user}\0{secret}".encode() for user in USERS]
    encoded = {base64.b64encode(data).decode() for data in (plain, *responses)}
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *encoded}


def found_in(text: str, kinds: Kinds, challenges: set[str]) -> list[str]:
    """Say which kinds of secrets stand in ``text``, and how long they are; the secrets themselves are never said."""
    found = [f"{kind} of {len(secret)} characters" for kind, secrets in kinds.items() for secret in secrets
             if len(secret) >= SHORTEST and any(form in text for form in forms(secret))]  # fmt: skip
    if challenges:
        digests = {base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).rstrip(b"=").decode()
                   for word in set(WORD.findall(text))}  # fmt: skip
        found += ["code verifier"] * len(digests & challenges)
    return found
