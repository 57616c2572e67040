"""A measurement with one unmistakable word in everything that a customer or a server chooses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from diag.model import document

if TYPE_CHECKING:
    from diag.model.measurement import Measurement

WORD = "canary"
GUID = "c0ffee00-1234-4abc-8def-0123456789ab"
OWN = (
    ("mail.example.org", "srv-canary.canary-corp.pl"),
    ("contoso-example.mail.protection", "canary-corp-pl.mail.protection"),
    ("contoso.example", "canary-corp.pl"),
    ("example.org", "canary-corp.pl"),
    ("fabrikam.example", "canary-corp.pl"),
    ("shop.example", "canary-corp.pl"),
    ("Contoso private", "Canary Sp. z o.o."),
    ("Corporate Root CA", "Canary Root CA"),
    ("OPNsense internal CA", "Canary OPNsense CA"),
    ("Local Authority", "Canary Authority"),
    ("Axence OAuth2 Authentication", "Canary Connector"),
    ("helpdesk@", "jan.canarski@"),
    ("support@", "jan.canarski@"),
)
"""What is an example in an emulated world, and what a customer has in its place."""
SAYS = (
    rf" at SRV-CANARY7.CANARY-AD.LOCAL for CANARYAD\jcanary, Jan.Canarski@Canary-Mail.pl of CANARY-CORP, tenant {GUID}"
    " (*.canary-wild.pl) [fr0p281canary.deup281.prod.outlook.com 2026-11-25T17:54:18.018Z C0FFEE5B7C9D1E3F]"
)
SENTENCES = {
    "text", "challenge", "description", "reason", "title", "via", "product", "excerpt", "received", "first_bytes",
    "server", "detail", "place",
}  # fmt: skip
LISTS = {
    "names": ["*.canary-wild.pl", "ex1.canary-ad.local"],
    "capabilities": ["X-CANARY", "AUTH=CANARY"],
    "scopes": ["Canary.Read", "api://canary/Mail.Read"],
    "roles": ["Canary.Role"],
    "schemes": ["Canary"],
    "permissions": ["Canary.Permission"],
    "policies": ["canary-policy"],
    "notes": ["--resolve ex1.canary-ad.local:993:8.8.4.4"],
}
VALUES = {
    "audience": "api://canary/app",
    "client_id": GUID,
    "app_id": GUID,
    "tenant": GUID,
    "error": "canary_error",
    "suberror": "canary_suberror",
    "publisher": "Canary Sp. z o.o.",
    "federation": "sts.canary-ad.local",
}


def marked(measurement: Measurement) -> Measurement:
    """Return the measurement as if it had been made at a customer's whose names all have :data:`WORD` in them."""
    text = document.dump(measurement)
    for example, own in OWN:
        text = text.replace(example, own)
    found = json.loads(text)
    for item in found["observations"]:
        _mark(item)
    found["target"]["notes"] += LISTS["notes"]
    return document.load(json.dumps(found), name="marked")


def _mark(part: dict[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, dict):
            _mark(value)
        elif isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict):
                    _mark(inner)
            if key in LISTS:
                part[key] = [*value, *LISTS[key]]
            elif key in SENTENCES:
                part[key] = [f"{line}{SAYS}" for line in value]
        elif isinstance(value, str) and key in VALUES:
            part[key] = VALUES[key]
        elif isinstance(value, str) and key in SENTENCES:
            part[key] = f"{value}{SAYS}"
