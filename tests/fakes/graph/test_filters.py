"""What $filter takes, and what it says to what it does not."""

from __future__ import annotations

import pytest

from fakes.graph.errors import GraphError
from fakes.graph.filters import Filter

ROW = {
    "id": "1",
    "name": "O'Neil's Printer",
    "enabled": True,
    "nothing": None,
    "at": "2026-11-24T10:00:00Z",
    "status": {"errorCode": 65001},
    "addresses": ["SMTP:a@x", "smtp:b@x"],
}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("id eq '1'", True),
        ("name eq 'o''neil''s printer'", True),
        ("name ne 'x'", True),
        ("enabled eq true", True),
        ("nothing eq null", True),
        ("status/errorCode eq 65001", True),
        ("status/errorCode eq 0", False),
        ("status/other/deep eq null", True),
        ("at ge 2026-11-24T09:00:00Z and at lt 2026-11-24T12:00:00+01:00", True),
        ("at gt 2026-11-24T10:00:00.000Z", False),
        ("at le 2026-11-24T10:00:00Z", True),
        ("startswith(name, 'O')", True),
        ("endsWith(name, 'printer')", True),
        ("contains(name,'xyz')", False),
        ("id in ('2', '1')", True),
        ("id in ('2')", False),
        ("not (id eq '2')", True),
        ("id eq '2' or id eq '1' and enabled eq false", False),
        ("(id eq '2' or id eq '1') and enabled eq true", True),
        ("addresses/any(p:p eq 'smtp:A@x')", True),
        ("addresses/any(p:p eq 'c@x')", False),
        ("name/any(p:p eq 'c')", False),
    ],
)
def test_a_row_passes_or_does_not(text: str, outcome: bool) -> None:
    assert Filter(text).test(ROW) is outcome


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid filter clause: 'the end' was not expected in ''."),
        ("id", "Invalid filter clause: 'the end' was not expected in 'id'."),
        ("id eq", "Invalid filter clause: 'the end' was not expected in 'id eq'."),
        ("id eq '1' and", "Invalid filter clause: 'the end' was not expected in 'id eq '1' and'."),
        ("id like '1'", "Invalid filter clause: 'like' was not expected in 'id like '1''."),
        ("id eq '1' id", "Invalid filter clause: 'id' was not expected in 'id eq '1' id'."),
        ("'1' eq id", "Invalid filter clause: ''1'' was not expected in ''1' eq id'."),
        ("id eq )", "Invalid filter clause: ')' was not expected in 'id eq )'."),
        ("id eq '1", "Invalid filter clause: Syntax error at position 5 in 'id eq '1'."),
        ("at eq 2026-13-40T99:00:00Z", "Invalid filter clause: '2026-13-40T99:00:00Z' is no date."),
    ],
)
def test_what_is_no_filter_is_said_to_be_none(text: str, message: str) -> None:
    with pytest.raises(GraphError) as refused:
        Filter(text)
    assert (refused.value.status, refused.value.code, refused.value.message) == (400, "BadRequest", message)


def test_brackets_have_an_end() -> None:
    with pytest.raises(GraphError):
        Filter("(" * 500 + "id eq '1'" + ")" * 500)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("id eq 'A' and name eq 'B'", [{"id": "a", "name": "b"}]),
        ("id eq 'A' or name eq 'B'", [{"id": "a"}, {"name": "b"}]),
        ("(id eq 'A' or name eq 'B') and at eq 'C'", [{"id": "a", "at": "c"}, {"name": "b", "at": "c"}]),
        ("id eq 'A' or name ne 'B'", [{}]),
        ("id eq 'A' and startswith(name,'B')", [{"id": "a"}]),
        ("not (id eq 'A')", [{}]),
        ("id in ('A')", [{}]),
        ("addresses/any(p:p eq 'A')", [{"addresses": "a"}]),
        (" or ".join(["id eq 'A'"] * 60), [{}]),
        (" and ".join(["(id eq 'A' or id eq 'B')"] * 6), [{}]),
    ],
)
def test_it_says_in_which_ways_a_row_can_pass(text: str, ways: list[dict[str, str]]) -> None:
    assert Filter(text).ways == ways


def test_it_says_what_it_looks_at() -> None:
    found = Filter("startswith(displayName,'a') and not proxyAddresses/any(p:p eq 'b')")
    assert found.properties == {"displayName", "proxyAddresses"}
    assert found.operators == {"startswith", "not", "eq"}
