"""The text for the owner of the firewall: complete, true and without a secret."""

from __future__ import annotations

import asyncio

import pytest

from diag.report import change_request
from scenarios.load import load
from scenarios.play import play


def request(name: str) -> str:
    played = asyncio.run(play(load(name)))
    return change_request.render(played.verdict, played.measurement)


def test_blocked_ports_are_asked_for_with_all_that_a_rule_needs() -> None:
    text = request("tcp/port-dropped")
    for needed in (
        "TCP 993   outlook.office365.com",
        "TCP 587   smtp.office365.com",
        "set 'Exchange 1 and 2' as of 2026-08-14",
        "52.96.0.0/14",
        "ports 993, 995, 587",
        "No decryption",
        "Addresses  127.0.0.1",
        "no answer to SYN within 0.6 s",
        "So port 993 is blocked, whatever the host.",
        "maildiag check helpdesk@contoso.example",
    ):
        assert needed in text
    assert "ey" + "J" not in text  # how tokens begin
    assert max(len(line) for line in text.splitlines() if "#" not in line and "*" not in line) < 500


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("tls/intercepted", "1. No decryption"),
        ("starttls/stripped", "1. No decryption"),
        ("tcp/port-dropped", "1. Allow outgoing TCP"),
        ("proxy/refuses-port", "1. Allow outgoing TCP"),
    ],
)
def test_what_is_not_so_now_is_asked_for_first(name: str, first: str) -> None:
    text = request(name)
    wishes = text.partition("\nRequested\n---------\n")[2].partition("\nWhy\n")[0]
    assert wishes.startswith(first)
    assert [f"{number}. " in wishes for number in range(1, 6)] == [True, True, True, True, False]


def test_where_a_device_accepts_connections_it_is_asked_to_leave_them_alone() -> None:
    text = request("tcp/terminated-on-the-way")
    assert "1. No proxy that accepts connections in the servers' name" in text
    assert "2. Allow outgoing TCP" in text
    assert "which nobody has: open" in text


@pytest.mark.parametrize(
    "name", ["healthy/exchange-online", "imap/sign-in-refused--password", "proxy/not-a-proxy", "tls/intercepted--avast"]
)
def test_nothing_is_asked_for_where_the_network_is_not_at_fault(name: str) -> None:
    assert request(name).startswith("No change is needed in the network")


@pytest.mark.parametrize("name", ["tls/name-filtered", "proxy/refuses-port", "dns/altered", "starttls/stripped"])
def test_every_layer_of_the_network_can_be_the_reason(name: str) -> None:
    text = request(name)
    assert "\nWhy\n---\n* " in text
    assert "{" not in text
