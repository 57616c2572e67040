"""Who issues for whom, which versions they take, and how long they may let a certificate live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from diag.wire.issuers import attribute, expected_issuers, longest_life, refuses, service_of, takes


def test_services_are_known_by_their_own_names_only() -> None:
    assert expected_issuers("outlook.office365.com") == ("DigiCert Inc", "Microsoft Corporation")
    assert expected_issuers("notoutlook.com") == ()
    assert service_of("imap.gmail.com") == "Gmail"
    assert service_of("mail.example.org") is None


def test_a_service_refuses_and_takes_versions_but_not_where_old_clients_are_the_purpose() -> None:
    assert refuses("outlook.office365.com", "TLSv1.1")
    assert not refuses("imap-legacy.office365.com", "TLSv1.1")
    assert not refuses("mail.example.org", "TLSv1")
    assert takes("smtp.office365.com", "TLSv1.3")
    assert not takes("outlook.office365.com", "TLSv1.3")
    assert not takes("mail.example.org", "TLSv1.2")


def test_an_attribute_may_hold_a_comma() -> None:
    assert attribute("CN=x, O=DigiCert\\, Inc., C=US", "O") == "DigiCert, Inc."
    assert attribute("CN=x", "O") == ""


@pytest.mark.parametrize(
    ("issued", "days"),
    [("2019-01-01", None), ("2026-03-14", 398), ("2026-03-15", 200), ("2027-03-15", 100), ("2030-01-01", 47)],
)
def test_the_longest_life_shrinks_with_the_years(issued: str, days: int | None) -> None:
    found = longest_life(datetime.fromisoformat(issued).replace(tzinfo=UTC))
    assert found == (timedelta(days=days + 1) if days else None)
