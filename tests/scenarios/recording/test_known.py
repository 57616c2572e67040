"""What is public, and what may be somebody's own."""

from __future__ import annotations

from scenarios.recording import known


def test_registered_capabilities_are_known_with_their_numbers() -> None:
    assert all(map(known.is_capability, ("IDLE", "idle", "SIZE 157286400", "EXPIRE 60")))
    assert not any(map(known.is_capability, ("X-ACME", "SIZE acme")))


def test_permissions_of_microsoft_are_known() -> None:
    assert all(map(known.is_permission, ("IMAP.AccessAsUser.All", "Mail.ReadWrite.Shared", "openid", ".default")))
    assert not known.is_permission("Acme.Read")


def test_identifiers_of_microsofts_own_applications_are_public() -> None:
    assert known.is_public_guid("00000003-0000-0000-c000-000000000000")
    assert known.is_public_guid("00000002-0000-0FF1-CE00-000000000000")
    assert not known.is_public_guid("c0ffee00-1234-4abc-8def-0123456789ab")


def test_words_by_which_sentences_are_recognised_are_plain() -> None:
    assert {"authentication", "disabled", "mailbox", "fortigate"} <= known.plain_words()
    assert not {"acme", "contoso"} & known.plain_words()


def test_of_the_name_of_a_ca_stays_what_is_plain() -> None:
    assert known.plain("Check Point outbound CA") == "Check Point outbound CA"
    assert known.plain("ACME Root CA") == "Root CA"
    assert known.plain("ca.acme.pl Łódź") == ""
