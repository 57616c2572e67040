"""An administrator's look at an organisation through a fake Graph, without sockets and with a clock that a test sets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from fakes.declare import Declaration, Mailbox, Service, Token
from fakes.directory import Directory
from fakes.permissions import resources
from fakes.server import Context, make_context
from fakes.tokens import CLIENT_ID, identifier
from fakes.web import Reply, Request, answer, fields

ADDRESS = "helpdesk@contoso.example"
READER = "reader@contoso.example"
NOW = 1_800_000_000.0
"""2027-01-15T08:00:00Z."""
TENANT = identifier("contoso.example")
APP = identifier(f"principal {CLIENT_ID}")
GRAPH = identifier(f"principal {resources()['graph'].app_id}")
EXCHANGE = identifier(f"principal {resources()['exchange'].app_id}")
HELPDESK = identifier(ADDRESS)
AUDIENCE = "https://graph.microsoft.com"


def declare(*, roles: tuple[str, ...] = ("Global Reader",), **parts: Any) -> Declaration:  # noqa: ANN401  any part
    """Declare an organisation with the helpdesk and somebody who looks at it."""
    parts.setdefault("mailbox", Mailbox(address=ADDRESS))
    return Declaration(mailboxes={"reader": Mailbox(address=READER, plans=(), roles=roles)}, **parts)


@dataclass
class Asking:
    """A client of one organisation."""

    declaration: Declaration = field(default_factory=declare)
    now: float = NOW

    def __post_init__(self) -> None:
        """Bring the directory to life."""
        self.directory = Directory(self.declaration, now=lambda: self.now)
        service = Service(speaks="http", serves="graph")
        self.context: Context = make_context(service, "graph.microsoft.com", self.directory, None, now=lambda: self.now)

    def token(self, *permissions: str, user: str = READER) -> str:
        """Issue a token of ``user`` with these permissions."""
        return self.directory.issue(Token(user=user, audience=AUDIENCE, scopes=permissions))

    def get(self, url: str, *permissions: str, user: str = READER, **headers: str) -> Reply:
        """Get a path with its query, by a token with these permissions."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(url, f"Bearer {self.token(*permissions, user=user)}", **given)

    def ask(self, url: str, authorization: str | None = None, **headers: str) -> Reply:
        """Get a path with its query, by this Authorization header."""
        path, _, query = url.partition("?")
        if authorization is not None:
            headers["authorization"] = authorization
        return asyncio.run(answer(Request("GET", path, fields(query), headers), self.context))

    def read(self, url: str, *permissions: str, user: str = READER, **headers: str) -> dict[str, Any]:
        """Get a document that must be there."""
        reply = self.get(url, *permissions, user=user, **headers)
        assert reply.status == 200, reply.body
        return document(reply)


def document(reply: Reply) -> dict[str, Any]:
    """Return the document of a reply."""
    found: dict[str, Any] = json.loads(reply.body)
    return found


def refusal(reply: Reply) -> tuple[int, str, str]:
    """Return status, code and message of a refusal."""
    error = document(reply)["error"]
    return reply.status, error["code"], error["message"]
