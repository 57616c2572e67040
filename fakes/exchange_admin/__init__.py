"""The interface behind Exchange Online's PowerShell module: the /adminapi of outlook.office365.com.

It is not documented; what is here follows what projects that use it send and get. Cmdlets that read, and none that
writes: who may run them is decided by the token and a directory role, as for the module itself.
"""

from __future__ import annotations

from fakes.exchange_admin.site import answer
from fakes.web import Route

__all__ = ["ROUTES"]

ROUTES = (Route("POST", "/adminapi/beta/{tenant}/InvokeCommand", answer),)
