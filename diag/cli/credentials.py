"""Where a credential comes from: a file, the environment or a prompt, and never an argument that others can list."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from diag.model.secret import Secret
from diag.probes.run import SignIn

LARGEST = 65536
"""Bytes; a token is a few thousand."""


def read(
    user: str,
    *,
    token_file: str | None,
    token_env: str | None,
    password_file: str | None,
    password_env: str | None,
    ask_password: bool,
    others: tuple[str, ...] = (),
) -> SignIn:
    """Collect what the options name; ``others`` are options with a credential that somebody else reads.

    :raises click.UsageError: more than one source, or one that cannot be read or is empty.
    """
    sources = {
        "--token-file": token_file,
        "--token-env": token_env,
        "--password-file": password_file,
        "--password-env": password_env,
        "--password": ask_password or None,
    }
    given = [*(name for name, value in sources.items() if value is not None), *others]
    if len(given) > 1:
        message = f"{' and '.join(given)} exclude each other: give one credential"
        raise click.UsageError(message)
    if token_file is not None:
        return SignIn(user=user, token=from_file(token_file, "--token-file"))
    if token_env is not None:
        return SignIn(user=user, token=from_environment(token_env, "--token-env"))
    if password_file is not None:
        return SignIn(user=user, password=from_file(password_file, "--password-file"))
    if password_env is not None:
        return SignIn(user=user, password=from_environment(password_env, "--password-env"))
    if ask_password:
        return SignIn(user=user, password=Secret(click.prompt(f"Password of {user}", hide_input=True, err=True)))
    return SignIn(user=user)


def read_token(name: str, option: str) -> Secret:
    """Read an access token from the file that ``option`` names; ``-`` is standard input.

    :raises click.UsageError: it cannot be read, or is no token.
    """
    return from_file(name, option)


def from_file(name: str, option: str) -> Secret:
    """Read a secret from a file, or from standard input for ``-``.

    :raises click.UsageError: it cannot be read, or is none.
    """
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        message = f"{option} {name}: {error.strerror}"
        raise click.UsageError(message) from None
    return _checked(data, f"{option} {name}")


def from_environment(name: str, option: str) -> Secret:
    """Read a secret from an environment variable.

    :raises click.UsageError: there is no such variable, or it holds none.
    """
    value = os.environ.get(name)
    if value is None:
        message = f"{option} {name}: there is no such environment variable"
        raise click.UsageError(message)
    return _checked(value.encode(), f"{option} {name}")


def _checked(data: bytes, where: str) -> Secret:
    """Accept one line of text; the content is never part of a message."""
    text = data[: LARGEST + 1].decode("utf-8", errors="replace").strip()
    problem = (
        "is empty" if not text
        else f"is larger than {LARGEST} bytes" if len(data) > LARGEST
        else "is more than one line" if "\n" in text or "\r" in text
        else "holds control characters" if any(ord(character) < 32 for character in text)  # noqa: PLR2004
        else None
    )  # fmt: skip
    if problem:
        message = f"{where} {problem}; expected the credential alone, on one line"
        raise click.UsageError(message)
    return Secret(text)
