"""The pipeline on one screen: find out what to measure, measure it, judge what was seen."""

from __future__ import annotations

import asyncio
import os
import platform
import ssl
from typing import TYPE_CHECKING

from diag import __version__
from diag.model.failure import FailureCode
from diag.model.measurement import Measurement, Observation, Vantage
from diag.net.network import Network, Settings
from diag.plan import make_target, steps
from diag.probes import all_probes
from diag.probes.discover import discover
from diag.probes.run import Choices, Run
from diag.probes.tenant import tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.model.settings import Setting
    from diag.plan import Request
    from diag.probes.run import SignIn

CA_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY")


async def measure(
    request: Request,
    sign_in: SignIn,
    *,
    settings: Settings | None = None,
    choices: Choices | None = None,
    max_time: float | None = None,
    on_change: Callable[[Observation], None] | None = None,
) -> Measurement:
    """Measure the mailbox's whole path and return the record, complete or not.

    ``max_time`` is seconds for everything. When it is over, or when the task is cancelled (Ctrl-C), what was measured
    until then is returned with ``complete`` false, and the steps under way say why they ended.
    """
    settings = settings or Settings()
    measurement = Measurement(
        target=make_target(request, sign_in), vantage=vantage(settings), tool=f"maildiag {__version__}"
    )
    measurement.observations += as_read(request.lines, request.address)
    network = Network(settings, observations=measurement.observations, on_change=on_change)
    run = Run(network, measurement.target, sign_in, choices)
    try:
        async with asyncio.timeout(max_time):
            await _perform(run, request, measurement)
    except TimeoutError:
        network.cancelled_as = FailureCode.MAX_TIME
        measurement.complete = False
    except asyncio.CancelledError:
        measurement.complete = False
    finally:
        await run.close()
    measurement.vantage.interceptor_roots = await asyncio.to_thread(_interceptor_roots, settings)
    return measurement


def _interceptor_roots(settings: Settings) -> tuple[str, ...]:
    """Look for known interceptors among the roots of the operating system; after the measuring, since it costs CPU."""
    from diag.wire import products, x509  # noqa: PLC0415  see the docstring

    return products.installed(x509.read_certificate(der) for der in settings.trust.system_certificates())


async def _perform(run: Run, request: Request, measurement: Measurement) -> None:
    if request.needs_discovery:
        found = await run.once(discover, request.domain)
        run.target = measurement.target = make_target(request, run.sign_in, found)
    planned = steps(measurement.target, all_probes())
    address = measurement.target.address
    await asyncio.gather(
        run.perform("tenant", tenant, address, address),
        *(run.perform(probe.name, probe.measure, at, at.subject) for probe, at in planned),
    )


def as_read(lines: tuple[Setting, ...], address: str) -> list[Observation]:
    """Put the lines of a mailbox definition on record: they come before everything that is done with them."""
    return [Observation(number=number, subject=address, began=0.0, action=line) for number, line in enumerate(lines, 1)]


def vantage(settings: Settings) -> Vantage:
    """Describe where the measurement is made from."""
    servers = settings.name_servers
    return Vantage(
        host=platform.node(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        openssl=ssl.OPENSSL_VERSION,
        started=settings.clock.now().isoformat(timespec="milliseconds"),
        name_servers=tuple(str(server) for server in servers or ()),
        proxies=(
            *(f"{proxy.shown} ({proxy.source})" for proxy in settings.proxies.known),
            *([f"{settings.proxies.script.address} (PAC file)"] if settings.proxies.script else []),
            *(name for name in PROXY_VARIABLES if os.environ.get(name)),
        ),
        trust=settings.trust.describe(),
        ca_variables=tuple(name for name in CA_VARIABLES if os.environ.get(name)),
    )
