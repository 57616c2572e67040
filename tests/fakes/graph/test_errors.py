"""Refusals and their bodies."""

from __future__ import annotations

from fakes.graph.errors import body, denied


def test_the_body_of_a_refusal() -> None:
    assert body(denied(), at=0.0, request_id="r", client_request_id="c") == {
        "error": {
            "code": "Authorization_RequestDenied",
            "message": "Insufficient privileges to complete the operation.",
            "innerError": {"date": "1970-01-01T00:00:00", "request-id": "r", "client-request-id": "c"},
        }
    }
