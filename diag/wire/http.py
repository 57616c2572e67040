"""HTTP/1.1 as bytes: a request out of its parts, a bounded reply out of a stream, and what of both may be shown.

h11 knows the grammar (RFC 9112). What is shown of a URL or a body has lost every value that OAuth calls secret, also
where nobody knows that value beforehand: a token is recognised by the name of its field and by its shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from diag.model.secret import MASK
from diag.wire.lines import LineTooLong, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import h11

LARGEST_BODY = 4 << 20
"""Bytes; a page of a directory has some hundred thousand."""
LARGEST_HEAD = 65536
MOST_HEADERS = 200
_OPENING = b"HTTP/"
MOST_INTERIM = 8
"""Interim replies (100 to 199) before the real one."""
SECRET_FIELDS = (
    "access_token", "refresh_token", "id_token", "client_info", "client_secret", "client_assertion", "assertion",
    "code_verifier", "device_code", "user_code", "password", "passwd", "secret", "token",
)  # fmt: skip
"""Fields of OAuth forms, queries and JSON documents whose value is a secret."""
_NAMES = "|".join(SECRET_FIELDS)
_JSON = re.compile(rf'("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE)
_FORM = re.compile(rf"(?<![\w.-])((?:{_NAMES}|code(?!=\d{{1,9}}(?:[&\s\"'<>]|$)))=)[^&\s\"'<>]+", re.IGNORECASE)
"""``code`` is an authorization code here, and in JSON the name of an error; a short number is an error here too."""
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){1,4}")
_OTHER_TOKEN = re.compile(r"\b(?:EwB|0\.A|1\.A|M\.[CR]\d)[\w.!*$-]{40,}")
"""Opaque access tokens and refresh tokens as Microsoft issues them; the prefixes are habits, not promises."""


def mask(text: str) -> str:
    """Replace what is a secret by the name of its field or by its shape."""
    if '"' in text:
        text = _JSON.sub(rf'\1"{MASK}"', text)
    for pattern in (_JWT, _OTHER_TOKEN):
        text = pattern.sub(MASK, text)
    return _FORM.sub(rf"\1{MASK}", text) if "=" in text else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """An http or https URL in the parts that a client needs. ``target`` is path and query (RFC 9112 section 3.2.1)."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def subject(self) -> str:
        """Name the place as observations do."""
        return f"{self.bracketed}:{self.port}"

    @property
    def bracketed(self) -> str:
        """The host as it stands in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """The value of the Host header: without the port where it is the scheme's own."""
        usual = {"http": 80, "https": 443}[self.scheme]
        return self.bracketed if self.port == usual else self.subject


def read_url(url: str) -> Url:
    """Take a URL apart.

    :raises ValueError: it is no http or https URL, or names a user.
    """
    parts = urlsplit(url)
    port = parts.port
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError(f"expected http(s)://host[:port]/path, found {shown_url(url)}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise ValueError(f"a URL holds printable ASCII without spaces, found {shown_url(url)}")
    usual = 443 if parts.scheme == "https" else 80
    return Url(scheme=parts.scheme, host=parts.hostname.rstrip("."), port=port or usual, target=target)


def shown_url(url: str) -> str:
    """Return ``url`` as it may be on record: no user, no fragment, no value of a secret field."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return mask(urlunsplit((parts.scheme, place, parts.path, parts.query, "")))


def query(url: str) -> dict[str, str]:
    """Return the fields of a URL's query; the last of a repeated one."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def request(method: str, url: Url, headers: Iterable[tuple[str, str]], body: bytes, *, keep: bool = False) -> bytes:
    """Make the bytes of one request, on a connection that ends with it unless it is to ``keep``.

    :raises ValueError: a header is none that HTTP allows.
    """
    import h11

    fields = [("Host", url.authority), *([] if keep else [("Connection", "close")]), *headers]
    if body or method not in {"GET", "HEAD"}:
        fields.append(("Content-Length", str(len(body))))
    connection = h11.Connection(h11.CLIENT)
    try:
        head = connection.send(h11.Request(method=method, target=url.target, headers=fields))
        data = connection.send(h11.Data(data=body)) if body else b""
        return (head or b"") + (data or b"") + (connection.send(h11.EndOfMessage()) or b"")
    except h11.LocalProtocolError as error:
        # h11 quotes the value, which may be the secret.
        raise ValueError(f"a part of the request is not allowed in HTTP ({type(error).__name__})") from None


@dataclass(slots=True)
class Reply:
    """A reply; headers have lower-case names, in the order received."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class Replies:
    """A reader of one reply: bytes in, the whole reply out."""

    def __init__(self, method: str, *, most: int = LARGEST_BODY) -> None:
        """Expect the reply to a request by ``method`` whose body has at most ``most`` bytes."""
        import h11

        self._most = most
        self._interim = 0
        self._reply: Reply | None = None
        self._first = b""
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        # The reader only needs to know which request is answered: the sending half is :func:`request`.
        for event in (h11.Request(method=method, target="/", headers=[("Host", "x")]), h11.EndOfMessage()):
            self._connection.send(event)

    def feed(self, data: bytes) -> None:
        """Take what arrived; nothing at all is the end of the connection."""
        self._first = self._first or data[:80]
        self._connection.receive_data(data)

    def next(self) -> Reply | None:
        """Return the reply once it is whole, or None until more arrives.

        :raises Malformed: what arrived is no HTTP.
        :raises LineTooLong: the head or the body goes beyond every sensible bound.
        :raises EOFError: the connection ended before the reply did.
        """
        import h11

        if not self._first.startswith(_OPENING[: len(self._first)]):
            raise Malformed(self._first)  # said at once: a mail server would wait for more
        try:
            while True:
                event = self._connection.next_event()
                if event is h11.NEED_DATA:
                    return None
                if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                    raise EOFError
                if self._take(cast("h11.Event", event)):
                    return self._reply
        except h11.RemoteProtocolError as error:
            if self._connection.trailing_data[1]:
                raise EOFError from None
            if error.error_status_hint == 431:  # noqa: PLR2004  h11's hint for too large a head (RFC 6585 section 5)
                raise LineTooLong(f"a head of more than {LARGEST_HEAD} bytes") from None
            raise Malformed(self._connection.trailing_data[0][:80] or self._first) from None

    def _take(self, event: h11.Event) -> bool:
        """Take one event; return whether the reply is whole."""
        import h11

        if isinstance(event, h11.InformationalResponse):
            self._interim += 1
            if self._interim > MOST_INTERIM:
                raise LineTooLong(f"more than {MOST_INTERIM} interim replies")
        elif isinstance(event, h11.Response):
            fields = [(key.decode("ascii"), value.decode("latin-1")) for key, value in event.headers]
            self._reply = Reply(event.status_code, tuple(fields[:MOST_HEADERS]))
        elif isinstance(event, h11.Data) and self._reply is not None:
            self._reply.body += event.data
            if len(self._reply.body) > self._most:
                raise LineTooLong(f"a body of more than {self._most} bytes")
        return isinstance(event, h11.EndOfMessage)
