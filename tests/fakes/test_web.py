"""The web server, by the standard library's client."""

from __future__ import annotations

import http.client

from fakes.declare import Service
from tests.fakes.serving import HOST, serving


def test_it_answers_several_requests_and_rubbish_ends_the_connection() -> None:
    with serving(Service(speaks="http", like="dovecot")) as served:
        client = http.client.HTTPSConnection(served.host, served.port, context=served.context, timeout=5)
        for path in ("/", "/common"):
            client.request("GET", path)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (404, f"{HOST}: nothing here\n".encode())
        client.sock.sendall(b"rubbish\r\n\r\n")
        assert client.sock.recv(100) == b""
        client.close()
