"""How the access token is obtained where none was given: from the cache, silently, or by asking a person."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from typing import Protocol as Shape

from diag import clouds
from diag.model.failure import FailureCode
from diag.model.secret import Secret
from diag.model.signin import TokenGrant
from diag.model.target import Protocol
from diag.net.msal_http import HttpClient
from diag.net.threads import in_thread
from diag.probes.web import ask
from diag.wire import tokens
from diag.wire.http import mask
from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.model.signin import Method
    from diag.net.network import Step
    from diag.net.oauth import Client, Result
    from diag.net.web import WebReply, WebRequest
    from diag.probes.run import Run

LONGEST_TEXT = 1000
PERMISSIONS = {
    Protocol.IMAP: "IMAP.AccessAsUser.All",
    Protocol.POP3: "POP.AccessAsUser.All",
    Protocol.SMTP: "SMTP.Send",
}
"""What each protocol needs a user's token to allow at Exchange Online."""
_STAMP = re.compile(r"Timestamp: (\d{4}-\d\d-\d\d[T ][\d:.]+Z?)")
_CORRELATION = re.compile(r"Correlation ID: ([0-9a-f-]{36})")
_TRACE = re.compile(r"Trace ID: ([0-9a-f-]{36})")


def default_scopes(
    protocols: tuple[Protocol, ...] = (), *, by_app: bool = False, authority: str = ""
) -> tuple[str, ...]:
    """Return the scopes that ``protocols`` (all three without any) need at Exchange Online, and a refresh token.

    ``authority`` says in which cloud; one of which nothing is known, and none, stand for the worldwide one.
    """
    cloud = clouds.of_authority(authority) or clouds.clouds()[0]
    if by_app:
        return (f"{cloud.by_app}/.default",)
    wanted = protocols or tuple(PERMISSIONS)
    return (*(f"{cloud.resource}/{PERMISSIONS[name]}" for name in wanted if name in PERMISSIONS), "offline_access")


class Person(Shape):
    """Whoever sits at the sign-in page."""

    async def open(self, url: str) -> None:
        """Have a browser open the sign-in page at ``url``."""

    async def enter(self, url: str, code: Secret, minutes: int) -> None:
        """Be told to enter ``code`` at ``url`` within some ``minutes``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How to obtain a token. Without a person only what needs none is possible."""

    client: Client
    method: Method = "refresh"
    person: Person | None = None
    refresh_token: Secret | None = None
    """One from an earlier sign-in, where it is not in the cache."""
    timeout: float = 300.0
    """Seconds that a person may take."""


async def obtain(run: Run, address: str) -> None:
    """Obtain the token of this run, once; it is then its credential.

    :raises StepFailed: there is none; what was refused is on record.
    """
    grant = run.sign_in.grant
    if grant is None or run.sign_in.token is not None:
        return

    async def request(web: WebRequest) -> WebReply:
        known = run.pages.get(web.url) if web.method == "GET" else None
        return known or await ask(run, web)

    http = HttpClient(request)
    client = grant.client
    action = TokenGrant(
        method=grant.method, authority=client.authority, client_id=client.client_id, scopes=client.scopes
    )
    with run.network.record(action, address) as step:
        try:
            result = await _perform(grant, http, run.sign_in.user)
        except ValueError as error:  # MSAL's word for an authority whose configuration cannot be had
            result = http.last_error or {"error": "invalid_request", "error_description": str(error)}
        finally:
            http.close()
        _complete(step, grant, result)
    token = Secret(result["access_token"])
    run.network.keep_secret(token)
    run.sign_in = replace(run.sign_in, token=token, source=action.method)


async def _perform(grant: Grant, http: HttpClient, user: str) -> Result:
    from diag.net import oauth  # noqa: PLC0415  MSAL costs a hundred milliseconds

    client = grant.client
    app = await in_thread(oauth.application, client, http)
    if grant.method in {"client-secret", "client-certificate"}:
        return await in_thread(oauth.by_application, app, client)
    if grant.method == "code":
        return await _by_code(grant, app, user)
    if grant.method == "device-code":
        return await _by_device(grant, app)
    if grant.refresh_token is not None:
        return await in_thread(oauth.by_refresh_token, app, client, grant.refresh_token)
    result = await in_thread(oauth.silently, app, client, user)
    return result or {"error": "no_tokens_found", "error_description": "the cache has no token for this account"}


async def _by_code(grant: Grant, app: Any, user: str) -> Result:  # noqa: ANN401  MSAL has no types
    from diag.net import oauth  # noqa: PLC0415  see _perform
    from diag.net.loopback import Listener  # noqa: PLC0415  only for this grant

    if grant.person is None:
        return {"error": "interaction_required", "error_description": "nobody is there to sign in"}
    async with Listener() as listener:
        flow = await in_thread(oauth.begin_code, app, grant.client, listener.redirect_uri, user)
        waiting = asyncio.ensure_future(listener.answer(flow["state"], grant.timeout))
        try:
            await grant.person.open(flow["auth_uri"])
            answer = await waiting
        except TimeoutError:
            raise TimeoutError(f"{grant.timeout:g} s") from None
        finally:
            waiting.cancel()
    return await in_thread(oauth.end_code, app, flow, answer)


async def _by_device(grant: Grant, app: Any) -> Result:  # noqa: ANN401  MSAL has no types
    from diag.net import oauth  # noqa: PLC0415  see _perform

    if grant.person is None:
        return {"error": "interaction_required", "error_description": "nobody is there to sign in"}
    flow = await in_thread(oauth.begin_device, app, grant.client)
    if "user_code" not in flow:
        return flow
    minutes = int(flow.get("expires_in", 900)) // 60
    interval = float(flow.get("interval", 5))
    try:
        async with asyncio.timeout(grant.timeout):
            await grant.person.enter(str(flow["verification_uri"]), Secret(str(flow["user_code"])), minutes)
            while (result := await in_thread(oauth.poll_device, app, flow)).get("error") in {
                "authorization_pending",
                "slow_down",
            }:
                interval += 5 * (result["error"] == "slow_down")  # RFC 8628 section 3.5
                await asyncio.sleep(interval)
    except TimeoutError:
        raise TimeoutError(f"{grant.timeout:g} s") from None
    return result


def _complete(step: Step[TokenGrant], grant: Grant, result: Result) -> None:
    """Put on record what was granted or refused, and no token.

    :raises StepFailed: it was refused.
    """
    from diag.net import oauth  # noqa: PLC0415  see _perform

    action = step.action
    token = result.get("access_token")
    if isinstance(token, str) and token:
        action.granted = tuple(_text(scope) or "" for scope in str(result.get("scope") or "").split()[:60])
        lifetime = result.get("expires_in")
        action.lifetime = int(lifetime) if isinstance(lifetime, int | float) else None
        action.refreshable = None if grant.client.confidential else "refresh_token" in result or _was_kept(grant)
        if result.get("token_source") == "cache":
            action.method = "cache"
        claims = tokens.read(Secret(token))
        identity = result.get("id_token_claims")
        named = identity.get("preferred_username") if isinstance(identity, dict) else None
        action.user = _text(named) or (claims.user if claims else None)
        return
    said = str(result.get("error_description") or result.get("error") or "")
    action.error = _text(result.get("error"))
    action.error_codes = oauth.numbers(result)
    action.suberror = _text(result.get("suberror") or result.get("classification") or result.get("error_subcode"))
    action.policies = oauth.policies(result)
    action.description = _text(said)
    action.correlation_id = _text(result.get("correlation_id")) or _found(_CORRELATION, said)
    action.trace_id = _text(result.get("trace_id")) or _found(_TRACE, said)
    action.timestamp = _text(result.get("timestamp")) or _found(_STAMP, said)
    raise step.fail(FailureCode.REPLY_REFUSED, action.description or "", next(iter(action.error_codes), None))


def _was_kept(grant: Grant) -> bool:
    """Tell whether the cache has a refresh token, since MSAL takes it out of what it returns."""
    cache = grant.client.cache
    return cache is not None and any(True for _ in cache.search(cache.CredentialType.REFRESH_TOKEN))


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None


def _text(value: object) -> str | None:
    """Make what a server said fit for the record."""
    return escape(mask(value), LONGEST_TEXT) if isinstance(value, str) and value else None
