"""``maildiag scenario serve``: a world that stays up, and what to type into a mail client or a browser to use it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scenarios.build import Emulated
    from scenarios.model import Case


async def serve_world(case: Case) -> None:
    """Keep the world of ``case`` up until Ctrl-C, and show how to use it.

    :raises KeyboardInterrupt: it was pressed.
    """
    from scenarios.build import emulate
    from scenarios.served import with_proxy

    case = with_proxy(case)
    async with emulate(case) as world:
        with tempfile.TemporaryDirectory(prefix="maildiag-") as folder:
            _show(case, world, *_write_files(world, Path(folder)))
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            raise KeyboardInterrupt


def _write_files(world: Emulated, folder: Path) -> tuple[str, str]:
    """Write what a client needs as files: the CA to trust, and the token, readable by the user alone."""
    ca_file, token_file = folder / "ca.pem", folder / "token"
    ca_file.write_text(world.stage.world.public_roots(), encoding="ascii")
    if world.sign_in.token:
        token_file.touch(mode=0o600)
        token_file.write_text(world.sign_in.token.reveal(), encoding="ascii")
    return str(ca_file), str(token_file)


def _show(case: Case, world: Emulated, ca_file: str, token_file: str) -> None:
    from scenarios.served import PROXY

    box = case.declaration.mailbox
    click.echo(case.parts.story.strip())
    click.echo()
    for place, service in case.declaration.services.items():
        address, real = _real(world, place)
        if place != PROXY:
            serves = "" if service.serves == "nothing" else f"  ({service.serves})"
            click.echo(f"{service.speaks.upper():5} {place:36} is at {address}:{real}  TLS: {service.tls}{serves}")
    click.echo()
    click.echo(f"user      {box.upn or box.address}")
    click.echo(f"password  {box.password}   (an invented account's)")
    if world.sign_in.token:
        click.echo(f"token     in {token_file}")
    click.echo(f"CA        {ca_file}")
    _show_proxy(world)
    _show_sign_in(case)
    _show_curl(case, world, ca_file, token_file)
    click.echo("\nRunning; Ctrl-C ends it.")
    sys.stdout.flush()


def _show_proxy(world: Emulated) -> None:
    from scenarios.served import PROXY

    address, real = _real(world, PROXY)
    click.echo(f"proxy     http://{address}:{real}   (HTTP CONNECT; every host above by its name, past the firewalls)")


def _show_sign_in(case: Case) -> None:
    """Say what an application that signs its user in has to know."""
    from scenarios.served import sign_in_place

    place = sign_in_place(case)
    if place is not None:
        tenant, app = case.declaration.tenant, case.declaration.application
        click.echo(f"authority https://{place.removesuffix(':443')}/{tenant.name}")
        click.echo(f"client id {app.client_id}   ({app.name}; redirect URI http://localhost, any port)")
        click.echo("code      123456   (of the authenticator app, where a second factor is asked for)")


def _show_curl(case: Case, world: Emulated, ca_file: str, token_file: str) -> None:
    box = case.declaration.mailbox
    for place, service in case.declaration.services.items():
        if service.speaks == "imap":
            address, real = _real(world, place)
            scheme = "imaps" if service.tls == "implicit" else "imap"
            by_token = f'--user {box.address} --oauth2-bearer "$(cat {token_file})"'
            secret = by_token if world.sign_in.token else f"--user '{box.address}:{box.password}'"
            click.echo("\nFor example:")
            click.echo(
                f"  curl --cacert {ca_file} --connect-to {place}:{address}:{real} {secret} {scheme}://{place}/INBOX"
            )
            return


def _real(world: Emulated, place: str) -> tuple[str, int]:
    """Say where a service of the world really listens; a port that is not reachable is shown as 0."""
    host, _, port = place.rpartition(":")
    for address in world.stage.world.addresses(host):
        with contextlib.suppress(OSError):
            return world.settings.dial(address, int(port))
    return "-", 0
