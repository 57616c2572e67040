"""How a token was obtained, or why none was: the grant, and the number with which Entra ID ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diag.clouds import of_instance
from diag.model.failure import FailureCode
from diag.model.signin import TenantDiscovery, TokenClaims, TokenGrant
from diag.model.target import Protocol
from diag.probes.grant import default_scopes
from diag.rules.organisation import Organisation
from fakes.organisation import Tenant
from scenarios.recording.known import EXAMPLE_GUID, OAUTH_ERRORS, is_guid
from scenarios.recording.tokens import let_open, permissions

if TYPE_CHECKING:
    from diag.rules.facts import Seen
    from scenarios.recording.sketch import Sketch

SILENT = {"cache": "refresh"}
"""A token that was at hand is drawn as one that a refresh token brings."""
DEVICE_PAGE = "login.microsoft.com:443"
LONGEST_WAIT = 0.6
"""Seconds; a world is near, and whoever does not come back does not come later either."""
NOT_FOUND, DECLINED, OVER = {700016}, {65004}, {70018, 70019, 70020}
BLOCKED: dict[int, dict[str, bool]] = {
    530035: {"security_defaults": True},
    53003: {"device_code_blocked": True},
    530036: {"device_code_blocked": True},
}
UNUSABLE = "entra/answer-unusable"
ANOTHER = "token/signed-in-as-another"


def draw(sketch: Sketch) -> None:
    """Draw the sign-in of the check, where there was one."""
    _no_site(sketch)
    _cloud(sketch)
    for seen in sketch.facts.of(TokenGrant)[:1]:
        action = seen.action
        sketch.check["authorize"] = SILENT.get(action.method, action.method)
        sketch.check.pop("credential", None)
        sketch.world.pop("token", None)
        sketch.world["tenant"].pop("basic_auth", None)
        signing_in: dict[str, Any] = {}
        by_app = action.method.startswith("client-")
        usual = default_scopes(_protocols(sketch), by_app=by_app, authority=action.authority)
        if set(action.scopes) != set(usual):
            signing_in["scopes"] = permissions(sketch, action.scopes)
        signer = Organisation(sketch.facts).signer
        if signer is not None:
            signing_in["name"] = sketch.pseudonyms.person(signer.name)
        if by_app:
            _application(sketch, action.method)
        if action.method == "device-code":
            # Where the person enters the code is no part of the check, so nothing on record has brought it.
            sketch.world["services"].setdefault(DEVICE_PAGE, {"speaks": "http", "serves": "entra"})
        if action.user and sketch.found(ANOTHER):
            signing_in["name"] = sketch.pseudonyms.person(action.user)
            let_open(sketch, signing_in["name"])
        _end(sketch, seen, signing_in)
        if signing_in:
            sketch.check["signing_in"] = signing_in


def _cloud(sketch: Sketch) -> None:
    """Let the organisation be in the cloud that the sign-in service told."""
    for seen in sketch.facts.of(TenantDiscovery):
        cloud = of_instance(seen.action.cloud or "")
        if cloud and cloud.instance != Tenant().cloud:
            sketch.world["tenant"]["cloud"] = cloud.instance


def _application(sketch: Sketch, method: str) -> None:
    """Draw an application that signs in as itself, with what its token says that it may."""
    application: dict[str, Any] = sketch.world.setdefault("application", {})
    if method == "client-certificate":
        application["certificate"] = "own"
    else:
        application["secret"] = "right"  # noqa: S105  an invented application's
    roles = [role for seen in sketch.facts.of(TokenClaims) for role in seen.action.roles]
    if roles:
        application["roles"] = permissions(sketch, roles)


def _protocols(sketch: Sketch) -> tuple[Protocol, ...]:
    """Return what the check was narrowed to, as its scopes are chosen by."""
    return tuple(Protocol(name) for name in sketch.check.get("protocols", ()))


def _end(sketch: Sketch, seen: Seen[TokenGrant], signing_in: dict[str, Any]) -> None:
    """Draw what kept the token from being issued."""
    action, number = seen.action, next(iter(seen.action.error_codes), None)
    error = action.error if action.error in OAUTH_ERRORS else None
    domain = sketch.measurement.target.address.rpartition("@")[2].lower()
    if action.authority.rpartition("/")[2].lower() != domain:
        signing_in["authority"] = sketch.pseudonyms.text(action.authority)
    if seen.code is FailureCode.READ_TIMEOUT:
        waited = seen.failure.detail.partition(" ")[0] if seen.failure else ""
        signing_in.update(closes_the_window=True, waits=min(float(waited or LONGEST_WAIT), LONGEST_WAIT))
    elif number is not None and action.method == "device-code":
        _device(sketch, number, action.client_id, signing_in)
    elif number is not None:
        sketch.world["entra"] = {"answers": number}
    elif seen.code not in {None, FailureCode.WITHHELD, FailureCode.TLS_CERTIFICATE_REJECTED}:
        sketch.leave_out(seen.observation, f"a sign-in that ended with {error or seen.code}")


def _device(sketch: Sketch, number: int, client_id: str, signing_in: dict[str, Any]) -> None:
    """Draw the end of a sign-in on another screen, which no answer of the whole service stands for."""
    if number in NOT_FOUND:
        guid = client_id if is_guid(client_id) else EXAMPLE_GUID.format(0)
        signing_in["client_id"] = sketch.pseudonyms.guid(guid)
    elif number in DECLINED:
        signing_in["declines"] = True
    elif number in OVER:
        sketch.world["entra"] = {"device_code_lifetime": 0}
        signing_in["closes_the_window"] = True
    elif number in BLOCKED:
        sketch.world["tenant"].update(BLOCKED[number])
    else:
        sketch.leave_out(None, f"AADSTS{number} at a sign-in by device code")


def _no_site(sketch: Sketch) -> None:
    """Let nothing serve at a sign-in host that did not answer as one."""
    for finding in sketch.findings:
        place = sketch.pseudonyms.text(finding.subject)
        if finding.code == UNUSABLE and place in sketch.world.get("services", {}):
            sketch.world["services"][place]["serves"] = "nothing"
