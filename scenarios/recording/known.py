"""What is public and tells nothing of a customer: registered capabilities, permissions, applications, and plain words.

Whatever is not here may be somebody's own, so a recording does not take it over as it stands.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from diag import catalogue
from diag.model.signin import GUID
from fakes import personalities
from fakes.organisation import CLIENT_ID, PERMISSIONS


def _words(name: str) -> frozenset[str]:
    found = tomllib.loads((files("scenarios.recording") / "public.toml").read_text("utf-8"))[name]
    return frozenset(found.split() if isinstance(found, str) else found)


CAPABILITIES = _words("capabilities")
MECHANISMS = _words("mechanisms")
OAUTH_ERRORS = _words("oauth_errors")
SCHEMES = _words("schemes")
LAST_LABELS = _words("last_labels")
SECOND_LEVEL = _words("second_level")
SOFTWARE = _words("software")
_GRAPH = re.compile(
    r"(?:Application|AuditLog|Calendars|Chat|Contacts|DelegatedPermissionGrant|Directory|EAS|EWS|Exchange|Files|Group|IMAP|"
    r"LicenseAssignment|Mail|MailboxSettings|Notes|Organization|People|Policy|POP|Sites|SMTP|Tasks|User)"
    r"\.(?:AccessAsApp|AccessAsUser|Manage|ManageAsApp|Read|ReadBasic|ReadWrite|Send|SendAsApp)"
    r"(?:\.(?:All|Shared|PermissionGrant))?"
)
_APPLICATIONS = {
    CLIENT_ID,
    "9188040d-6c67-4c5b-b112-36a304b66dad",  # the organisation of all personal accounts
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",  # Microsoft's own organisation
    "14d82eec-204b-4c2f-b7e8-296a70dab67e",  # Microsoft Graph Command Line Tools
    "fb78d390-0c51-40cd-8e17-fdbfab77341b",  # Exchange REST API Based PowerShell
}
_OF_MICROSOFT = re.compile(r"0000000[0-9a-f]-0000-0(?:000|ff1)-c[0e]00-000000000000")
EXAMPLE_GUID = "11111111-2222-3333-4444-{:012d}"
_EXAMPLE = re.compile(r"11111111-2222-3333-4444-\d{12}")
_SPOKEN = ("aadsts.toml", "hosts.toml", "interceptors.toml", "issuers.toml", "providers.toml", "replies.toml")
_WORD = re.compile(r"[^\W_]+")


def is_capability(word: str) -> bool:
    """Tell whether a server's word for what it can do is a registered one; a number may follow it."""
    name, _, number = word.partition(" ")
    return name.upper() in CAPABILITIES and (not number or number.replace(" ", "").isdecimal())


def is_permission(name: str) -> bool:
    """Tell whether a permission is one of Microsoft's."""
    return name in PERMISSIONS or name in {".default", "full_access_as_app"} or _GRAPH.fullmatch(name) is not None


def is_public_guid(guid: str) -> bool:
    """Tell whether an identifier is that of something of Microsoft's, or an example."""
    guid = guid.lower()
    return guid in _APPLICATIONS or any(pattern.fullmatch(guid) for pattern in (_OF_MICROSOFT, _EXAMPLE))


def is_guid(text: str) -> bool:
    """Tell an identifier from other words."""
    return GUID.fullmatch(text) is not None


@cache
def plain_words() -> frozenset[str]:
    """Return the words that servers and this tool's own summaries use, by which sentences are recognised."""
    spoken = [(files("diag.data") / name).read_text("utf-8") for name in _SPOKEN]
    spoken += [entry.read_text("utf-8") for entry in files(personalities).iterdir() if entry.name.endswith(".toml")]
    spoken += [catalogue.page(code).summary for code in catalogue.codes()]
    return frozenset(word.lower() for text in spoken for word in _WORD.findall(text))


def plain(text: str) -> str:
    """Return the words of a name that are plain, such as those of products; the others are somebody's own."""
    words = text.split()
    return " ".join(word for word in words if set(_WORD.findall(word.lower())) <= plain_words() | {"ca"})
