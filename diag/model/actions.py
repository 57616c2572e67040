"""What a step intended and what it learnt: one flat record per kind of network operation.

Each record opens with the fields that are known before the step begins (required) and is completed with what is
learnt (optional), also when the step fails. They hold facts only; what the facts mean is for :mod:`diag.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from diag.model.hops import TraceRoute
from diag.model.settings import Setting
from diag.model.signin import TenantDiscovery, TokenClaims, TokenGrant
from diag.model.target import Protocol, Tls
from diag.model.tenant import TenantRead

FORBID = {"extra": "forbid"}


@dataclass(slots=True, kw_only=True)
class DnsQuery:
    """One question to one name server over UDP, or TCP after truncation (RFC 1035)."""

    __pydantic_config__ = FORBID

    kind: Literal["dns-query"] = "dns-query"
    name: str
    record_type: str
    server: str
    role: Literal["own", "second", "nonsense"] = "own"
    """Whose answer: of this computer's name server, of a second one to compare, or to a name that none can know."""
    rcode: str | None = None
    answers: tuple[str, ...] = ()
    """The record data in presentation form, of the type asked for, after CNAMEs."""
    aliases: tuple[str, ...] = ()
    """The CNAME chain, in order."""
    ttl: int | None = None
    """The lowest time to live of the answer, in seconds."""


@dataclass(slots=True, kw_only=True)
class SystemLookup:
    """What applications on this computer get for a name: getaddrinfo, with hosts file and search list."""

    __pydantic_config__ = FORBID

    kind: Literal["system-lookup"] = "system-lookup"
    name: str
    role: Literal["endpoint", "control"] = "endpoint"
    """Whether the name is under test, or only of something to compare with."""
    addresses: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class TcpConnect:
    """One TCP connection attempt to one address (RFC 9293)."""

    __pydantic_config__ = FORBID

    kind: Literal["tcp-connect"] = "tcp-connect"
    address: str
    port: int
    family: Literal["ipv4", "ipv6"]
    timeout: float
    """How long an answer was waited for, in seconds."""
    role: Literal["endpoint", "proxy", "control", "nowhere"] = "endpoint"
    """What the connection is for: the endpoint itself, the proxy on the way there, or a comparison with it.

    ``nowhere``: the address is one that nobody can have, so that whoever accepts it stands on the way.
    """
    segment: int | None = None
    """The largest segment that was asked for (TCP_MAXSEG), where that is less than usual."""
    late: float | None = None
    """Seconds after which the answer came all the same, where it came after the time allowed."""
    round_trip: float | None = None
    """Seconds from the SYN to its answer, as the kernel measured them (Linux)."""
    local_address: str | None = None
    errno_name: str | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    icmp_from: str | None = None
    """The device that sent the ICMP error, where the kernel tells (Linux error queue)."""


@dataclass(slots=True, kw_only=True)
class ProxyTunnel:
    """A proxy was asked to pass a connection on: HTTP CONNECT (RFC 9110 section 9.3.6) or SOCKS5 (RFC 1928)."""

    __pydantic_config__ = FORBID

    kind: Literal["proxy-tunnel"] = "proxy-tunnel"
    proxy: str
    """Its URL, without user and password."""
    target: str
    """``host:port`` as the proxy was told."""
    role: Literal["endpoint", "control"] = "endpoint"
    """Whether the endpoint is measured by way of this proxy, or only compared with it."""
    named_by: str = ""
    """The option or variable that names the proxy."""
    authenticated: bool = False
    """Whether a user was named to it."""
    status: int | None = None
    """The status of HTTP, or the reply of SOCKS5, where 0 is consent."""
    reason: str = ""
    product: str = ""
    """What the proxy calls itself (Server, or Via)."""
    via: str = ""
    error: str = ""
    """Squid's name of the error (X-Squid-Error)."""
    title: str = ""
    """The title of the page that came with a refusal."""
    schemes: tuple[str, ...] = ()
    """The ways to prove who asks that it offers."""


@dataclass(slots=True, kw_only=True)
class Certificate:
    """One certificate as sent by the peer, read without trusting it (RFC 5280)."""

    __pydantic_config__ = FORBID

    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    sha256: str
    spki_sha256: str
    names: tuple[str, ...] = ()
    """subjectAltName: DNS names and IP addresses."""
    is_ca: bool = False
    key: str = ""
    """Such as ``RSA 2048`` or ``EC secp256r1``."""
    signature: str = ""
    self_issued: bool = False
    key_usages: tuple[str, ...] = ()
    """Extended key usages by name or dotted number."""
    extensions: tuple[str, ...] = ()
    """Object identifiers of all extensions, in order."""
    aia_issuers: tuple[str, ...] = ()
    """caIssuers addresses: where the next certificate of the chain can be had."""
    ocsp: tuple[str, ...] = ()
    crl: tuple[str, ...] = ()
    scts: tuple[str, ...] = ()
    """Embedded signed certificate timestamps, as ``log-id-hex@time`` (RFC 6962 section 3.3)."""
    authority_key: str | None = None
    subject_key: str | None = None
    pem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreVerdict:
    """What one set of trusted roots says of the chain that was sent, judged without the network."""

    __pydantic_config__ = FORBID

    store: Literal["public", "system", "custom"]
    trusted: bool
    code: int = 0
    """OpenSSL's X509_V_ERR number, 0 where trusted."""
    text: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """One signed certificate timestamp of a leaf, judged by the list of logs at hand (RFC 6962 section 3.3)."""

    __pydantic_config__ = FORBID

    log_id: str
    log: str = ""
    """The log's name, empty where the list does not have it."""
    at: str = ""
    verdict: Literal["valid", "invalid", "unknown-log", "no-issuer"] = "unknown-log"
    """``no-issuer``: the issuer's certificate was not sent, so that the signature cannot be verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """What the kernel knows of a connection on which an answer is waited for in vain (TCP_INFO, Linux)."""

    __pydantic_config__ = FORBID

    unacknowledged: int
    """Packets sent and not acknowledged: lost on the way. Without any, somebody has taken all that was said."""
    retransmits: int
    not_sent: int = 0
    """Bytes that the far end does not make room for."""


@dataclass(slots=True, kw_only=True)
class Trial:
    """One try in another way than usual, on a connection of its own, to see what it is that fails."""

    __pydantic_config__ = FORBID

    kind: Literal["trial"] = "trial"
    way: Literal[
        "wait",
        "other-name",
        "large-hello",
        "large-hello-in-small-packets",
        "split-hello",
        "small-hello",
        "small-packets",
        "usual",
        "speak-first",
        "other-port",
        "other-family",
    ]
    server_name: str = ""
    address: str
    port: int | None = None
    """Where it was tried, if not at the port of the endpoint."""
    answer: str | None = None
    """``ServerHello``, ``handshake``, the name of an alert, the first words, or ``STARTTLS`` where TLS would begin."""
    greeting: str | None = None
    """The first words of whoever is there, where STARTTLS was asked for."""
    size: int | None = None
    """Bytes of the ClientHello."""
    stalled: Stalled | None = None


@dataclass(slots=True, kw_only=True)
class TlsHandshake:
    """One verified TLS handshake (RFC 8446, RFC 5246), with the chain as sent also when verification fails."""

    __pydantic_config__ = FORBID

    kind: Literal["tls-handshake"] = "tls-handshake"
    server_name: str
    address: str
    after_starttls: bool = False
    verified_against: tuple[str, ...] = ("public",)
    """The stores of the live verification: ``public`` always, ``custom`` where --cacert was given."""
    version: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    """None: no protocol is offered where a sign-in may follow, since a server may refuse one; see :class:`TlsOffer`."""
    chain: tuple[Certificate, ...] = ()
    stores: tuple[StoreVerdict, ...] = ()
    name_matches: bool | None = None
    """Whether the leaf is for ``server_name`` (RFC 9525)."""
    verify_code: int | None = None
    alert: str | None = None
    first_bytes: str | None = None
    """What came instead of TLS, escaped, at most 300 characters."""
    hello: str | None = None
    """The shape of the ServerHello: version, cipher suite, and the numbers of its extensions in order."""
    connect_took: float | None = None
    """Seconds that the TCP connection below took to open: one round trip to whoever answers."""
    stalled: Stalled | None = None
    """What had become of the ClientHello when nothing came back."""
    hello_took: float | None = None
    """Seconds from ClientHello to the first byte of the answer."""
    timestamps: tuple[Timestamp, ...] = ()
    """Of the leaf, in the order embedded."""
    log_list: str | None = None
    """The day of the list of logs by which they were judged."""
    offered: tuple[str, ...] = ()
    """The TLS versions that this client was ready to speak."""


@dataclass(slots=True, kw_only=True)
class TlsOffer:
    """One ClientHello of our own that offers a single version, independent of the local OpenSSL's policy."""

    __pydantic_config__ = FORBID

    kind: Literal["tls-offer"] = "tls-offer"
    server_name: str
    address: str
    version: Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
    protocols: tuple[str, ...] = ()
    """The application protocols that were offered with it (ALPN, RFC 7301): first the one that belongs there."""
    accepted: bool | None = None
    """None: nothing is known of the version, also where it may be the protocols that were refused."""
    alpn: str | None = None
    """The application protocol that was chosen."""
    cipher: str | None = None
    alert: str | None = None
    hello: str | None = None
    """The shape of the ServerHello, as in a handshake."""


@dataclass(slots=True, kw_only=True)
class NameTest:
    """A handshake for a name that nobody can have: an honest server shows the certificate that it has (RFC 6761)."""

    __pydantic_config__ = FORBID

    kind: Literal["name-test"] = "name-test"
    server_name: str
    """Invented for this test, below ``.invalid``."""
    address: str
    names: tuple[str, ...] = ()
    """For which the certificate is that was shown."""
    issuer: str | None = None
    matches: bool | None = None
    """Whether it is for the invented name: then it was made for us."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One command and its reply. ``sent`` is scrubbed; ``received`` is escaped and shortened."""

    __pydantic_config__ = FORBID

    sent: str | None = None
    """None where the server speaks first."""
    received: tuple[str, ...] = ()
    at: float = 0.0
    """Seconds from the beginning of the measurement."""


@dataclass(slots=True, kw_only=True)
class Dialogue:
    """A stretch of a mail protocol's conversation with one purpose."""

    __pydantic_config__ = FORBID

    kind: Literal["dialogue"] = "dialogue"
    protocol: Protocol
    tls: Tls
    """How the endpoint is protected; see ``encrypted`` for this moment."""
    purpose: Literal["greeting", "capabilities", "starttls", "sign-in", "inbox", "sender", "goodbye"]
    encrypted: bool
    exchanges: list[Exchange] = field(default_factory=list)
    capabilities: tuple[str, ...] = ()
    """As announced by CAPABILITY, CAPA or EHLO, upper-case."""
    mechanism: str | None = None
    """The SASL mechanism, or ``LOGIN`` and ``USER`` for the protocols' own commands."""
    status: str | None = None
    """The decisive word: ``OK``, ``NO``, ``BAD``, ``BYE``, ``+OK``, ``-ERR`` or a three-digit SMTP code."""
    text: str | None = None
    """The decisive sentence, without the status."""
    challenge: str | None = None
    """The decoded SASL error challenge (RFC 7628 section 3.2.2)."""
    stalled: Stalled | None = None
    """What had become of the last command when nothing came back."""
    messages: int | None = None
    """How many messages the inbox holds, once opened."""


@dataclass(slots=True, kw_only=True)
class HttpExchange:
    """One HTTP request and its reply (RFC 9110). A status that is no success is an answer, not a failure."""

    __pydantic_config__ = FORBID

    kind: Literal["http-exchange"] = "http-exchange"
    method: str
    url: str
    """Without the values of secret fields."""
    purpose: str = ""
    """What was asked for, in the words of whoever asked, such as ``openid-configuration``."""
    status: int | None = None
    date: str | None = None
    """The Date header as sent: the server's clock at ``answered``."""
    answered: float | None = None
    """When the reply was whole, in seconds from the beginning of the measurement."""
    server: str | None = None
    content_type: str | None = None
    location: str | None = None
    """Where a redirect leads, which is not followed; without the values of secret fields."""
    length: int | None = None
    """Bytes of the body."""
    excerpt: str | None = None
    """The beginning of the body, scrubbed and escaped; nothing of a body that holds tokens."""


@dataclass(slots=True, kw_only=True)
class ProbeRun:
    """A probe that ended by a defect of its own; its failure says which."""

    __pydantic_config__ = FORBID

    kind: Literal["probe-run"] = "probe-run"
    probe: str


Action = (
    DnsQuery
    | SystemLookup
    | TcpConnect
    | ProxyTunnel
    | TlsHandshake
    | TlsOffer
    | NameTest
    | Dialogue
    | HttpExchange
    | TenantDiscovery
    | TokenGrant
    | TokenClaims
    | TenantRead
    | TraceRoute
    | Trial
    | ProbeRun
    | Setting
)
