"""Query options (OData 4.01 part 2, section 5.1) over one entity or a collection, and pages with ``@odata.nextLink``.

A collection is an iterator: of fifty thousand rows no more are made than one page, and what stands before it, needs.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from fakes.graph.errors import GraphError, bad_request, unsupported
from fakes.graph.filters import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Row = dict[str, object]

OPTIONS = {"$select", "$filter", "$expand", "$top", "$count", "$orderby", "$search", "$skiptoken", "$format"}
ADVANCED = {"ne", "not", "endswith"}
"""What the directory offers only with ConsistencyLevel: eventual and $count=true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One object. ``shown`` are the properties that come without $select; empty: all."""

    type: str
    set: str
    row: Row
    shown: tuple[str, ...] = ()
    expandable: tuple[str, ...] = ()
    single: bool = False
    """Whether it is the only one of its kind, and not one of a set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Many objects of one type."""

    type: str
    set: str
    rows: Iterable[Row]
    shown: tuple[str, ...] = ()
    expandable: tuple[str, ...] = ()
    filterable: tuple[str, ...] = ()
    narrowed: Callable[[dict[str, str]], Iterable[Row]] | None = None
    """Where it knows better than to look at every row: those that may have certain values."""
    example: Row | None = None
    """A row from which the type's properties are known, where there may be none."""
    count: Callable[[], int] | None = None
    page: int = 100
    largest: int = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The options of one request, read."""

    base: str
    """The address without its query, to which a link to the next page leads."""
    service: str
    """The address of the service root, which contexts begin with."""
    options: dict[str, str] = field(default_factory=dict)
    eventual: bool = False
    """Whether the request has ConsistencyLevel: eventual."""


def read(base: str, service: str, fields: dict[str, str], *, consistency: str = "") -> Query:
    """Read the fields of a query string.

    :raises GraphError: an option is not known.
    """
    options: dict[str, str] = {}
    for name, value in fields.items():
        key = f"${name}" if f"${name}" in OPTIONS else name  # Graph takes them without the dollar too
        if key not in OPTIONS:
            raise bad_request(f"The query parameter '{name}' is not supported.")
        options[key] = value
    return Query(base=base, service=service, options=options, eventual=consistency.lower() == "eventual")


def show(result: Entity | Collection, query: Query) -> Row:
    """Return the document for a result.

    :raises GraphError: the query asks for what this result does not offer.
    """
    return _entity(result, query) if isinstance(result, Entity) else _collection(result, query)


def _entity(entity: Entity, query: Query) -> Row:
    for option in ("$filter", "$top", "$orderby", "$search", "$skiptoken"):
        if option in query.options:
            raise bad_request(f"The query specified in the URI is not valid. {option} cannot be applied to one object.")
    names = _selected(entity, query, entity.row)
    one = "" if entity.single else "/$entity"
    context = f"{query.service}/$metadata#{entity.set}{_suffix(entity, query)}{one}"
    return {"@odata.context": context, **_project(entity.row, names)}


def _collection(collection: Collection, query: Query) -> Row:
    rows = _filtered(collection, query)
    start, size = _window(collection, query)
    page = list(islice(rows, start, start + size + 1))
    known = page[0] if page else collection.example or {}
    names = _selected(collection, query, known)
    document: Row = {"@odata.context": f"{query.service}/$metadata#{collection.set}{_suffix(collection, query)}"}
    if query.options.get("$count") == "true" and collection.count is not None:
        document["@odata.count"] = collection.count()
    if len(page) > size:
        document["@odata.nextLink"] = _next(query, start + size)
    document["value"] = [_project(row, names) for row in page[:size]]
    return document


def _filtered(collection: Collection, query: Query) -> Iterable[Row]:
    if "$search" in query.options and not query.eventual:
        text = "Request with $search query parameter only works through MSGraph with a special request header: "
        raise unsupported(text + "'ConsistencyLevel: eventual'")
    if "$filter" not in query.options:
        return collection.rows
    wanted = Filter(query.options["$filter"])
    for name in sorted(wanted.properties):
        if name not in collection.filterable:
            kind = collection.type[:1].upper() + collection.type[1:]
            raise unsupported(
                f"Unsupported or invalid query filter clause specified for property '{name}' of resource '{kind}'."
            )
    if wanted.operators & ADVANCED and not (query.eventual and query.options.get("$count") == "true"):
        operator = min(wanted.operators & ADVANCED)
        raise unsupported(
            f"Operator '{operator}' is not supported because the 'ConsistencyLevel:eventual' header is missing. "
            "Refer to https://aka.ms/graph-docs/advanced-queries for more information"
        )
    if collection.narrowed is None or {} in wanted.ways:
        return filter(wanted.test, collection.rows)
    found = (row for way in wanted.ways for row in collection.narrowed(way) if wanted.test(row))
    return {str(row["id"]): row for row in found}.values()  # each once


def _window(collection: Collection, query: Query) -> tuple[int, int]:
    text = query.options.get("$top", str(collection.page))
    if not text.isdigit() or not 1 <= int(text) <= collection.largest:
        raise bad_request(
            f"Invalid page size specified: '{text}'. Must be between 1 and {collection.largest} inclusive."
        )
    token = query.options.get("$skiptoken")
    return (0 if token is None else _offset(token, query)), int(text)


def _mark(query: Query) -> bytes:
    """Return what ties a page token to its query: the token of another one leads nowhere."""
    rest = sorted((name, value) for name, value in query.options.items() if name != "$skiptoken")
    return hashlib.sha256(repr((query.base, rest)).encode()).digest()[:9]


def _next(query: Query, offset: int) -> str:
    token = base64.urlsafe_b64encode(_mark(query) + offset.to_bytes(6, "big")).decode()
    options = {**query.options, "$skiptoken": token}
    return f"{query.base}?{urlencode(options, safe='$,()', quote_via=quote)}"


def _offset(token: str, query: Query) -> int:
    try:
        raw = base64.urlsafe_b64decode(token)
    except ValueError:
        raw = b""
    if raw[:-6] != _mark(query):
        text = "The specified page token value has expired and can no longer be included in your request."
        raise GraphError(400, "Directory_ExpiredPageToken", text)
    return int.from_bytes(raw[-6:], "big")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _expanded(of: Entity | Collection, query: Query) -> list[str]:
    names = _names(query.options.get("$expand", ""))
    for name in names:
        if name not in of.expandable:
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' "
                f"on type 'microsoft.graph.{of.type}'."
            )
    return names


def _selected(of: Entity | Collection, query: Query, row: Row) -> list[str]:
    """Return the properties to show: what is selected, or what comes of itself; expanded ones only when asked for."""
    expanded = _expanded(of, query)
    chosen = _names(query.options.get("$select", ""))
    for name in chosen:
        if row and name not in row:
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' "
                f"on type 'microsoft.graph.{of.type}'."
            )
    own = chosen or list(of.shown) or [name for name in row if name not in of.expandable]
    return [*own, *(name for name in expanded if name not in own)]


def _suffix(of: Entity | Collection, query: Query) -> str:
    named = [*_names(query.options.get("$select", "")), *(f"{name}()" for name in _expanded(of, query))]
    return f"({','.join(named)})" if named else ""


def _project(row: Row, names: list[str]) -> Row:
    return {name: row[name] for name in names if name in row}
