"""The clouds of Microsoft 365, from ``diag/data/clouds.toml``: which hosts and which resource belong together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud, with a sign-in service and mail hosts of its own. Hosts are in lower case."""

    name: str
    instance: str
    """As the sign-in service names it (``cloud_instance_name``)."""
    sign_in: tuple[str, ...]
    """The sign-in service by each of its names, the usual one first."""
    page: tuple[str, ...]
    """Further hosts without which a person cannot sign in."""
    mail: tuple[str, ...]
    resource: str
    """What the scopes of a user's token begin with."""
    by_app: str
    """What the scope of an application's own token begins with."""

    @property
    def authority(self) -> str:
        """Return the address of the sign-in service, without a tenant."""
        return f"https://{self.sign_in[0]}"


@cache
def clouds() -> tuple[Cloud, ...]:
    """Return every cloud; the first is the worldwide one."""
    import tomllib  # noqa: PLC0415  only where a host is looked up
    from importlib.resources import files  # noqa: PLC0415

    rows: list[dict[str, Any]] = tomllib.loads(files("diag.data").joinpath("clouds.toml").read_text("utf-8"))["cloud"]
    return tuple(Cloud(**{name: _frozen(value) for name, value in row.items()}) for row in rows)


def _frozen(value: Any) -> Any:  # noqa: ANN401  what TOML holds
    return tuple(value) if isinstance(value, list) else value


def of_sign_in(host: str) -> Cloud | None:
    """Return the cloud whose sign-in service ``host`` is."""
    return next((cloud for cloud in clouds() if host.lower() in cloud.sign_in), None)


def of_authority(url: str) -> Cloud | None:
    """Return the cloud of an authority such as ``https://login.microsoftonline.com/contoso.com``."""
    return of_sign_in(urlsplit(url).hostname or "")


def of_mail(host: str) -> Cloud | None:
    """Return the cloud whose Exchange Online serves mail at ``host``."""
    return next((cloud for cloud in clouds() if host.lower() in cloud.mail), None)


def of_instance(name: str) -> Cloud | None:
    """Return the cloud that the sign-in service calls ``name``."""
    return next((cloud for cloud in clouds() if name.lower() == cloud.instance), None)
