"""The authority that a resource server asks whether a token is good: RFC 7662, as far as Dovecot uses it.

Dovecot's ``introspection_mode = auth`` sends a GET with the client's token as its bearer.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def introspection(tokens: Callable[[str], str | None]) -> Iterator[str]:
    """Serve on loopback and yield the URL; ``tokens`` returns the user that a good token speaks for."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            user = tokens(token) if scheme.lower() == "bearer" else None
            answer = {"active": True, "upn": user, "scope": "mail"} if user else {"active": False}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the answers are seen at the other end."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/introspect"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
