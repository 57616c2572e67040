"""The published ranges: what lies inside and what does not."""

from __future__ import annotations

import pytest

from diag import published


@pytest.mark.parametrize(
    ("host", "address", "inside"),
    [
        ("outlook.office365.com", "52.97.183.162", True),
        ("SMTP.office365.com", "2603:1026:c03:58a1::2", True),
        ("outlook.office365.com", "93.184.216.34", False),
        ("outlook.office365.com", "2001:db8::1", False),
        ("login.microsoftonline.com", "20.190.141.32", True),
        ("login.microsoftonline.com", "52.97.183.162", False),
    ],
)
def test_an_address_is_inside_or_not(host: str, address: str, inside: bool) -> None:
    found = published.of_host(host)
    assert found is not None
    assert found.has(address) is inside


def test_other_hosts_have_no_published_addresses() -> None:
    assert published.of_host("mail.example.org") is None
    assert all(item.date and item.ports for item in published.sets())
