"""What does the tenant say about the mailbox, its application and who may consent to what?"""  # noqa: D400  a question

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from diag.model.tenant import RESOURCES, ConsentSetting, EnterpriseApplication, UserAccount
from diag.net.classify import StepFailed
from diag.probes.grant import obtain
from diag.probes.tenant import questions
from diag.probes.tenant.reader import Reader
from diag.wire import tokens

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from diag.model.tenant import TenantRead
    from diag.probes.run import Reading, Run

F = TypeVar("F")
OWN_CONSENT = "ManagePermissionGrantsForSelf."
"""Begins the policies for what users consent to by themselves; others are for owners of groups."""
KNOWN_POLICIES = {"microsoft-user-default-low", "microsoft-user-default-legacy"}
"""Policies whose content is published and does not change; any other has to be read."""
LOOK_BACK = timedelta(minutes=60)
"""How long ago a change may be that still has not reached everything."""


@cache
def activities() -> tuple[str, ...]:
    """Return the entries of the audit log that matter."""
    import tomllib  # noqa: PLC0415  only where a tenant is read

    rows = tomllib.loads(files("diag.data").joinpath("changes.toml").read_text("utf-8"))["change"]
    return tuple(name for row in rows for name in row["activities"])


async def tenant(run: Run, address: str) -> None:
    """Read everything about the mailbox ``address``; nothing is changed, and what may not be read is on record."""
    reading = run.choices.reading
    if reading is None:
        return
    if run.sign_in.grant is not None:
        # Consent may be given at the mailbox's own sign-in: what the tenant says before that would be out of date.
        with contextlib.suppress(StepFailed):
            await run.once(obtain, run.target.address)
    reader = Reader(run, {"graph": reading.graph, "exchange": reading.exchange})
    await asyncio.gather(_directory(run, reader, address, reading), _mail(reader, address))


async def _mail(reader: Reader, address: str) -> None:
    domain = address.rpartition("@")[2]
    await asyncio.gather(
        reader.ask(questions.mailbox_switches(domain, address)),
        reader.ask(questions.organisation_switches(domain, address)),
    )


async def _directory(run: Run, reader: Reader, address: str, reading: Reading) -> None:
    since = run.network.settings.clock.now() - LOOK_BACK
    others = [reader.ask(questions.resource(app_id)) for app_id in RESOURCES]
    others += [reader.ask(questions.classifications(app_id)) for app_id in RESOURCES]
    others.append(reader.ask(questions.changes(since, activities())))
    user, application, *_ = await asyncio.gather(
        _person(run, reader, address), _application(reader, reading), asyncio.gather(_consent(reader), *others)
    )
    if application is not None:
        await asyncio.gather(*_of_application(reader, application, user))


def _of_application(
    reader: Reader, application: EnterpriseApplication, user: UserAccount | None
) -> list[Coroutine[Any, Any, object]]:
    """Return what is still to be asked once the application is known and the user who signs in to it."""
    asked: list[Coroutine[Any, Any, object]] = [reader.ask(questions.admin_grants(application.id))]
    if user is not None:
        asked.append(reader.ask(questions.user_grants(application.id, user.id)))
        if application.assignment_required:
            asked.append(reader.ask(questions.assignment(application.id, user.id)))
    return asked


async def _person(run: Run, reader: Reader, address: str) -> UserAccount | None:
    """Find the account that signs in: the mailbox's own, or somebody else's, who opens a shared mailbox by it.

    It is this one that consents, and that is assigned to the application.
    """
    own = await _user(reader, address)
    name = _who(run)
    if name is None or name.casefold() in {address.casefold(), own.name.casefold() if own else ""}:
        return own
    return _first(await reader.ask(questions.signer(name)), UserAccount)


def _who(run: Run) -> str | None:
    """Return the name of who signs in, as the token says it; None where the application signs in as itself."""
    token = run.sign_in.token
    claims = tokens.read(token) if token is not None else None
    if claims is None:
        return run.sign_in.user
    return None if claims.by_app else claims.user or run.sign_in.user


async def _user(reader: Reader, address: str) -> UserAccount | None:
    """Find the account by its sign-in name, else by its mail address, and ask for its licences."""
    answer = await reader.ask(questions.user(address))
    if answer is not None and answer.exists is False:
        answer = await reader.ask(questions.user_by_mail(address))
    found = _first(answer, UserAccount)
    if found is not None:
        await reader.ask(questions.licences(found.id))
    return found


async def _application(reader: Reader, reading: Reading) -> EnterpriseApplication | None:
    """Find the enterprise application. A name need not be unique, so of several the first enabled one is taken."""
    answer = await reader.ask(questions.application(reading.application, reading.client_id))
    found = [fact for fact in (answer.found if answer else ()) if isinstance(fact, EnterpriseApplication)]
    return next((item for item in found if item.enabled), found[0] if found else None)


async def _consent(reader: Reader) -> None:
    answer = await reader.ask(questions.consent_setting())
    setting = _first(answer, ConsentSetting)
    for policy in setting.policies if setting else ():
        name = policy.removeprefix(OWN_CONSENT)
        if name != policy and name not in KNOWN_POLICIES:
            await reader.ask(questions.consent_policy(name))


def _first(answer: TenantRead | None, kind: type[F]) -> F | None:
    return next((fact for fact in (answer.found if answer else ()) if isinstance(fact, kind)), None)
