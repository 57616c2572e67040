"""A customer's own words: names that servers also write without a domain, whole or in part, in any case."""

from __future__ import annotations

import re

from scenarios.recording.known import plain_words

WHOLE, PART, INSIDE = 2, 4, 5
"""Letters from which a name is looked for as a word, a part of it as a word, and both also inside of longer words."""
_SEPARATOR = re.compile(r"[\W_]+")


class Words:
    """The words of one customer, with what stands in their place. Words that every server uses are never theirs."""

    def __init__(self) -> None:
        """Begin without any."""
        self._words: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, name: str, new: str) -> None:
        """Let ``name`` and the parts of it be replaced by ``new`` from now on."""
        name = name.lower()
        parts = _SEPARATOR.split(name)
        found = [name] if len(name) >= WHOLE and not name.isdecimal() and not set(parts) <= plain_words() else []
        found += [part for part in parts if len(part) >= PART and not part.isdecimal() and part not in plain_words()]
        for word in found:
            self._words.setdefault(word, new)
        self._pattern = None

    def learn_phrase(self, name: str, new: str) -> None:
        """Let a name of several words be replaced as a whole."""
        if len(name) >= WHOLE and name != new:
            self._words.setdefault(name.lower(), new)
            self._pattern = None

    def is_whole(self, text: str) -> bool:
        """Tell whether ``text`` is one of the words as it stands."""
        return text.lower() in self._words

    def replace(self, text: str) -> str:
        """Return ``text`` without the words."""
        if not self._words:
            return text
        if self._pattern is None:
            longest_first = sorted(self._words, key=lambda word: (-len(word), word))
            self._pattern = re.compile("|".join(map(_around, longest_first)), re.IGNORECASE)
        return self._pattern.sub(self._other, text)

    def _other(self, match: re.Match[str]) -> str:
        lower = match[0].lower()
        if lower in plain_words():
            return match[0]
        new = self._words.get(lower) or next(self._words[word] for word in sorted(self._words, key=len, reverse=True)
                                             if word in lower)  # fmt: skip
        return new.upper() if match[0].isupper() else new


def _around(word: str) -> str:
    """Return a pattern of a word, with what is written in one with it where it is long enough to be no accident."""
    rim = r"[^\W_]*" if len(word) >= INSIDE else ""
    return rf"(?<![^\W_]){rim}{re.escape(word)}{rim}(?![^\W_])"
