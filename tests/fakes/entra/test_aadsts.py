"""Errors as Entra ID words them."""

from __future__ import annotations

import json
import uuid
from functools import partial

import pytest

from fakes.entra.aadsts import correlation_of, describe, reply, table
from fakes.web import Request
from tests.fakes.entra.asking import code_of
from tests.fakes.entra.numbers import MADE

NOW = 1_800_000_000.0
ME = "5f1c1e0e-8d2f-4e3b-9a37-1d0a6a2f7c11"


def test_the_table_is_whole() -> None:
    assert len(table()) >= 60
    assert all(row.text and row.error for row in table().values())


def test_a_body_has_the_shape_of_a_real_one() -> None:
    body = describe(65001, now=NOW, correlation=ME, app_id="1", app="A")
    assert set(body) == {
        "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri", "suberror",
    }  # fmt: skip
    assert body["error_description"] == (
        "AADSTS65001: The user or administrator has not consented to use the application with ID '1' named 'A'. Send an "
        f"interactive authorization request for this user and resource. Trace ID: {body['trace_id']} "
        f"Correlation ID: {ME} Timestamp: 2027-01-15 08:00:00Z"
    )
    assert (body["error_codes"], body["suberror"]) == ([65001], "consent_required")


def test_every_number_can_be_said_without_any_value() -> None:
    for number in table():
        said = reply(number, now=NOW, correlation=ME)
        assert json.loads(said.body)["error_codes"] == [number]
        assert said.status in {400, 401, 503}


def test_a_policy_is_named_in_claims() -> None:
    assert "capolids" in json.loads(describe(53003, now=NOW, correlation=ME)["claims"])["access_token"]


@pytest.mark.parametrize("number", table())
def test_every_number_is_brought_forth(number: int) -> None:
    assert code_of(MADE[number]()) == number


def test_what_only_a_declaration_leads_to_is_said_to_be_so() -> None:
    assert {number for number, row in table().items() if not row.declared} == {
        number for number, make in MADE.items() if not isinstance(make, partial)
    }


def test_a_service_that_is_overloaded_says_when_to_come_back() -> None:
    said = reply(90033, now=NOW, correlation=ME)
    assert (said.status, dict(said.headers)["Retry-After"]) == (503, "5")


def test_an_unknown_tenant_is_another_error_in_discovery() -> None:
    assert (
        json.loads(reply(90002, now=NOW, correlation=ME, error=table()[90002].discovery_error).body)["error"]
        == "invalid_tenant"
    )


def test_the_client_names_its_request() -> None:
    assert correlation_of(Request("GET", "/", headers={"client-request-id": ME})) == ME
    assert correlation_of(Request("GET", "/", query={"client-request-id": ME})) == ME
    assert (
        str(uuid.UUID(made := correlation_of(Request("GET", "/", headers={"client-request-id": "<script>"})))) == made
    )
