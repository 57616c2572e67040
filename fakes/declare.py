"""What a world consists of: the closed set of words in which a scenario describes servers, accounts and the path.

These classes are the schema of a scenario's ``world:`` section: a key that is not here does not exist. They hold no
behaviour; :mod:`fakes.world` and the stages bring them to life. A default is the healthy value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fakes.organisation import FORBID, Application, Entra, Mailbox, Session, Tenant, Token

__all__ = [
    "Application", "Certificate", "Client", "Declaration", "Entra", "Firewall", "Hop", "Intercept", "Mailbox", "Names",
    "Router", "Service", "Session", "Tenant", "Token",
]  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Certificate:
    """The certificate of a service, by its difference from a right one."""

    __pydantic_config__ = FORBID

    names: tuple[str, ...] = ()
    """Empty: the service's own host name."""
    expired_days_ago: int | None = None
    valid_from_in_days: int | None = None
    """Positive: not valid yet."""
    issuer: Literal["public", "private", "self"] = "public"
    """``private``: a CA that nobody trusts unless the client's ``trusts`` says so; ``self``: self-signed."""
    send_intermediate: bool = True
    """False: the intermediate certificate is left out of the handshake."""
    weak_key: bool = False
    """True: RSA with 1,024 bits, which OpenSSL has refused since its security level 2 is the default."""
    for_clients: bool = False
    """True: it was issued for signing in as a client, and not for a server."""
    weak_signature: bool = False
    """True: signed with SHA-1, for which collisions are made since 2017."""


@dataclass(slots=True, kw_only=True)
class Says:
    """What a server was heard to say, in place of what its personality would; how a recorded case speaks.

    Texts are replies without the tag of IMAP, such as ``NO AUTHENTICATE failed.`` or ``535 5.7.3 ...``.
    """

    __pydantic_config__ = FORBID

    greeting: str | None = None
    """The whole first line. A session goes on after one that lets the client in, and ends after any other."""
    capabilities: tuple[str, ...] | None = None
    """The words announced, without mechanisms and STARTTLS, which have keys of their own."""
    listing: str | None = None
    """The refusal of CAPABILITY, CAPA or EHLO."""
    start_tls: str | None = None
    sign_in: str | None = None
    challenge: str | None = None
    """The error challenge, decoded, that comes before a refused ``sign_in`` (RFC 7628 section 3.2.2)."""
    mailbox: str | None = None
    """The refusal of the mailbox (EXAMINE, STAT) or of the sender (MAIL FROM)."""
    stops_at: Literal["capabilities", "sign-in", "mailbox"] | None = None
    """The command that is not answered any more."""
    stops_by: Literal["closing", "resetting", "silence"] = "closing"


@dataclass(slots=True, kw_only=True)
class ProxyPolicy:
    """What a proxy lets through, and how it refuses the rest."""

    __pydantic_config__ = FORBID

    ports: tuple[int, ...] = (443, 993, 995, 587)
    users: dict[str, str] = field(default_factory=dict)
    """Passwords by user; without any, everybody is served."""
    schemes: tuple[str, ...] = ('Basic realm="proxy"',)
    """Challenges of an HTTP proxy that has users."""
    product: Literal["squid", "tinyproxy"] = "squid"
    denies_by: Literal["refusal", "reset", "silence"] = "refusal"


@dataclass(slots=True, kw_only=True)
class Service:
    """One listening port of one host."""

    __pydantic_config__ = FORBID

    speaks: Literal["imap", "pop3", "smtp", "http", "http-proxy", "socks5-proxy"]
    like: str = "exchange_online_2026"
    """A file of :mod:`fakes.personalities`, without its ending."""
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    tls_versions: tuple[Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], ...] = ("TLSv1.2", "TLSv1.3")
    application_protocols: tuple[str, ...] | None = None
    """Those that it takes by ALPN (RFC 7301); None: HTTP/1.1 for a web site, and none for a mail server."""
    certificate: Certificate = field(default_factory=Certificate)
    mechanisms: tuple[str, ...] | None = None
    """SASL mechanisms offered; None: the personality's."""
    serves: Literal["nothing", "entra", "graph", "exchange-admin"] = "nothing"
    """The site that a service with ``speaks: http`` is."""
    proxy: ProxyPolicy = field(default_factory=ProxyPolicy)
    """For a service that is a proxy. What it passes on leaves the network behind every firewall of the path."""
    behaves: tuple[str, ...] = ()
    """Names of :mod:`fakes.behaviours`, applied in order."""
    says: Says | None = None
    down: bool = False
    """True: nothing listens on the port, so the host refuses connections."""


@dataclass(slots=True, kw_only=True)
class Intercept:
    """A device that ends TLS and begins it again with certificates of its own."""

    __pydantic_config__ = FORBID

    ports: tuple[int, ...]
    vendor: str = "unknown"
    """A table of fakes/data/vendors.toml."""
    trusted_by_os: bool = False
    trusted_by_programs: bool = False
    """True: somebody has put its CA into the list that programs bring along, too."""
    copies: tuple[Literal["pointers", "policies", "serial", "dates", "timestamps"], ...] = ()
    """What of the genuine certificate the forged one has besides the names and the subject, which it always has."""
    own_log: bool = False
    """True: the forged certificate has timestamps of a log that nobody knows."""
    one_key: bool = True
    """True: one key for every host, as most products have."""
    made_to_order: bool = False
    """True: it makes a certificate for whatever name the client asks for."""
    upstream: Literal["verifies", "accepts"] = "verifies"
    """``accepts``: it vouches for servers whose certificates it should have refused. ``verifies``: for those it signs
    with another CA where it has one (``doubts`` in vendors.toml), and ends the connection after the handshake."""
    tls_versions: tuple[Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], ...] = ("TLSv1.2", "TLSv1.3")
    application_protocols: Literal["ignores", "takes", "web"] = "ignores"
    """What it does where a client offers some by ALPN (RFC 7301): ``takes`` the one of the service behind it, or always
    HTTP/1.1, as gateways for the ``web`` do."""
    answers_first: bool = False
    """True: it answers a ClientHello by itself, and turns to the server only when its own handshake is complete."""
    slow_start: float = 0.0
    """Seconds that pass before it answers a ClientHello, since it asks others first."""


IcmpCode = Literal[
    "net-unreachable",
    "host-unreachable",
    "protocol-unreachable",
    "port-unreachable",
    "net-prohibited",
    "host-prohibited",
    "admin-prohibited",
]
"""ICMP destination unreachable by its code: 0, 1, 2, 3, 9, 10 and 13 (RFC 792, RFC 1812 section 5.2.7.1)."""


@dataclass(slots=True, kw_only=True)
class BlackHole:
    """A link that takes no packets above ``mtu`` bytes, IP header included, and says nothing of it (RFC 2923)."""

    __pydantic_config__ = FORBID

    ports: tuple[int, ...]
    mtu: int = 1280
    direction: Literal["both", "up", "down"] = "both"
    """``up`` is from the client to the server."""


@dataclass(slots=True, kw_only=True)
class Firewall:
    """One device on the path that treats ports in its own way. ``hosts`` narrows all of it; empty means every host."""

    __pydantic_config__ = FORBID

    hosts: tuple[str, ...] = ()
    drop: tuple[int, ...] = ()
    """Ports whose SYN is never answered."""
    refuse: tuple[int, ...] = ()
    """Ports refused with a RST."""
    prohibit: tuple[int, ...] = ()
    """Ports answered by ICMP administratively prohibited (EHOSTUNREACH to the client)."""
    reset: tuple[int, ...] = ()
    """Ports accepted and then reset before a byte is sent."""
    reset_hello: tuple[int, ...] = ()
    """Ports reset when the TLS ClientHello passes."""
    swallow: tuple[int, ...] = ()
    """Ports that are accepted and never answered."""
    strip_starttls: tuple[int, ...] = ()
    """Ports on which the STARTTLS capability is deleted from replies."""
    mask_starttls: tuple[int, ...] = ()
    """Ports on which capability and banner are overwritten, as Cisco's ESMTP inspection does."""
    refuse_starttls: tuple[int, ...] = ()
    """Ports on which the device refuses STARTTLS in the server's name, which never hears of it."""
    refuse_ehlo: tuple[int, ...] = ()
    """Ports on which the device does not know EHLO and says so in the server's name."""
    inject_plaintext: tuple[int, ...] = ()
    """Ports on which the device writes a line of its own behind the server's consent to STARTTLS."""
    block_page: tuple[int, ...] = ()
    """Ports on which the device answers in HTTP itself."""
    portal: tuple[int, ...] = ()
    """Ports on which the device answers as a captive portal does, with a redirection to its sign-in page."""
    web_proxy: tuple[int, ...] = ()
    """Ports that are led to a transparent HTTP proxy, which waits for a request and answers 400 to what is none."""
    relay: tuple[int, ...] = ()
    """Ports that are led to a transparent proxy: it accepts connections to any address, and makes others of its own."""
    icmp: dict[IcmpCode, tuple[int, ...]] = field(default_factory=dict)
    """Ports whose SYN is answered by this ICMP message."""
    reset_tls13: tuple[int, ...] = ()
    """Ports on which a ClientHello that offers TLS 1.3 is answered with a RST."""
    drop_hello: tuple[int, ...] = ()
    """Ports on which the packets of a TLS ClientHello are lost."""
    drop_large_hello: tuple[int, ...] = ()
    """Ports on which a ClientHello is lost unless it comes whole in one packet of at most 1,400 bytes."""
    refuse_large_hello: tuple[int, ...] = ()
    """Ports on which a large ClientHello is answered with the alert illegal_parameter by the device itself."""
    refuse_protocols: tuple[int, ...] = ()
    """Ports on which a ClientHello that offers application protocols is answered with no_application_protocol."""
    reset_names: tuple[str, ...] = ()
    """Server names for which a ClientHello is answered with a RST, on any port."""
    drop_names: tuple[str, ...] = ()
    """Server names for which the packets of a ClientHello are lost, on any port."""
    black_hole: BlackHole | None = None
    intercept: Intercept | None = None


@dataclass(slots=True, kw_only=True)
class Router:
    """A device that only forwards. It matters for what a traceroute sees, and for how long packets take."""

    __pydantic_config__ = FORBID

    name: str | None = None
    delay_ms: int = 0
    """Milliseconds that the link behind it adds to a round trip."""
    jitter_ms: int = 0
    """Milliseconds by which a round trip may be longer at random."""
    loss_percent: int = 0
    """Of a hundred packets, how many it loses at random; on loopback there are no packets to lose."""


@dataclass(slots=True, kw_only=True)
class Hop:
    """One element of the path, from the client outwards; exactly one key is given."""

    __pydantic_config__ = FORBID

    router: Router | None = None
    firewall: Firewall | None = None


@dataclass(slots=True, kw_only=True)
class Names:
    """What the name server answers for one name; several kinds may be given."""

    __pydantic_config__ = FORBID

    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    cname: str | None = None
    mx: tuple[str, ...] = ()
    """Such as ``10 mail.example``."""
    srv: tuple[str, ...] = ()
    """Such as ``0 1 993 mail.example``."""
    txt: tuple[str, ...] = ()
    answer: Literal["normal", "nxdomain", "servfail", "refused", "silent", "garbage"] = "normal"


@dataclass(slots=True, kw_only=True)
class Client:
    """The computer at which the person sits."""

    __pydantic_config__ = FORBID

    ipv6: bool = True
    """False: the computer has no IPv6 at all."""
    trusts: tuple[str, ...] = ()
    """CAs added to the operating system's store: ``private`` or a vendor of the interception table."""
    clock_off_by: int = 0
    """Seconds by which the client's clock is ahead (negative: behind). The world's own time is shifted instead."""
    tls_versions: tuple[Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], ...] = ("TLSv1.2", "TLSv1.3")
    """What its TLS library is allowed to speak: the first and the last count."""
    old_roots: bool = False
    """True: the list of roots that its programs bring along is older than the public CA; the system's own is not."""
    log_list_age: int = 3
    """Days since the list of Certificate Transparency logs was made by which timestamps are judged."""
    log_list_has_log: bool = True
    """False: the list is older than the log that this world's certificates are in."""
    hosts_file: dict[str, str] = field(default_factory=dict)
    cannot_resolve: tuple[str, ...] = ()
    """Names that the operating system does not resolve, whatever the name server says."""


@dataclass(slots=True, kw_only=True)
class Declaration:
    """A whole world."""

    __pydantic_config__ = FORBID

    mailbox: Mailbox
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    """Further mailboxes by a name of the scenario's own."""
    tenant: Tenant = field(default_factory=Tenant)
    application: Application = field(default_factory=Application)
    entra: Entra = field(default_factory=Entra)
    token: Token | None = None
    """What the client holds; None: it signs in by password."""
    session: Session = field(default_factory=Session)
    """The earlier sign-in of which it holds the refresh token, where a check begins with that."""
    names: dict[str, Names] = field(default_factory=dict)
    altered: dict[str, Names] = field(default_factory=dict)
    """What the name server of the client's network says instead of ``names``; a second one outside tells the truth."""
    invented: str | None = None
    """The address that this name server has for every name that does not exist."""
    services: dict[str, Service] = field(default_factory=dict)
    """By ``host:port``."""
    public_ca: Literal["digicert", "google", "letsencrypt"] = "digicert"
    """Who issues the certificates of this world's services: a table of fakes/data/public_cas.toml."""
    private_ca: str | None = None
    """The common name of the CA behind ``issuer: private``; None: it has none, only an organisation."""
    path: tuple[Hop, ...] = ()
    dead_addresses: tuple[str, ...] = ()
    """Addresses to which every packet is lost."""
    client: Client = field(default_factory=Client)
