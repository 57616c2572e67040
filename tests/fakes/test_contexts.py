"""Contexts speak what they are asked to speak."""

from __future__ import annotations

import ssl
import time

import pytest

from fakes.certificates import Certificates
from fakes.contexts import load, server_context
from fakes.declare import Service


@pytest.mark.parametrize(("versions", "lowest"), [(("TLSv1.2", "TLSv1.3"), "TLSv1_2"), (("TLSv1", "TLSv1.1"), "TLSv1")])
def test_versions_are_the_bounds(versions: tuple[str, ...], lowest: str) -> None:
    assert server_context(versions).minimum_version is ssl.TLSVersion[lowest]


def test_a_chain_in_memory_is_loaded() -> None:
    key, chain = Certificates(now=time.time).chain(Service(speaks="imap"), "mail.example")
    assert load(server_context(("TLSv1.3",)), key, chain).maximum_version is ssl.TLSVersion.TLSv1_3
