"""``maildiag scenario serve``: a world that keeps running, for mail clients and browsers of any kind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diag.cli.emulated import load_case
from diag.cli.serving import show

if TYPE_CHECKING:
    from scenarios.mail_world import MailWorld
    from scenarios.model import Case


_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  what is asked for, and not bound here
"""Addresses to listen at that nobody can connect to, and how this computer itself gets in then."""


@click.command(short_help="Keep a world running for any client.")
@click.argument("name")
@click.option("--listen", metavar="ADDRESS", help="Let other computers in, at this address of this one.")
@click.option("--public-address", metavar="NAME",
              help="What others call this computer, to be shown and written instead of --listen.")  # fmt: skip
@click.option("--first-port", type=click.IntRange(1, 65000), metavar="PORT",
              help="Number the services from this port on, in the order in which they are shown.")  # fmt: skip
@click.option("--folder", metavar="FOLDER", help="Put the CA, the token and settings.json here, and leave them there.")
def serve(
    name: str, listen: str | None, public_address: str | None, first_port: int | None, folder: str | None
) -> None:
    """Keep the world of the scenario NAME running, and show what to type into a mail client or a browser.

    Without options it is open to this computer alone, at any free ports. Ctrl-C ends it, or SIGTERM.
    """
    case = load_case(name)
    outside = (listen or "127.0.0.1", first_port or 0) if listen or first_port else None
    try:
        asyncio.run(_serve(case, outside, public_address or _EVERYWHERE.get(listen or ""), folder))
    except KeyboardInterrupt:
        pass
    except OSError as error:
        raise click.UsageError(f"cannot listen at {listen or '127.0.0.1'}: {error.strerror}") from None
    click.echo("stopped", err=True)


async def _serve(case: Case, outside: tuple[str, int] | None, shown: str | None, folder: str | None) -> None:
    from scenarios.doors import open_doors
    from scenarios.mail_world import MailWorld
    from scenarios.served import with_proxy

    if folder is not None:
        _forget(Path(folder))
    over = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    async with MailWorld(with_proxy(case)) as world, contextlib.AsyncExitStack() as stack:
        places = await stack.enter_async_context(open_doors(world, *outside)) if outside else world.places
        places = {place: (shown or address, port) for place, (address, port) in places.items()}
        files = world.ca_file.parent if folder is None else Path(folder)
        _write_files(world, places, files, everybody=folder is not None)
        show(world, places, files)
        await over.wait()


def _forget(folder: Path) -> None:
    """Remove the settings of a world that ran before, so that nobody who waits for this one takes them for its own.

    :raises click.UsageError: they cannot be removed.
    """
    try:
        (folder / "settings.json").unlink(missing_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from None


def _write_files(world: MailWorld, places: dict[str, tuple[str, int]], folder: Path, *, everybody: bool) -> None:
    """Write what a client needs: the CA to trust, the token, and where everything is.

    The token opens nothing but this world. In a folder of the user's choice ``everybody`` may read it, because who
    runs the client is often somebody else. The settings come last: whoever waits for them finds the others.

    :raises click.UsageError: the folder cannot be written.
    """
    texts = {
        "ca.pem": world.emulated.held.public,
        "token": world.token or "",
        "settings.json": json.dumps(_settings(world, places), indent=2) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            file = folder / name
            file.touch()
            file.chmod(0o644 if everybody else 0o600)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from None


def _settings(world: MailWorld, places: dict[str, tuple[str, int]]) -> dict[str, object]:
    from scenarios.served import PROXY, sign_in_place

    services = []
    for place, service in world.case.declaration.services.items():
        host, _, port = place.rpartition(":")
        address, real = places.get(place, (None, None))
        where = {"protocol": service.speaks, "host": host, "port": int(port), "tls": service.tls}
        services.append({**where, "address": address, "real_port": real})
    proxy, tenant = places.get(PROXY), world.case.declaration.tenant
    sign_in = sign_in_place(world.case)
    return {
        "scenario": world.case.name,
        "story": world.case.parts.story.strip(),
        "user": world.user,
        "password": world.password,
        "token": "token" if world.token else None,
        "ca": "ca.pem",
        "proxy": f"http://{proxy[0]}:{proxy[1]}" if proxy else None,
        "authority": f"https://{sign_in.removesuffix(':443')}/{tenant.name}" if sign_in else None,
        "client_id": world.case.declaration.application.client_id if sign_in else None,
        "services": services,
    }
