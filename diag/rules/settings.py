"""What is wrong in a mailbox definition, before anything is dialled: the set-up guide's tables and common mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from diag.model.finding import Finding
from diag.model.settings import Setting, authentication_of, encryption_of, is_host, protocol_of
from diag.model.target import DEFAULT_TLS, Protocol, Tls
from diag.rules.facts import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.model.settings import Section
    from diag.rules.facts import Facts, Seen

_RELAY = 25
"""The port between mail servers; clients submit on another (RFC 6409 section 3.1)."""


@cache
def table() -> dict[str, Any]:
    """Return the tables of ``hosts.toml``."""
    import tomllib  # noqa: PLC0415  only where a definition was read

    return tomllib.loads(files("diag.data").joinpath("hosts.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Half:
    """The lines of one half of a definition, by name."""

    section: Section
    lines: dict[str, Seen[Setting]]
    address: str

    def text(self, name: str) -> str:
        """Return what a line says."""
        return self.lines[name].action.value if name in self.lines else ""

    @property
    def protocol(self) -> Protocol:
        """What is spoken."""
        return protocol_of(self.text("protocol")) or (Protocol.SMTP if self.section == "sending" else Protocol.IMAP)

    @property
    def host(self) -> str:
        """The server as it would be looked up."""
        return self.text("server").strip().rstrip(".").lower()

    @property
    def port(self) -> int:
        """The port, 0 where the line is none."""
        text = self.text("port")
        return int(text) if text.isdecimal() else 0

    @property
    def tls(self) -> Tls | None:
        """When TLS is to begin; None where the setting leaves it to the port."""
        found = encryption_of(self.text("encryption"))
        return found.tls if found else None

    @property
    def expected_host(self) -> str:
        """The right name: of another cloud where the one given is very near to it, else the worldwide one."""
        right: list[str] = list(table()["right"][self.protocol.value])
        return next(iter(get_close_matches(self.host, right, n=1, cutoff=0.85)), right[0])

    @property
    def is_microsofts(self) -> bool:
        """Whether the mailbox is meant to be one of Microsoft 365."""
        hosts = [host for names in table()["right"].values() for host in names]
        ours = self.host.endswith(tuple(table()["belongs"]["endings"])) or self.host in hosts
        signs_in = self.text("authentication").casefold().startswith("ms")
        return ours or signs_in or bool(get_close_matches(self.host, hosts, n=1, cutoff=0.8))

    def finding(self, code: str, *names: str, subject: str | None = None, **values: Value) -> Finding:
        """Make a finding that rests on the lines called ``names``, about the endpoint unless ``subject`` is given."""
        seen = [self.lines[name] for name in names if name in self.lines]
        first = seen[0].action if seen else Setting(section=self.section, name="", value="")
        common: dict[str, Value] = {
            "section": self.section,
            "name": first.name,
            "value": first.value,
            "place": first.place,
            "protocol": LABELS[self.protocol],
            "host": self.host,
            "port": self.port,
        }
        evidence = tuple(item.number for item in seen)
        return Finding(
            code=code, subject=subject or f"{self.host}:{self.port}", evidence=evidence, values={**common, **values}
        )


def halves(facts: Facts) -> Iterator[Half]:
    """Yield the halves of the definition that was read, if one was."""
    by_section: dict[Section, dict[str, Seen[Setting]]] = {}
    for seen in facts.of(Setting):
        by_section.setdefault(seen.action.section, {})[seen.action.name] = seen
    for section, lines in by_section.items():
        yield Half(section, lines, facts.target.address)


def server_names(facts: Facts) -> Iterator[Finding]:
    """The server is not written as a host name, or it is the name of another."""
    for half in halves(facts):
        text = half.text("server")
        if not is_host(text.strip()):
            yield half.finding("settings/server-is-no-host", "server", expected=half.expected_host)
        elif text != text.strip():
            yield half.finding("settings/server-has-spaces", "server", trimmed=text.strip())
        elif half.is_microsofts and half.host not in table()["right"][half.protocol.value]:
            yield _wrong_server(half)


def _wrong_server(half: Half) -> Finding:
    others = [LABELS[Protocol(name)] for name, hosts in table()["right"].items() if half.host in hosts]
    why = table()["instead"].get(half.host, "")
    why = why or (f"It is the server for {' and '.join(others)}." if others else "Microsoft publishes no such server.")
    known = half.host in {host for names in table()["right"].values() for host in names}
    subject = None if known else half.host
    return half.finding("settings/wrong-server", "server", subject=subject, expected=half.expected_host, why=why)


def ports(facts: Facts) -> Iterator[Finding]:
    """The port is another protocol's, or no client's."""
    for half in halves(facts):
        expected = table()["ports"][half.protocol.value]
        usual = DEFAULT_TLS.get((half.protocol, half.port))
        if half.port == expected or _mismatch(half):
            continue
        if half.protocol is Protocol.SMTP and (half.is_microsofts or half.port == _RELAY):
            yield half.finding("settings/submission-port", "port", expected=expected)
        elif half.protocol is not Protocol.SMTP and (half.is_microsofts or (usual is None and _is_anothers(half))):
            yield half.finding("settings/receiving-port", "port", expected=expected)


def _is_anothers(half: Half) -> bool:
    return any(port == half.port for _, port in DEFAULT_TLS)


def _mismatch(half: Half) -> bool:
    """Tell whether TLS is to begin otherwise than it does on the port, which is one of the protocol's own."""
    usual = DEFAULT_TLS.get((half.protocol, half.port))
    refused = half.is_microsofts and half.port != table()["ports"][half.protocol.value]
    return half.tls in {Tls.IMPLICIT, Tls.STARTTLS} and usual is not None and half.tls is not usual and not refused


def encryption(facts: Facts) -> Iterator[Finding]:
    """TLS is left out, too old, or begins otherwise than it does on the port."""
    for half in halves(facts):
        found = encryption_of(half.text("encryption"))
        if found and found.too_old:
            yield half.finding("settings/tls-too-old", "encryption")
        if half.tls is Tls.NONE:
            yield half.finding("settings/unencrypted", "encryption")
        if _mismatch(half):
            wanted = half.tls or Tls.IMPLICIT
            fitting = table()["ports"][half.protocol.value]
            right = DEFAULT_TLS[half.protocol, fitting]
            words = {Tls.IMPLICIT: "TLS from the first byte", Tls.STARTTLS: "STARTTLS", Tls.NONE: "none"}
            yield half.finding(
                "settings/encryption-does-not-fit-port", "encryption", "port", expected=fitting,
                wanted=words[wanted], usual=words[DEFAULT_TLS[half.protocol, half.port]], right=words[right],
            )  # fmt: skip


def sign_ins(facts: Facts) -> Iterator[Finding]:
    """The sign-in is not the one that Microsoft 365 takes."""
    for half in halves(facts):
        if half.is_microsofts and authentication_of(half.text("authentication")) == "basic":
            yield half.finding("settings/basic-authentication", "authentication")
        user = half.text("user")
        local, _, domain = user.partition("@")
        whole = local and "." in domain and user == user.strip() and user.count("@") == 1 and " " not in user
        if half.is_microsofts and not whole:
            yield half.finding("settings/user-is-no-address", "user", subject=half.address)


def sending_accounts(facts: Facts) -> Iterator[Finding]:
    """Mail is to be sent by, or as, another account than the one that signs in."""
    found = {half.section: half for half in halves(facts)}
    sending, receiving = found.get("sending"), found.get("receiving")
    if sending is None:
        return
    signed_in = (receiving or sending).text("user").strip()
    for name in ("user", "sender"):
        other = sending.text(name).strip()
        if "@" in signed_in and other and other.casefold() != signed_in.casefold():
            yield sending.finding("settings/sends-as-another", name, signed_in=signed_in, other=other)
            return
