"""What the probes of one check share: the network, the target, the credential, and each other's results.

A probe needs nothing but to ask: the first that asks for a result performs and records the steps, later ones share
it. All that can run at once runs at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from diag.model.actions import ProbeRun
from diag.model.tenant import APPLICATION
from diag.net.classify import StepFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Hashable

    from diag.model.secret import Secret
    from diag.model.signin import Method
    from diag.model.target import Target
    from diag.net.network import Network
    from diag.net.web import WebReply
    from diag.probes.grant import Grant

T = TypeVar("T")
K = TypeVar("K", bound="Hashable")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The proof of identity: a user with an access token or a password, or neither."""

    user: str
    token: Secret | None = None
    password: Secret | None = None
    source: Literal["given"] | Method = "given"
    """Where the token comes from."""
    grant: Grant | None = None
    """How to obtain a token, where none is given."""

    @property
    def given(self) -> bool:
        """Whether there is anything to sign in with."""
        return self.token is not None or self.password is not None or self.grant is not None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that must not appear in a record."""
        client = self.grant.client if self.grant else None
        of_grant = (self.grant.refresh_token, client.secret, client.certificate) if self.grant and client else ()
        return tuple(secret for secret in (self.token, self.password, *of_grant) if secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """With what an administrator, or somebody who may read, lets the tenant be read, and which application it is about.

    ``graph`` and ``exchange`` are access tokens for the two interfaces; without one its questions are not asked.
    """

    graph: Secret | None = None
    exchange: Secret | None = None
    application: str = APPLICATION
    client_id: str | None = None
    """Decides where it is given; a name need not be unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user's options decide about the probing. ``resolve`` and ``connect_to`` are as in curl."""

    resolve: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """Addresses to use for a host and port, instead of asking for them."""
    connect_to: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    """Another host and port to connect to; the name in TLS stays."""
    sign_in_anyway: bool = False
    controls: tuple[tuple[str, int], ...] | None = None
    """What a blocked endpoint is compared with, besides other ports of its host; None: a few places of our list."""
    mechanism: str | None = None
    """The only SASL mechanism (or LOGIN, USER) to sign in by; None takes the first that fits."""
    reading: Reading | None = None
    """None: the tenant is not asked for."""


class Run:
    """One check in progress."""

    def __init__(self, network: Network, target: Target, sign_in: SignIn, choices: Choices | None = None) -> None:
        """Share ``network`` among the probes of a check of ``target``."""
        self.network = network
        self.target = target
        self.sign_in = sign_in
        self.choices = choices or Choices()
        reading = self.choices.reading
        read_by = (reading.graph, reading.exchange) if reading else ()
        network.keep_secret(*sign_in.secrets, *(secret for secret in read_by if secret))
        self.pages: dict[str, WebReply] = {}
        """Public pages that were read, by their address: what else needs one does not ask for it again."""
        self._tasks: dict[tuple[object, object], asyncio.Task[Any]] = {}
        self._spawned: list[asyncio.Task[Any]] = []
        self._cleanups: list[Callable[[], None]] = []

    async def once(self, question: Callable[[Run, K], Awaitable[T]], about: K) -> T:
        """Return the answer to ``question`` about one thing, asking it at most once in this run.

        :raises StepFailed: the step that would have answered did not succeed.
        """
        key = (question, about)
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.ensure_future(_answer(question, self, about))
        # Shielded: one who gives up waiting must not take the answer from the others.
        result: T = task.result() if task.done() else await asyncio.shield(task)
        return result

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start ``work`` beside everything else; it does not outlive the run."""
        task = asyncio.ensure_future(work)
        self._spawned.append(task)
        return task

    def at_end(self, cleanup: Callable[[], None]) -> None:
        """Call ``cleanup`` when the run is over, such as to close a connection."""
        self._cleanups.append(cleanup)

    async def close(self) -> None:
        """End what is still going on, wait for it, and release everything."""
        tasks = [*self._tasks.values(), *self._spawned]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._cleanups:
            self._cleanups.pop()()

    async def perform(self, name: str, question: Callable[[Run, K], Awaitable[object]], about: K, subject: str) -> None:
        """Run one probe to its end. A step that failed is on record already; a defect of the probe gets a record."""
        try:
            await self.once(question, about)
        except StepFailed:
            return
        except Exception as error:  # noqa: BLE001  a broken plug-in must not take the other measurements with it
            self._record_defect(name, subject, error)

    def _record_defect(self, name: str, subject: str, error: Exception) -> None:
        try:
            with self.network.record(ProbeRun(probe=name), subject):
                raise error
        except StepFailed:
            return


async def _answer(question: Callable[[Run, K], Awaitable[T]], run: Run, about: K) -> T:
    # Asked in here: a question that is given up before its turn has not been made.
    return await question(run, about)
