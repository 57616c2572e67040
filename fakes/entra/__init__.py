"""Entra ID, the authority that signs users in and issues tokens: the site of login.microsoftonline.com.

``ROUTES`` is the whole of it. What an organisation is like is declared in :mod:`fakes.organisation`; who may have a
token for what is decided in :mod:`fakes.directory` and :mod:`fakes.consents`; here it is said in Entra's words.
"""

from __future__ import annotations

from fakes.entra import authorize, device, discovery, token, visit

ROUTES = (*discovery.ROUTES, *authorize.ROUTES, *visit.ROUTES, *device.ROUTES, *token.ROUTES)
