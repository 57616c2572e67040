"""A request as handlers see it."""

from __future__ import annotations

import pytest

from fakes.bearers import Caller
from fakes.graph.call import Call
from fakes.graph.errors import GraphError
from tests.fakes.graph.asking import Asking


def test_an_application_has_no_self() -> None:
    nobody = Caller(user=None, permissions=frozenset(), roles=frozenset())
    with pytest.raises(GraphError, match="only valid with delegated authentication flow"):
        Call(parts={}, caller=nobody, directory=Asking().directory).myself()
