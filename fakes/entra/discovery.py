"""What a client learns before it signs anybody in: which cloud, which tenant, where its endpoints and keys are."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING

from fakes import tokens
from fakes.entra import aadsts
from fakes.entra.tenants import MANY, tenant_of
from fakes.web import Reply, Route

if TYPE_CHECKING:
    from fakes.server import Context
    from fakes.web import Request

CLOUDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("login.microsoftonline.com", "login.windows.net",
     ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net")),
    ("login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn",
     ("login.partner.microsoftonline.cn", "login.chinacloudapi.cn")),
    ("login.microsoftonline.us", "login.microsoftonline.us", ("login.microsoftonline.us", "login.usgovcloudapi.net")),
    ("login-us.microsoftonline.com", "login-us.microsoftonline.com", ("login-us.microsoftonline.com",)),
)  # fmt: skip
"""Preferred host for the network, the same for caches, and all names of each cloud."""
CLAIMS = (
    "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud",
    "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email",
)  # fmt: skip


async def instance(request: Request, context: Context) -> Reply:
    """Say which cloud a host belongs to."""
    asked = request.query.get("authorization_endpoint", "")
    host, _, rest = asked.removeprefix("https://").partition("/")
    known = {name for _, _, aliases in CLOUDS for name in aliases}
    if not asked.startswith("https://") or host not in known:
        return _refuse(50049, request, context)
    tenant = rest.partition("/")[0] or "common"
    clouds = [{"preferred_network": network, "preferred_cache": cache, "aliases": list(aliases)}
              for network, cache, aliases in CLOUDS]  # fmt: skip
    found = f"https://{host}/{tenant}/v2.0/.well-known/openid-configuration"
    return _publish({"tenant_discovery_endpoint": found, "api-version": "1.1", "metadata": clouds})


async def configuration(request: Request, context: Context) -> Reply:
    """Show where the endpoints of a tenant are."""
    found = tenant_of(request.parts["tenant"], context.directory)
    if found is None:
        return _refuse(90002, request, context, t=request.parts["tenant"])
    issuer = "{tenantid}" if found in MANY else found
    host = f"https://login.{context.directory.tenant.cloud}"
    base = f"{host}/{found}"
    document = {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{host}/{issuer}/v2.0",
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "claims_supported": list(CLAIMS),
        "kerberos_endpoint": f"{base}/kerberos",
        "tenant_region_scope": None if found in MANY else "EU",
        "cloud_instance_name": context.directory.tenant.cloud,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }
    return _publish(document)


def _publish(document: object) -> Reply:
    """Answer with what anybody may read, and keep for a day."""
    kept = ("Cache-Control", "max-age=86400, private"), ("Access-Control-Allow-Origin", "*")
    return Reply.json(document, 200, *kept, *aadsts.served_by(str(uuid.uuid4())))


async def keys(request: Request, context: Context) -> Reply:
    """Show the public key with which tokens are signed (RFC 7517)."""
    if tenant_of(request.parts["tenant"], context.directory) is None:
        return _refuse(90002, request, context, t=request.parts["tenant"])
    numbers = tokens.signing_key().public_key().public_numbers()
    name = tokens.key_name()
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "x5t": name,
           "n": _number(numbers.n), "e": _number(numbers.e)}  # fmt: skip
    return _publish({"keys": [key]})


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def realm(request: Request, context: Context) -> Reply:
    """Say who checks the password of a user: Entra ID, or the organisation's federation service."""
    user = request.parts["user"]
    domain = user.rpartition("@")[2]
    tenant = context.directory.tenant
    if domain.lower() not in context.directory.domains():
        return Reply.json({"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": tenant.cloud})
    data: dict[str, object] = {"ver": "1.0", "domain_name": domain, "cloud_instance_name": tenant.cloud,
                               "cloud_audience_urn": "urn:federation:MicrosoftOnline"}  # fmt: skip
    if not tenant.federated:
        return Reply.json({**data, "account_type": "Managed"})
    sts = f"https://sts.{tenant.name}/adfs/services/trust"
    federation = {"account_type": "Federated", "federation_protocol": "WSTrust",
                  "federation_metadata_url": f"{sts}/mex",
                  "federation_active_auth_url": f"{sts}/2005/usernamemixed"}  # fmt: skip
    return Reply.json({**data, **federation})


def _refuse(number: int, request: Request, context: Context, **values: str) -> Reply:
    correlation, error = aadsts.correlation_of(request), aadsts.table()[number].discovery_error
    return aadsts.reply(number, now=context.now(), correlation=correlation, error=error, **values)


ROUTES = (
    Route("GET", "/common/discovery/instance", instance),
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", configuration),
    Route("GET", "/{tenant}/.well-known/openid-configuration", configuration),
    Route("GET", "/{tenant}/discovery/v2.0/keys", keys),
    Route("GET", "/{tenant}/discovery/keys", keys),
    Route("GET", "/common/userrealm/{user}", realm),
)
