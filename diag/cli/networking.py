"""Options for the way out: proxies, name servers, families, trust; those of curl where curl has them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diag.cli.options import ADDRESS_PORT, CONNECT_TO, RESOLVE, SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.net.network import Settings
    from diag.net.proxy import Proxies

_OPTIONS = (
    click.option("--resolve", multiple=True, type=RESOLVE, metavar="HOST:PORT:ADDRESS", help="Use this address."),
    click.option("--connect-to", multiple=True, type=CONNECT_TO, metavar="HOST1:PORT1:HOST2:PORT2",
                 help="Connect to another host and port; the name in TLS stays."),
    click.option("--proxy", metavar="URL",
                 help="Go through this proxy: [http|socks5|socks5h]://[user:password@]host:port."),
    click.option("--noproxy", metavar="HOSTS", help="Hosts that are reached without a proxy, by commas; * for all."),
    click.option("--name-server", type=ADDRESS_PORT, metavar="ADDRESS[:PORT]", help="Ask this name server."),
    click.option("--cacert", metavar="FILE", type=click.Path(exists=True, dir_okay=False, readable=True),
                 help="Trust the CA certificates in this PEM file too."),
    click.option("-4", "--ipv4", "only_ipv4", is_flag=True, help="Use IPv4 addresses only."),
    click.option("-6", "--ipv6", "only_ipv6", is_flag=True, help="Use IPv6 addresses only."),
    click.option("--connect-timeout", type=SECONDS, metavar="SECONDS", help="For each connection.  [default: 5]"),
)  # fmt: skip
NAMES = ("resolve", "connect_to", "proxy", "noproxy", "name_server", "cacert", "only_ipv4", "only_ipv6",
         "connect_timeout")  # fmt: skip
"""What these options are called in Python."""


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for its way out."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def refuse_no_family(options: dict[str, Any]) -> None:
    """Stop where no family of addresses is left.

    :raises click.UsageError: both were excluded.
    """
    if options["only_ipv4"] and options["only_ipv6"]:
        message = "-4 and -6 exclude each other."
        raise click.UsageError(message)


def settings_with(settings: Settings, options: dict[str, Any]) -> Settings:
    """Lay the options over the settings of the network: what a scenario says holds unless an option says otherwise."""
    changes: dict[str, Any] = {"trace_by": options["trace"]}
    if options["only_ipv4"] or options["only_ipv6"]:
        changes["families"] = ("ipv4",) if options["only_ipv4"] else ("ipv6",)
    if options["connect_timeout"]:
        changes["connect_timeout"] = options["connect_timeout"]
    if options["cacert"]:
        changes["trust"] = replace(settings.trust, custom=_cacert(options["cacert"]))
    if options["proxy"] or options["noproxy"] or not options["case"]:
        changes["proxies"] = _proxies(options["proxy"], options["noproxy"], settings.proxies)
    if options["name_server"]:
        from diag.net.resolver import NameServer  # noqa: PLC0415  only where a network is used

        host, port = options["name_server"]
        changes["name_servers"] = (NameServer(host, port or 53),)
    if options["second_name_server"]:
        from diag.net.resolver import NameServer  # noqa: PLC0415  only where a network is used

        host, port = options["second_name_server"]
        changes["second_name_server"] = NameServer(host, port or 53)
    return replace(settings, **changes)


def _proxies(url: str | None, noproxy: str | None, given: Proxies) -> Proxies:
    """Choose the proxies: the option's, or else those of the environment, or of the world where there is one."""
    from diag.net.proxy import exemptions, from_environment, read_proxy  # noqa: PLC0415  only where a network is used

    try:
        found = replace(given, everything=read_proxy(url), web=None) if url else given
    except ValueError as error:
        message = f"--proxy: {error}"
        raise click.UsageError(message) from None
    if not found.known:
        found = from_environment(os.environ)
    if not found.known:
        found = _of_this_computer(found)
    return replace(found, exempt=exemptions(noproxy)) if noproxy is not None else found


def _of_this_computer(found: Proxies) -> Proxies:
    """Return the proxies of Windows' Internet Options, or ``found`` where nothing is set there."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  only where a network is used

    from diag.net import internet_settings  # noqa: PLC0415  only where a network is used
    from diag.net.classify import StepFailed  # noqa: PLC0415  only where a network is used
    from diag.net.network import Network, Settings  # noqa: PLC0415  only where a network is used

    given = internet_settings.of_this_computer()
    script = None
    if given.script:
        try:
            # On an event loop of its own: one is running here already.
            with ThreadPoolExecutor(1) as pool:
                text = pool.submit(
                    lambda: asyncio.run(internet_settings.read_script(Network(Settings()), given.script))
                ).result()
            script = internet_settings.compiled(given.script, text)
        except ImportError:
            missing = "to follow it install maildiag[pac], or name its proxy with --proxy"
            click.echo(f"Internet Options name the PAC file {given.script}; {missing}.", err=True)
        except (OSError, StepFailed, ValueError) as error:
            click.echo(f"The PAC file {given.script} of Internet Options cannot be used: {error}.", err=True)
    named = internet_settings.proxies(given, script)
    return replace(named, exempt=(*named.exempt, *found.exempt)) if named.known or script else found


def _cacert(name: str) -> str:
    """Read a PEM file of CA certificates, and make sure that OpenSSL takes it."""
    import ssl  # noqa: PLC0415  only where a network is used

    try:
        text = Path(name).read_text(encoding="ascii", errors="replace")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else error
        message = f"--cacert {name}: expected CA certificates in PEM form (-----BEGIN CERTIFICATE-----): {reason}"
        raise click.UsageError(message) from None
    return text
