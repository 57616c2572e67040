"""The web server, by the standard library's client and by bytes that no client sends."""

from __future__ import annotations

import http.client
import json

import pytest

from fakes.declare import Service, Token
from fakes.web import LARGEST_BODY, MOST_FIELDS, Request, fields, routes
from tests.fakes.serving import HOST, Served, serving

ENTRA = Service(speaks="http", serves="entra")


def connect(served: Served) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(served.host, served.port, context=served.context, timeout=5)


def send(served: Served, data: bytes) -> bytes:
    """Return all that comes back until the server hangs up."""
    client = connect(served)
    client.connect()
    client.sock.sendall(data)
    found = b""
    while part := client.sock.recv(10000):
        found += part
    client.close()
    return found


def test_it_answers_several_requests_and_rubbish_ends_the_connection() -> None:
    with serving(Service(speaks="http", like="dovecot")) as served:
        client = connect(served)
        for path in ("/", "/common"):
            client.request("GET", path)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (404, f"{HOST}: nothing here\n".encode())
        client.sock.sendall(b"rubbish\r\n\r\n")
        assert client.sock.recv(100).startswith(b"HTTP/1.1 400 ")
        client.close()


def test_a_route_is_found_by_method_and_path_whatever_the_case() -> None:
    with serving(ENTRA) as served:
        client = connect(served)
        client.request("GET", "/COMMON/Discovery/v2.0/keys?x=1")
        assert json.loads(client.getresponse().read())["keys"]
        client.request("HEAD", "/common/discovery/v2.0/keys")
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 100
        client.request("DELETE", "/common/discovery/v2.0/keys")
        answer = client.getresponse()
        assert (answer.status, answer.headers["Allow"], answer.read()) == (405, "GET", b"")
        client.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (LARGEST_BODY + 1), b"413"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 9000, b"431"),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET /%ff%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"400"),
    ],
)
def test_what_no_client_sends_is_answered_and_ends(sent: bytes, status: bytes) -> None:
    with serving(ENTRA) as served:
        assert send(served, sent).split(b"\r\n")[0].split()[1] == status


def test_a_client_that_asks_before_it_sends_is_told_to_go_on() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with serving(ENTRA) as served:
        client = connect(served)
        client.connect()
        client.sock.sendall(head)
        assert client.sock.recv(1000).startswith(b"HTTP/1.1 100")
        client.sock.sendall(b"x")
        assert client.sock.recv(1000).startswith(b"HTTP/1.1 404")
        client.close()


def test_a_request_shows_its_form_its_cookies_and_its_token() -> None:
    headers = {"cookie": "a=1; b=2=3; c", "authorization": "bearer  xyz"}
    request = Request("POST", "/", headers=headers, body=b"a=1&b=%C3%A9&a=2")
    assert request.form == {"a": "2", "b": "é"}
    assert (request.cookies["b"], request.bearer) == ("2=3", "xyz")
    assert Request("GET", "/").bearer is None
    with pytest.raises(ValueError):
        Request("POST", "/", body=b"[" * 50000).json()


def test_too_many_fields_are_none() -> None:
    assert fields("&".join(f"a{n}=" for n in range(MOST_FIELDS + 1))) == {}


def test_a_service_that_serves_nothing_has_no_routes() -> None:
    assert routes("nothing") == ()


def test_a_reply_may_break_off_and_a_request_may_be_changed_on_the_way() -> None:
    with serving(Service(speaks="http", serves="graph", behaves=("cuts_answers",))) as served:
        client = connect(served)
        client.request("GET", "/v1.0/me")
        with pytest.raises(http.client.IncompleteRead):
            client.getresponse().read()
        client.close()
    service = Service(speaks="http", serves="graph", behaves=("one_by_one", "loses_pages"))
    with serving(service) as served:
        token = served.directory.issue(Token(audience="https://graph.microsoft.com", scopes=("Application.Read.All",)))
        client = connect(served)
        headers = {"Authorization": f"Bearer {token}"}
        client.request("GET", "/v1.0/servicePrincipals", headers=headers)
        page = json.loads(client.getresponse().read())
        assert len(page["value"]) == 1
        client.request("GET", page["@odata.nextLink"].partition(f":{served.port}")[2], headers=headers)
        reply = client.getresponse()
        assert (reply.status, json.loads(reply.read())["error"]["code"]) == (400, "Directory_ExpiredPageToken")
        client.close()
