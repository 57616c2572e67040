"""An observation in words, on one line, safe to be shown anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import (
    Dialogue,
    DnsQuery,
    HttpExchange,
    NameTest,
    ProbeRun,
    ProxyTunnel,
    SystemLookup,
    TcpConnect,
    TlsHandshake,
    TlsOffer,
    Trial,
)
from diag.model.hops import TraceRoute
from diag.model.settings import Setting
from diag.model.signin import TenantDiscovery, TokenClaims, TokenGrant
from diag.model.tenant import ABOUT, RESOURCES, TenantRead
from diag.report import signin_words
from diag.report.answers import answer
from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.model.failure import Failure
    from diag.model.hops import Hop
    from diag.model.measurement import Observation

LONGEST = 300
_FAILURES = {
    "dns-nxdomain": "the name does not exist",
    "dns-no-data": "no record of this type",
    "dns-servfail": "the server failed (SERVFAIL)",
    "dns-refused": "the server refused (REFUSED)",
    "dns-timeout": "no answer",
    "dns-malformed": "an answer that cannot be read",
    "connect-timeout": "no answer to SYN",
    "connection-refused": "refused (RST)",
    "connection-reset": "reset by peer",
    "connection-closed": "closed by peer",
    "host-unreachable": "host unreachable",
    "network-unreachable": "network unreachable",
    "admin-prohibited": "administratively prohibited",
    "address-unavailable": "this computer has no address of this family",
    "proxy-refused": "the proxy does not pass it on",
    "proxy-authentication": "the proxy wants to know who asks",
    "read-timeout": "no answer",
    "tls-not-tls": "the answer is not TLS",
    "forbidden": "not permitted",
    "unavailable": "the service has no time",
    "withheld": "the credential was kept back",
    "interrupted": "interrupted",
    "max-time": "the time was over",
}
_SERVICES = {"graph": "Microsoft Graph", "exchange": "Exchange"}
_HOP = {"connected": "open at ", "refused": "refused by ", "unreachable": "unreachable, says ", "reset": "reset by ",
        "closed": "closed by ", "data": "answered by "}  # fmt: skip
_HELLO = {"time-exceeded": "gone as far as it may", "data": "answered", "not-sent": "not connected"}
_WAYS = {
    "wait": "saying nothing",
    "other-name": "for the name www.example.com",
    "large-hello": "with a large ClientHello",
    "large-hello-in-small-packets": "with a large ClientHello in small packets",
    "split-hello": "with a ClientHello in two parts",
    "small-hello": "with a small ClientHello",
    "small-packets": "with small packets",
    "usual": "the usual way again",
    "speak-first": "speaking first",
    "other-port": "at another port",
    "other-family": "over the other family of addresses",
}
_PURPOSES = {
    "greeting": "greeting",
    "capabilities": "capabilities",
    "starttls": "STARTTLS",
    "sign-in": "sign-in",
    "inbox": "opening the inbox",
    "sender": "naming the sender",
    "goodbye": "goodbye",
}


def describe(item: Observation) -> str:
    """Say what was done and what was seen."""
    what, seen = _what(item), ""
    if item.failure is not None:
        seen = failed(item.failure, item)
    elif item.took is not None:
        seen = _success(item)
    took = f" [{_time(item.took)}]" if item.took is not None else ""
    return escape(f"{what}: {seen}" if seen else what, LONGEST) + took


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _what(item: Observation) -> str:
    match item.action:
        case DnsQuery() as action:
            return f"DNS {action.record_type} {action.name} at {action.server}"
        case SystemLookup() as action:
            return f"Address of {action.name} as applications get it"
        case TcpConnect() as action:
            to = "the proxy " if action.role == "proxy" else ""
            more = ", which nobody has" if action.role == "nowhere" else ""
            return f"TCP connection to {to}{item.subject} at {action.address}{more}"
        case ProxyTunnel() as action:
            return f"Proxy {action.proxy} asked for {action.target}"
        case TlsHandshake() | TlsOffer() | NameTest() as action:
            return _asked_of_tls(action, item.subject)
        case Trial() as action:
            where = action.port or (action.address if action.way == "other-family" else "")
            return f"Another try with {item.subject}, {_WAYS[action.way]}" + (f" ({where})" if where else "")
        case Dialogue() as action:
            how = f" by {action.mechanism}" if action.mechanism else ""
            return f"{action.protocol.upper()} {_PURPOSES[action.purpose]}{how} at {item.subject}"
        case HttpExchange() as action:
            return f"HTTP {action.method} {action.url}"
        case TenantDiscovery() | TokenGrant() | TokenClaims() as action:
            return signin_words.what(action)
        case TenantRead() as action:
            whose = RESOURCES.get(action.about, action.about)
            return f"Asked {_SERVICES[action.service]} for {ABOUT[action.asks]}" + (f" ({whose})" if whose else "")
        case TraceRoute() as action:
            hello = f"a ClientHello for {action.server_name} " if action.role.startswith("hello") else ""
            size = f"of {action.size} bytes " if action.size else ""
            return f"Hops {'of ' if hello else ''}{hello}{size}to {item.subject} at {action.address} port {action.port}"
        case Setting() as action:
            return f"{action.place}: {action.section}.{action.name} = {action.value!r}"
        case ProbeRun() as action:
            return f"Probe {action.probe} at {item.subject}"


def _asked_of_tls(action: TlsHandshake | TlsOffer | NameTest, subject: str) -> str:
    if isinstance(action, TlsOffer):
        protocols = f" with {' and '.join(action.protocols)}" if action.protocols else ""
        return f"Offer of {action.version} alone{protocols} to {subject}"
    more = ", a name that nobody can have" if isinstance(action, NameTest) else ""
    return f"TLS handshake with {subject} for {action.server_name}{more}"


def failed(failure: Failure, item: Observation) -> str:
    """Say how a step failed."""
    action = item.action
    if isinstance(action, Dialogue) and failure.code == "reply-refused":
        return f'refused with "{action.status} {action.text}"'
    if isinstance(action, TokenGrant) and failure.code == "reply-refused":
        return f'refused with "{action.description or action.error}"'
    if isinstance(action, TlsHandshake) and failure.code == "tls-certificate-rejected":
        leaf = action.chain[0] if action.chain else None
        shown = f"; {leaf.subject}, issued by {leaf.issuer}, {leaf.not_before} to {leaf.not_after}" if leaf else ""
        return f"certificate rejected, {failure.detail} (OpenSSL {failure.number}){shown}"
    if isinstance(action, TcpConnect) and failure.code == "connect-timeout":
        return f"no answer to SYN within {action.timeout:g} s"
    words = _FAILURES.get(failure.code, failure.code.replace("-", " "))
    return f"{words} ({failure.detail})" if failure.detail else words


def _hops(action: TraceRoute) -> str:
    """Write a trace as people know it: an asterisk where nothing answered; silence at the end is written once."""
    if action.not_measured:
        return f"not measured, {action.not_measured}"
    hello = action.role.startswith("hello")
    told = [f"{hop.ttl} {_of_hello(hop)}" if hello else f"{hop.ttl} {_HOP.get(hop.answer, '')}{hop.address or '*'}"
            for hop in action.hops]  # fmt: skip
    while len(told) > 1 and told[-1].endswith(" *") and told[-2].endswith(" *"):
        told.pop()
    return ", ".join(told)


def _of_hello(hop: Hop) -> str:
    """Write what a ClientHello met: the kernel tells no sender once a connection stands."""
    return _HELLO.get(hop.answer, hop.answer) if hop.answer != "silent" else "*"


def _success(item: Observation) -> str:
    match item.action:
        case DnsQuery() as action:
            return ", ".join(action.answers)
        case SystemLookup() as action:
            return ", ".join(action.addresses)
        case TcpConnect():
            return "open"
        case ProxyTunnel():
            return "passed on"
        case TraceRoute() as action:
            return _hops(action)
        case TlsHandshake() | TlsOffer() | NameTest() as action:
            return _answered_by_tls(action)
        case Trial() as action:
            return f"answered ({action.answer})"
        case Dialogue() as action:
            count = f", {action.messages} messages" if action.messages is not None else ""
            return f"{action.status or 'done'} {action.text or ''}".strip() + count
        case HttpExchange() as action:
            return f"{action.status} to {action.location}" if action.location else f"{action.status}"
        case TenantDiscovery() | TokenGrant() | TokenClaims() as action:
            return signin_words.seen(action)
        case TenantRead() as action:
            return answer(action)
    return "done"


def _answered_by_tls(action: TlsHandshake | TlsOffer | NameTest) -> str:
    if isinstance(action, TlsOffer):
        chosen = f" for {action.alpn}" if action.alpn is not None else ""
        taken = f"accepted, {action.cipher}{chosen}"
        return taken if action.accepted else f"refused ({action.alert or 'another version'})"
    if isinstance(action, NameTest):
        shown = "made for it" if action.matches else f"for {', '.join(action.names[:3])}"
        return f"a certificate {shown}, issued by {action.issuer}" if action.issuer else "no certificate"
    issuer = action.chain[0].issuer if action.chain else "nobody"
    return f"{action.version} {action.cipher}, certificate issued by {issuer}"
