"""Tokens by MSAL: one call for each grant, blocking, over our own HTTP client and our own cache.

What comes back is MSAL's dictionary, which holds the tokens; nobody keeps it but :mod:`diag.probes.grant`, which takes
the access token out and puts on record what is none.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diag.model.signin import GUID

if TYPE_CHECKING:
    import msal

    from diag.model.secret import Secret
    from diag.net.msal_http import HttpClient

# MSAL tells its own story to whoever listens to all loggers; what it holds does not belong there.
logging.getLogger("msal").addHandler(logging.NullHandler())
logging.getLogger("msal").propagate = False
logging.getLogger("msal").setLevel(logging.CRITICAL + 1)
Result = dict[str, Any]
RESERVED = {"openid", "profile", "offline_access"}
"""Scopes that MSAL adds by itself and refuses to be given."""
LARGEST_CLAIMS = 4096
MOST_POLICIES = 5
_NUMBER = re.compile(r"AADSTS(\d{4,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who asks for a token, of whom, and where tokens are kept."""

    client_id: str
    authority: str
    scopes: tuple[str, ...]
    secret: Secret | None = None
    certificate: Secret | None = None
    """Private key and certificate, as PEM."""
    cache: msal.TokenCache | None = None

    @property
    def confidential(self) -> bool:
        """Whether the application proves who it is."""
        return self.secret is not None or self.certificate is not None


def application(client: Client, http: HttpClient) -> msal.ClientApplication:
    """Make MSAL's application, which reads the configuration of the authority at once.

    :raises ValueError: the authority is none.
    """
    # What MSAL imports warns of proxies that it does not make for us.
    warnings.filterwarnings("ignore", message="SOCKS support in urllib3")
    import msal

    options = {"authority": client.authority, "http_client": http, "instance_discovery": False}
    if client.confidential:
        return msal.ConfidentialClientApplication(
            client.client_id, client_credential=_credential(client), token_cache=client.cache, **options
        )
    return msal.PublicClientApplication(client.client_id, token_cache=client.cache, **options)


def _credential(client: Client) -> object:
    if client.secret is not None:
        return client.secret.reveal()
    pem = client.certificate.reveal() if client.certificate else ""
    return {"private_key": pem, "public_certificate": certificate_of(pem)}


def certificate_of(pem: str) -> str:
    """Return the certificate out of a PEM text that also has its private key.

    :raises ValueError: one of them is not there, or the key cannot be used.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    try:
        load_pem_private_key(pem.encode(), None)
        return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.PEM).decode()
    except (ValueError, TypeError):
        raise ValueError("expected an unencrypted private key and its certificate in one PEM file") from None


def wanted(client: Client) -> list[str]:
    """Return the scopes without those that MSAL adds."""
    return [scope for scope in client.scopes if scope not in RESERVED]


def silently(app: msal.ClientApplication, client: Client, user: str) -> Result | None:
    """Take a token from the cache, or renew it with the refresh token that is there; None: nothing is there."""
    accounts = app.get_accounts()
    own = [item for item in accounts if str(item.get("username", "")).casefold() == user.casefold()]
    account = next(iter(own or (accounts if len(accounts) == 1 else [])), None)
    if account is None:
        return None
    result: Result | None = app.acquire_token_silent_with_error(wanted(client), account=account)
    return result


def by_application(app: msal.ClientApplication, client: Client) -> Result:
    """Take an application's own token (RFC 6749 section 4.4)."""
    result: Result = app.acquire_token_for_client(scopes=wanted(client))
    return result


def by_refresh_token(app: msal.ClientApplication, client: Client, token: Secret) -> Result:
    """Take tokens for a refresh token from elsewhere (RFC 6749 section 6)."""
    result: Result = app.acquire_token_by_refresh_token(token.reveal(), scopes=wanted(client))
    return result


def begin_code(app: msal.ClientApplication, client: Client, redirect_uri: str, user: str) -> Result:
    """Begin a sign-in in a browser (RFC 6749 section 4.1 with RFC 7636)."""
    flow: Result = app.initiate_auth_code_flow(
        wanted(client), redirect_uri=redirect_uri, login_hint=user, response_mode="form_post"
    )
    return flow


def end_code(app: msal.ClientApplication, flow: Result, answer: dict[str, str]) -> Result:
    """Redeem the code with which the browser came back."""
    result: Result = app.acquire_token_by_auth_code_flow(flow, answer)
    return result


def begin_device(app: msal.ClientApplication, client: Client) -> Result:
    """Begin a sign-in on another screen (RFC 8628)."""
    flow: Result = app.initiate_device_flow(wanted(client))
    return flow


def poll_device(app: msal.ClientApplication, flow: Result) -> Result:
    """Ask once whether that sign-in is done."""
    result: Result = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
    return result


def numbers(result: Result) -> tuple[int, ...]:
    """Return the AADSTS numbers of a refusal: listed, or where a browser brought it, in its text."""
    listed = result.get("error_codes")
    if isinstance(listed, list):
        return tuple(code for code in listed[:10] if isinstance(code, int) and not isinstance(code, bool))
    return tuple(int(number) for number in _NUMBER.findall(str(result.get("error_description", "")))[:1])


def policies(result: Result) -> tuple[str, ...]:
    """Return the Conditional Access policies that a refusal names in ``claims``, which is a text of JSON."""
    text = result.get("claims")
    if not isinstance(text, str) or len(text) > LARGEST_CLAIMS:
        return ()
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    for name in ("access_token", "capolids", "values"):
        found = found.get(name) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else []
    return tuple(item.lower() for item in listed[:MOST_POLICIES] if isinstance(item, str) and GUID.fullmatch(item))
