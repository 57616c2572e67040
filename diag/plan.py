"""What is going to be measured: the endpoints of the mailbox, and which probe applies to which of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from diag import clouds
from diag.model.settings import authentication_of
from diag.model.target import DEFAULT_TLS, Credential, Endpoint, Protocol, Target, Tls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.settings import Setting
    from diag.probes.discover import Discovery
    from diag.probes.probe import Probe
    from diag.probes.run import SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for. Without ``endpoints`` and ``provider`` they are found by DNS."""

    address: str
    provider: str | None = None
    endpoints: tuple[Endpoint, ...] = ()
    protocols: tuple[Protocol, ...] = ()
    """Only these; empty means all that are found."""
    sign_in_anyway: bool = False
    notes: tuple[str, ...] = field(default=())
    lines: tuple[Setting, ...] = ()
    """The mailbox definition that the endpoints come from, if they do."""
    only_tenant: bool = False
    """True: nothing but the tenant is asked, and no endpoint is dialled."""

    @property
    def domain(self) -> str:
        """The part of the address behind the last @."""
        return self.address.rpartition("@")[2]

    @property
    def needs_discovery(self) -> bool:
        """Whether DNS has to be asked where the mail is."""
        return not (self.endpoints or self.provider or self.lines or self.only_tenant)


@cache
def providers() -> dict[str, dict[str, Any]]:
    """Return the known providers from ``diag/data/providers.toml``."""
    import tomllib  # noqa: PLC0415  only where a preset is needed
    from importlib.resources import files  # noqa: PLC0415

    return tomllib.loads(files("diag.data").joinpath("providers.toml").read_text("utf-8"))


def make_target(request: Request, sign_in: SignIn, discovery: Discovery | None = None) -> Target:
    """Decide on the provider and the endpoints: options before a preset, a preset before what DNS says."""
    provider, endpoints = ("microsoft365", ()) if request.only_tenant else _choose(request, sign_in, discovery)
    wanted = request.protocols
    if wanted:
        endpoints = tuple(item for item in endpoints if item.protocol in wanted or item.protocol is Protocol.HTTPS)
    credential = Credential.PASSWORD if sign_in.password else Credential.TOKEN if sign_in.given else Credential.NONE
    return Target(
        address=request.address,
        user=sign_in.user,
        provider=provider,
        endpoints=endpoints,
        credential=credential,
        sign_in_anyway=request.sign_in_anyway,
        protocols=() if any(item.protocol is not Protocol.HTTPS for item in endpoints) else wanted,
        notes=request.notes,
    )


def _choose(request: Request, sign_in: SignIn, discovery: Discovery | None) -> tuple[str, tuple[Endpoint, ...]]:
    if request.endpoints:
        return request.provider or "custom", _with_sign_in(request.endpoints, request, sign_in)
    if request.provider:
        return request.provider, preset(request.provider)
    if discovery is None or discovery.endpoints:
        return "custom", _with_sign_in(discovery.endpoints, request, sign_in) if discovery else ()
    return _recognise(discovery)


def _with_sign_in(endpoints: tuple[Endpoint, ...], request: Request, sign_in: SignIn) -> tuple[Endpoint, ...]:
    """Add the sign-in services of the clouds whose Exchange Online is named, unless a password is to be used."""
    basic = any(line.name == "authentication" and authentication_of(line.value) == "basic" for line in request.lines)
    if sign_in.password or basic or any(item.protocol is Protocol.HTTPS for item in endpoints):
        return endpoints
    named = dict.fromkeys(cloud for item in endpoints if (cloud := clouds.of_mail(item.host)))
    services = (
        endpoint_at(Protocol.HTTPS, cloud.sign_in[0], 443, source=f"sign-in of {cloud.name}") for cloud in named
    )
    return (*endpoints, *services)


def _recognise(discovery: Discovery) -> tuple[str, tuple[Endpoint, ...]]:
    """Tell a known provider by where the domain takes its mail or keeps its settings."""
    for name, facts in providers().items():
        if any(host.endswith(tuple(facts["mx"])) for host in discovery.mx):
            return name, preset(name, "MX")
        if any(host in facts["autodiscover"] for host in discovery.autodiscover):
            return name, preset(name, "autodiscover")
    return "custom", ()


def endpoint_at(protocol: Protocol, host: str, port: int, tls: str | None = None, source: str = "option") -> Endpoint:
    """Make an endpoint; the port says how TLS begins unless ``tls`` does."""
    usual = DEFAULT_TLS.get((protocol, port), Tls.STARTTLS if protocol is Protocol.SMTP else Tls.IMPLICIT)
    return Endpoint(protocol=protocol, host=host, port=port, tls=Tls(tls) if tls else usual, source=source)


def preset(name: str, because: str = "preset") -> tuple[Endpoint, ...]:
    """Return the endpoints of a known provider, marked with how they were chosen.

    :raises KeyError: no such provider.
    """
    return tuple(
        Endpoint(
            protocol=Protocol(entry["protocol"]),
            host=entry["host"],
            port=entry["port"],
            tls=Tls(entry["tls"]),
            source=f"{because} {name}",
        )
        for entry in providers().get(name, {}).get("endpoints", ())
    )


def steps(target: Target, probes: Iterable[Probe]) -> list[tuple[Probe, Endpoint]]:
    """Return each probe with each endpoint that its question makes sense for."""
    return [(probe, endpoint) for endpoint in target.endpoints for probe in probes if probe.applies(endpoint)]
