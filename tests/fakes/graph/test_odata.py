"""Query options over one object and over many, and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from fakes.graph.errors import GraphError
from fakes.graph.odata import Collection, Entity, Query, read, show

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "https://graph.microsoft.com/v1.0"
BASE = f"{SERVICE}/things"


def query(text: str = "", *, consistency: str = "") -> Query:
    return read(BASE, SERVICE, dict(parse_qsl(text)), consistency=consistency)


def things(number: int) -> Collection:
    rows: list[dict[str, object]] = [{"id": str(at), "name": f"n{at}", "parts": []} for at in range(number)]
    return Collection(
        type="thing", set="things", rows=rows, shown=("id",), expandable=("parts",), filterable=("id", "name"),
        count=lambda: number, page=3, largest=5,
    )  # fmt: skip


def test_what_is_shown_of_itself_and_what_is_selected() -> None:
    assert show(things(1), query())["value"] == [{"id": "0"}]
    selected = show(things(1), query("$select=name"))
    assert selected == {"@odata.context": f"{SERVICE}/$metadata#things(name)", "value": [{"name": "n0"}]}
    assert show(things(1), query("$expand=parts"))["value"] == [{"id": "0", "parts": []}]
    assert show(things(1), query("$select=name&$expand=parts"))["value"] == [{"name": "n0", "parts": []}]


def test_one_object() -> None:
    one = Entity(type="thing", set="things", row={"id": "1", "name": "n"})
    assert show(one, query()) == {"@odata.context": f"{SERVICE}/$metadata#things/$entity", "id": "1", "name": "n"}
    alone = Entity(type="thing", set="thing", row={}, single=True)
    assert show(alone, query()) == {"@odata.context": f"{SERVICE}/$metadata#thing"}


def test_pages_are_followed_to_the_end_and_each_row_comes_once() -> None:
    url, seen, pages = f"{BASE}?$select=id&$top=2", [], 0
    while url:
        page = show(things(5), query(urlsplit(url).query))
        seen += [row["id"] for row in page["value"]]  # type: ignore[attr-defined]
        url, pages = str(page.get("@odata.nextLink", "")), pages + 1
    assert (seen, pages) == (["0", "1", "2", "3", "4"], 3)


def test_the_last_page_has_no_link() -> None:
    assert "@odata.nextLink" not in show(things(3), query())
    assert "@odata.nextLink" in show(things(4), query())


def test_no_more_rows_are_made_than_a_page_needs() -> None:
    made = []

    def rows() -> Iterator[dict[str, object]]:
        for at in range(50000):
            made.append(at)
            yield {"id": at}

    show(Collection(type="thing", set="things", rows=rows(), page=3), query())
    assert len(made) == 4


def test_counting() -> None:
    assert show(things(5), query("$count=true"))["@odata.count"] == 5
    assert "@odata.count" not in show(things(5), query())


def test_filtering_takes_the_short_way_where_there_is_one() -> None:
    def never() -> Iterator[dict[str, object]]:
        raise AssertionError
        yield {}

    short = Collection(
        type="thing", set="things", rows=never(), filterable=("id",), narrowed=lambda equals: [{"id": equals["id"]}]
    )
    assert show(short, query("$filter=id eq 'A' and id eq 'A'"))["value"] == [{"id": "a"}]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("$skip=1", "BadRequest", "The query parameter '$skip' is not supported."),
        ("$select=color", "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'color' on type 'microsoft.graph.thing'."),
        ("$expand=name", "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'name' on type 'microsoft.graph.thing'."),
        ("$top=6", "BadRequest", "Invalid page size specified: '6'. Must be between 1 and 5 inclusive."),
        ("$top=x", "BadRequest", "Invalid page size specified: 'x'. Must be between 1 and 5 inclusive."),
        ("$filter=parts eq '1'", "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'parts' of resource 'Thing'."),
        ("$filter=name ne '1'", "Request_UnsupportedQuery", "Operator 'ne' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information"),
        ("$search=x", "Request_UnsupportedQuery", "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"),
        ("$skiptoken=AAAA", "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."),
        ("$skiptoken=é", "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(text: str, code: str, message: str) -> None:
    with pytest.raises(GraphError) as refused:
        show(things(5), query(text))
    assert (refused.value.status, refused.value.code, refused.value.message) == (400, code, message)


def test_advanced_operators_are_offered_on_request() -> None:
    asked = query("$filter=name ne 'n0'&$count=true", consistency="Eventual")
    assert show(things(2), asked)["value"] == [{"id": "1"}]


def test_a_page_token_belongs_to_its_query() -> None:
    link = str(show(things(5), query("$top=2"))["@odata.nextLink"])
    token = dict(parse_qsl(urlsplit(link).query))["$skiptoken"]
    with pytest.raises(GraphError, match="page token"):
        show(things(5), query(f"$top=3&$skiptoken={token}"))


def test_options_of_collections_do_not_fit_one_object() -> None:
    with pytest.raises(GraphError, match=r"\$top cannot be applied to one object"):
        show(Entity(type="thing", set="things", row={}), query("$top=1"))


def test_options_are_taken_without_the_dollar_too() -> None:
    assert show(things(1), query("select=name"))["value"] == [{"name": "n0"}]
