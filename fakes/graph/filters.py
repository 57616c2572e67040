"""``$filter`` (OData 4.01 part 2, section 5.1.1) into a predicate: the part of it that Graph's directory objects offer.

Texts are compared without regard to case, as the directory does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from fakes.graph.errors import GraphError, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = Mapping[str, object]
    Test = Callable[[Row], bool]
    Ways = list[dict[str, str]]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<word>[A-Za-z0-9_@.-]+(?:/[A-Za-z0-9_@.-]+)*)"
    r"|(?P<mark>[(),:]))"
)
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda whole, part: part in whole,
}
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda one, two: one == two,
    "ne": lambda one, two: one != two,
    "ge": lambda one, two: one >= two,
    "gt": lambda one, two: one > two,
    "le": lambda one, two: one <= two,
    "lt": lambda one, two: one < two,
}
DEEPEST = 20
"""Brackets within brackets."""
MOST_WAYS = 50
"""Beyond these, looking at every row is no slower."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a filter: its test, and in which ways a row can pass it.

    Each way is a set of values, in lower case, that a row must have; an empty one says nothing of the row.
    """

    test: Test
    ways: Ways = field(default_factory=lambda: [{}])


class Filter:
    """A filter that was read: a test of one row, and what it looks at."""

    def __init__(self, text: str) -> None:
        """Read ``text``.

        :raises GraphError: it is no filter.
        """
        self._text = text
        self._tokens = self._split(text)
        self._at = 0
        self._depth = 0
        self.properties: set[str] = set()
        self.operators: set[str] = set()
        whole = self._any_of()
        self.test: Test = whole.test
        self.ways = whole.ways
        if self._at < len(self._tokens):
            raise self._wrong()

    def _split(self, text: str) -> list[tuple[str, str]]:
        found, at = [], 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise bad_request(f"Invalid filter clause: Syntax error at position {at} in '{text}'.")
            found.append((match.lastgroup or "", match[match.lastgroup or 0]))
            at = match.end()
        return found

    def _wrong(self) -> GraphError:
        seen = self._tokens[self._at][1] if self._at < len(self._tokens) else "the end"
        return bad_request(f"Invalid filter clause: '{seen}' was not expected in '{self._text}'.")

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, *expected: str) -> str:
        if self._at >= len(self._tokens) or (expected and self._tokens[self._at][1] not in expected):
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _any_of(self) -> Part:
        parts = [self._all_of()]
        while self._peek() == "or":
            self._take()
            parts.append(self._all_of())
        ways = [way for part in parts for way in part.ways]
        unknown = {} in ways or len(ways) > MOST_WAYS
        return Part(lambda row: any(part.test(row) for part in parts), [{}] if unknown else ways)

    def _all_of(self) -> Part:
        parts = [self._one()]
        while self._peek() == "and":
            self._take()
            parts.append(self._one())
        ways: Ways = [{}]
        for part in parts:
            ways = [{**one, **more} for one in ways for more in part.ways]
            ways = ways if len(ways) <= MOST_WAYS else [{}]
        return Part(lambda row: all(part.test(row) for part in parts), ways)

    def _one(self) -> Part:
        word = self._peek()
        if word == "not":
            self._take()
            self.operators.add("not")
            inner = self._one()
            return Part(lambda row: not inner.test(row))
        if word == "(":
            return self._bracket()
        if word.lower() in _FUNCTIONS:
            return self._function(self._take().lower())
        return self._comparison()

    def _bracket(self) -> Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong()
        self._take("(")
        inner = self._any_of()
        self._take(")")
        self._depth -= 1
        return inner

    def _function(self, name: str) -> Part:
        self._take("(")
        path = self._property()
        self._take(",")
        wanted = self._value()
        self._take(")")
        self.operators.add(name)
        return Part(lambda row: _FUNCTIONS[name](_comparable(_at(row, path)), wanted))

    def _comparison(self) -> Part:
        path = self._property()
        if path.endswith("/any"):
            return self._any(path.removesuffix("/any"))
        operator = self._take("eq", "ne", "ge", "gt", "le", "lt", "in")
        self.operators.add(operator)
        if operator == "in":
            wanted = self._list()
            return Part(lambda row: _comparable(_at(row, path)) in wanted)
        value = self._value()
        ways = [{path: value}] if operator == "eq" else [{}]
        return Part(lambda row: _COMPARE[operator](_comparable(_at(row, path)), value), ways)

    def _any(self, path: str) -> Part:
        """Read ``proxyAddresses/any(p:p eq '…')``: the test is of the members themselves."""
        self._take("(")
        self._take()
        self._take(":")
        self._take()
        operator = self._take("eq")
        value = self._value()
        self._take(")")
        self.operators.add(operator)
        self.properties.discard(f"{path}/any")
        self.properties.add(path)

        def test(row: Row) -> bool:
            members = _at(row, path)
            return isinstance(members, list) and value in map(_comparable, members)

        return Part(test, [{path: value}])

    def _property(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at][0] != "word":
            raise self._wrong()
        path = self._take()
        self.properties.add(path.removesuffix("/any"))
        return path

    def _list(self) -> set[str]:
        self._take("(")
        values = {self._value()}
        while self._peek() == ",":
            self._take()
            values.add(self._value())
        self._take(")")
        return values

    def _value(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at][0] == "mark":
            raise self._wrong()
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'").lower()
        return _instant(text) if kind == "time" else text.lower()


def _at(row: Row, path: str) -> object:
    found: object = row
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _comparable(value: object) -> str:
    """Return a value as the text by which it is compared; null is ``null``, as in OData."""
    if value is None:
        return "null"
    text = str(value).lower()
    return _instant(text.upper()) if re.match(r"\d{4}-\d\d-\d\dt", text) else text


def _instant(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).timestamp():020.6f}"
    except ValueError:
        raise bad_request(f"Invalid filter clause: '{text}' is no date.") from None
