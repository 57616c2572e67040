"""Successful answers of the token endpoint."""

from __future__ import annotations

import base64
import json

import jwt

from fakes.entra.issuing import for_application, for_user
from fakes.entra.scopes import for_one
from fakes.grants import Grant
from tests.fakes.entra.asking import ADDRESS, APP_SCOPE, NOW, SCOPE, TID, Asking, read

GRANT = Grant("app", ADDRESS, (), NOW)


def test_a_user_gets_what_was_asked_for() -> None:
    here = Asking().directory
    bare = read(for_user(here, for_one("https://outlook.office.com/SMTP.Send"), GRANT, proof="0", form={}))
    assert set(bare) == {"token_type", "expires_in", "ext_expires_in", "access_token", "scope"}
    whole = read(for_user(here, for_one(SCOPE), GRANT, proof="0", form={"client_info": "1"}))
    assert set(whole) - set(bare) == {"refresh_token", "id_token", "client_info"}
    assert whole["scope"].endswith(" openid profile")
    info = json.loads(base64.urlsafe_b64decode(whole["client_info"] + "=="))
    identity = jwt.decode(whole["id_token"], options={"verify_signature": False})
    assert (info["utid"], info["uid"]) == (identity["tid"], identity["oid"])
    assert (identity["iss"], identity["preferred_username"]) == (
        f"https://login.microsoftonline.com/{TID}/v2.0",
        ADDRESS,
    )


def test_an_application_gets_no_refresh_token() -> None:
    found = read(for_application(Asking().directory, for_one(APP_SCOPE), proof="2"))
    assert set(found) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
