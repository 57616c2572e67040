"""A fake Entra that is asked without sockets: requests in, replies out, and a clock that a test sets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fakes.declare import Declaration, Mailbox, Service
from fakes.directory import Directory
from fakes.server import Context, make_context
from fakes.web import Reply, Request, answer, fields

ADDRESS = "helpdesk@contoso.example"
NOW = 1_800_000_000.0
TENANT = "contoso.example"


@dataclass
class Asking:
    """A client of one world."""

    declaration: Declaration = field(default_factory=lambda: Declaration(mailbox=Mailbox(address=ADDRESS)))
    now: float = NOW

    def __post_init__(self) -> None:
        """Bring the directory to life."""
        self.directory = Directory(self.declaration, now=lambda: self.now)
        service = Service(speaks="http", serves="entra")
        self.context: Context = make_context(
            service, "login.microsoftonline.com", self.directory, None, now=lambda: self.now
        )

    def get(self, url: str, **headers: str) -> Reply:
        """Get a path with its query."""
        path, _, query = url.partition("?")
        return self.ask(Request("GET", path, fields(query), headers))

    def post(self, path: str, form: dict[str, str], **headers: str) -> Reply:
        """Post a form."""
        return self.ask(Request("POST", path, {}, headers, urlencode(form).encode()))

    def ask(self, request: Request) -> Reply:
        """Ask anything."""
        return asyncio.run(answer(request, self.context))


def read(reply: Reply) -> dict[str, Any]:
    """Return the document of a reply."""
    found: dict[str, Any] = json.loads(reply.body)
    return found


def code_of(reply: Reply) -> int:
    """Return the AADSTS number of a refusal."""
    return int(read(reply)["error_codes"][0])
