"""Users that nobody named."""

from __future__ import annotations

from fakes.population import Population


def test_they_are_made_when_they_are_asked_for() -> None:
    people = Population("Contoso.example", 50000)
    first = next(iter(people))
    assert (len(people), first.address) == (50000, "user00001@contoso.example")
    assert people.find("USER00042@contoso.example") is not None
    assert people.find("user50000@contoso.example") is not None


def test_nobody_else_is_found() -> None:
    people = Population("contoso.example", 5)
    strangers = ("user00000@contoso.example", "user00006@contoso.example", "user000001@contoso.example", "user00001@x")
    assert [people.find(name) for name in strangers] == [None, None, None, None]
    assert list(Population("contoso.example", 0)) == []
