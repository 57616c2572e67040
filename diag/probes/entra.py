"""Does the tenant exist, who checks its passwords, and is a token to be had?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from diag import clouds
from diag.model.failure import FailureCode
from diag.model.signin import TenantDiscovery
from diag.model.target import Protocol
from diag.net.classify import StepFailed
from diag.net.handshake import is_suspected
from diag.net.web import Channel, WebRequest
from diag.probes.probe import probe
from diag.probes.tls import implicit
from diag.probes.token import claims
from diag.probes.web import Session
from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.net.network import Step
    from diag.net.web import WebReply
    from diag.probes.run import Run

LONGEST = 300


async def discover_tenant(run: Run, endpoint: Endpoint) -> TenantDiscovery:
    """Ask the sign-in service for the tenant of the address, and who checks the password of the user.

    :raises StepFailed: it did not answer, or knows no such tenant.
    """
    reached = await run.once(implicit, endpoint)
    suspected = reached.handshake is None or is_suspected(run.network, reached.handshake)
    safe = run.choices.sign_in_anyway or not suspected
    session = Session(
        run,
        Channel(network=run.network, stream=reached.stream, subject=endpoint.subject, safe=safe, after=reached.after),
    )
    base, domain = f"https://{endpoint.host}", run.target.address.rpartition("@")[2]
    page = f"{base}/{quote(domain)}/v2.0/.well-known/openid-configuration"
    configuration = await session.ask(WebRequest(url=page, purpose="tenant", private=True))
    realm = None
    if configuration.status == 200:  # noqa: PLR2004  RFC 9110 section 15.3.1
        run.pages[page] = configuration
        user = quote(run.sign_in.user, safe="@")
        realm = await session.ask(WebRequest(url=f"{base}/common/userrealm/{user}?api-version=1.0", purpose="account"))
    action = TenantDiscovery(domain=domain, authority=base)
    after = (realm or configuration).number
    with run.network.record(action, run.target.address, (after,)) as step:
        _complete(step, configuration, realm)
    return action


def _complete(step: Step[TenantDiscovery], configuration: WebReply, realm: WebReply | None) -> None:
    action, data = step.action, configuration.json()
    if configuration.status != 200:  # noqa: PLR2004
        codes = data.get("error_codes")
        action.error_codes = tuple(code for code in codes if isinstance(code, int)) if isinstance(codes, list) else ()
        action.description = _text(data, "error_description")
        action.correlation_id = _text(data, "correlation_id")
        if not action.error_codes:
            return  # no sign-in service answers: what it says is on record with the exchange
        raise step.fail(FailureCode.REPLY_REFUSED, action.description or "", action.error_codes[0])
    issuer = urlsplit(str(data.get("issuer", ""))).path.strip("/").partition("/")[0]
    action.tenant = escape(issuer, LONGEST) or None
    action.cloud, action.region = _text(data, "cloud_instance_name"), _text(data, "tenant_region_scope")
    found = realm.json() if realm else {}
    action.account = _text(found, "account_type") or _text(found, "NameSpaceType")
    address = str(found.get("federation_active_auth_url") or found.get("AuthURL") or "")
    action.federation = escape(urlsplit(address).hostname or "", LONGEST) or None


def _text(data: dict[str, Any], name: str) -> str | None:
    value = data.get(name)
    return escape(value, LONGEST) if isinstance(value, str) and value else None


@probe("entra", asks="Does the tenant exist, and is a token to be had?", protocols=(Protocol.HTTPS,))
async def entra(run: Run, endpoint: Endpoint) -> None:
    """Find the tenant, then obtain the token if one is to be obtained, and read it."""
    if clouds.of_sign_in(endpoint.host) is None:
        return
    try:
        await run.once(discover_tenant, endpoint)
    except StepFailed:
        if run.sign_in.grant is None:
            raise
    await run.once(claims, run.target.address)
