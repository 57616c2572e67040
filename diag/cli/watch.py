"""``maildiag watch``: the check again and again, told when something changes and shown to Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diag.cli import INTERRUPTED
from diag.cli.check import FOR_ONE, check, measured, refuse_contradictions, with_defaults
from diag.cli.options import SECONDS
from diag.cli.output import EXIT_CODES
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from diag.model.verdict import State, Verdict
    from diag.report.metrics import Board

_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})\Z")
EVERY = 300.0
LARGEST_PORT = 65535
LONGEST = 1000
"""Characters of a line."""
T = TypeVar("T")


def _listen(_: click.Context, __: click.Parameter, value: str) -> tuple[str, int]:
    """Split ``HOST:PORT``, where port 0 means any that is free."""
    found = _LISTEN.match(value)
    if not found or int(found[3]) > LARGEST_PORT:
        message = f"{value!r}: expected HOST:PORT, such as 127.0.0.1:9993, with an IPv6 address in brackets"
        raise click.BadParameter(message)
    return found[1] or found[2], int(found[3])


@click.command()
@click.option("--every", type=SECONDS, default=EVERY, show_default=True, metavar="SECONDS",
              help="Begin a check so often; one that takes longer delays the next.")  # fmt: skip
@click.option("--times", type=click.IntRange(min=1), metavar="NUMBER", help="End after so many checks.")
@click.option("--listen", default="127.0.0.1:9993", show_default=True, callback=_listen, metavar="HOST:PORT",
              help="Serve the metrics here, at /metrics.")  # fmt: skip
@click.option("--no-metrics", is_flag=True, help="Serve none: only tell what changes.")
def watch(
    address: str | None, every: float, times: int | None, listen: tuple[str, int], no_metrics: bool, **options: Any
) -> None:
    """Check the mailbox ADDRESS again and again, and tell each time that the outcome changes.

    The options are those of 'maildiag check', and a token is read anew each time. What the last check found is served
    for Prometheus: the state, each cause, each stage with its time, and when certificates and the token end. After
    --times checks the exit code is that of the last one.
    """
    options = with_defaults(options)
    _refuse(address, options)
    from diag.report.metrics import Board  # noqa: PLC0415  the arguments are known to be right

    board = Board()
    with contextlib.nullcontext() if no_metrics else _serving(board, listen):
        try:
            state = asyncio.run(_watch(address, options, board, every=every, times=times))
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
    sys.exit(0 if state is None else EXIT_CODES[state])


watch.params = [
    *(parameter for parameter in check.params if parameter.name not in FOR_ONE),
    *watch.params,
]


def _refuse(address: str | None, options: dict[str, Any]) -> None:
    """Stop before anything is done where the options do not fit many checks.

    :raises click.UsageError: with what to do instead.
    """
    refuse_contradictions(address, options)
    if any(value == "-" for name, value in options.items() if name.endswith("_file")):
        message = "Standard input can be read once only: give the credential by a file or an environment variable."
        raise click.UsageError(message)


@contextlib.contextmanager
def _serving(board: Board, listen: tuple[str, int]) -> Iterator[None]:
    """Serve what is on the board for the time of the block.

    :raises click.ClickException: the library is missing, or the port is taken.
    """
    try:
        from prometheus_client import CollectorRegistry, start_http_server
    except ImportError:
        message = "Metrics need prometheus-client: pip install 'maildiag[metrics]'. --no-metrics goes without."
        raise click.ClickException(message) from None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(board)
    host, port = listen
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        message = f"--listen {host}:{port}: {error.strerror or error}"
        raise click.ClickException(message) from None
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"metrics at http://{shown}:{server.server_port}/metrics", err=True)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def _watch(
    address: str | None, options: dict[str, Any], board: Board, *, every: float, times: int | None
) -> State | None:
    """Check until the number of times is over; return the state that came last, or None after SIGTERM."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows
        loop.add_signal_handler(signal.SIGTERM, stop.set)
    last: Verdict | None = None
    for number in itertools.count(1):
        began = loop.time()
        verdict = await _unless(stop, _check(address, options, board, first=number == 1))
        if stop.is_set():
            return None
        if verdict is not None and (last is None or _outcome(verdict) != _outcome(last)):
            _tell(_outcome(verdict))
        last = verdict
        if number == times:
            break
        await _unless(stop, asyncio.sleep(max(0.0, began + every - loop.time())))
        if stop.is_set():
            return None
    return last.state if last else "unclear"


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Do ``work``, and end it early when ``stop`` is set or the program is interrupted."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else task.result()
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def _check(address: str | None, options: dict[str, Any], board: Board, *, first: bool) -> Verdict | None:
    """Check once and show the outcome; None where the check could not be made.

    :raises click.UsageError: that was the first one, so the options are wrong and stay so.
    """
    from diag.judge import judge  # noqa: PLC0415  after the arguments are known to be right

    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        measurement = await measured(address, options, None)
    except click.UsageError as error:
        if first:
            raise
        board.fail()
        _tell(f"could not check: {error.format_message()}")
        return None
    verdict = judge(measurement)
    board.show(verdict, measurement, at=datetime.now(UTC).timestamp(), took=loop.time() - began)
    return verdict


def _outcome(verdict: Verdict) -> str:
    """Say the outcome on one line, in words that stay the same as long as the outcome does."""
    causes = "; ".join(sorted(f"{cause.code} at {cause.subject}" for cause in verdict.causes))
    return escape(f"{verdict.state}: {causes}" if causes else verdict.state, LONGEST)


def _tell(text: str) -> None:
    click.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {text}")
    sys.stdout.flush()
