"""What ``maildiag scenario serve`` shows: what to type into a mail client or a browser to use a world that stays up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.mail_world import MailWorld
    from scenarios.model import Case

    Places = dict[str, tuple[str, int]]


def show(world: MailWorld, places: Places, folder: Path) -> None:
    """Show how to use ``world``, whose services are at ``places`` and whose files are in ``folder``."""
    from scenarios.served import PROXY

    box = world.case.declaration.mailbox
    click.echo(world.case.parts.story.strip())
    click.echo()
    for place, service in world.case.declaration.services.items():
        address, real = places.get(place, ("-", 0))
        if place != PROXY:
            serves = "" if service.serves == "nothing" else f"  ({service.serves})"
            click.echo(f"{service.speaks.upper():5} {place:36} is at {address}:{real}  TLS: {service.tls}{serves}")
    click.echo()
    click.echo(f"user      {box.upn or box.address}")
    click.echo(f"password  {box.password}   (an invented account's)")
    if world.token:
        click.echo(f"token     in {folder / 'token'}")
    click.echo(f"CA        {folder / 'ca.pem'}")
    click.echo(f"settings  in {folder / 'settings.json'}, for programs")
    address, real = places.get(PROXY, ("-", 0))
    click.echo(f"proxy     http://{address}:{real}   (HTTP CONNECT; every host above by its name, past the firewalls)")
    _show_sign_in(world.case)
    _show_curl(world, places, folder)
    click.echo("\nRunning; Ctrl-C ends it.")
    sys.stdout.flush()


def _show_sign_in(case: Case) -> None:
    """Say what an application that signs its user in has to know."""
    from scenarios.served import sign_in_place

    place = sign_in_place(case)
    if place is not None:
        tenant, app = case.declaration.tenant, case.declaration.application
        click.echo(f"authority https://{place.removesuffix(':443')}/{tenant.name}")
        click.echo(f"client id {app.client_id}   ({app.name}; redirect URI http://localhost, any port)")
        click.echo("code      123456   (of the authenticator app, where a second factor is asked for)")


def _show_curl(world: MailWorld, places: Places, folder: Path) -> None:
    """Show how curl reads the inbox, where there is an inbox to be reached."""
    for place, service in world.case.declaration.services.items():
        if service.speaks == "imap" and place in places:
            address, real = places[place]
            scheme = "imaps" if service.tls == "implicit" else "imap"
            by_token = f'--user {world.user} --oauth2-bearer "$(cat {folder / "token"})"'
            secret = by_token if world.token else f"--user '{world.user}:{world.password}'"
            trust, way = f"--cacert {folder / 'ca.pem'}", f"--connect-to {place}:{address}:{real}"
            click.echo(f"\nFor example:\n  curl {trust} {way} {secret} {scheme}://{place}/INBOX")
            return
