"""The type of passwords, tokens and codes: it can be used, but not shown, compared by accident or written down.

Nothing else in the project holds a credential as ``str``. Code that puts one on the wire calls
:meth:`Secret.reveal` at the last moment.
"""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A credential whose text appears in no repr, format, pickle or document."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep ``text``, the credential itself."""
        self._text = text

    def reveal(self) -> str:
        """Return the credential, for the bytes that go on the wire and for nothing else."""
        return self._text

    def __bool__(self) -> bool:
        """Tell whether there is any text, without showing it."""
        return bool(self._text)

    def __repr__(self) -> str:
        """Show that a secret is here, never which."""
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        """Format as the mask, so that an f-string leaks nothing."""
        return format(repr(self), spec)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the text across a file boundary."""
        message = "a Secret cannot be serialised"
        raise TypeError(message)


MASK = "***"


def scrub(text: str, *secrets: Secret) -> str:
    """Replace each secret in ``text`` by a mask.

    Transcripts pass through here where they enter the record, so that what is stored never held the secret.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), MASK)
    return text
