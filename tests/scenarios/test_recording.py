"""A site's measurement as a case: nothing of the site in it, and nothing lost without a word."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import pytest

from diag.model import document
from diag.model.actions import Dialogue
from diag.model.failure import Failure, FailureCode
from scenarios.load import load, names
from scenarios.play import play, play_all
from scenarios.recording import record
from tests.scenarios.recording.marked import GUID, WORD, marked

if TYPE_CHECKING:
    from pathlib import Path

    from diag.model.measurement import Measurement

NAMED = ("tls/untrusted-root--named-like-a-product", "tls/only-locally-trusted--named-like-a-product")
"""Cases of a CA that is called like a product."""


def measured(name: str) -> Measurement:
    """Return what is measured in a bundled case."""
    return asyncio.run(play(load(name))).measurement


def recorded(name: str) -> str:
    """Return the recording of a bundled case."""
    return record(measured(name)).text


def of_a_site(measurement: Measurement) -> Measurement:
    """Return the measurement as if it had been made at a customer's with names of its own."""
    text = document.dump(measurement)
    for example, own in (
        ("mail.example.org", "srv-mail.acme-corp.pl"),
        ("example.org", "acme-corp.pl"),
        ("198.51.100.25", "8.8.4.4"),
        ("support@", "jan.kowalski@"),
    ):
        text = text.replace(example, own)
    return document.load(text, name="site")


def test_the_names_of_a_site_are_replaced_and_the_verdict_is_the_same(tmp_path: Path) -> None:
    recording = record(of_a_site(measured("tls/self-signed")))
    assert not re.search(r"acme|kowalski|srv-mail|8\.8\.4\.4", recording.text)
    file = tmp_path / "case.yaml"
    file.write_text(recording.text)
    played = asyncio.run(play(load(str(file))))
    assert played.differences == ()
    assert [finding.code for finding in played.verdict.causes] == ["tls/self-signed"]
    assert record(played.measurement) == recording


def test_a_sentence_that_nobody_knows_is_said_again(tmp_path: Path) -> None:
    text = document.dump(measured("imap/sign-in-refused--password"))
    document_ = json.loads(text)
    for item in document_["observations"]:
        action = item["action"]
        if action["kind"] == "dialogue" and action["purpose"] == "sign-in":
            action.update(status="NO", text="[AUTHENTICATIONFAILED] The moon is in the wrong phase")
    recording = record(document.load(json.dumps(document_), name="site"))
    assert "The moon is in the wrong phase" in recording.text
    file = tmp_path / "case.yaml"
    file.write_text(recording.text)
    again = asyncio.run(play(load(str(file)))).measurement
    (said,) = [item.action for item in again.observations if getattr(item.action, "purpose", "") == "sign-in"]
    assert isinstance(said, Dialogue)
    assert said.text == "[AUTHENTICATIONFAILED] The moon is in the wrong phase"


def test_what_has_no_words_in_a_scenario_is_listed() -> None:
    measurement = measured("healthy/dovecot")
    item = next(item for item in measurement.observations if getattr(item.action, "purpose", "") == "inbox")
    item.failure = Failure.of(FailureCode.REPLY_MALFORMED, "?")
    recording = record(measurement)
    assert any(f"#{item.number} inbox at" in text for text in recording.left_out)
    assert "# Not in this scenario: " in recording.text


def test_the_options_of_a_check_are_part_of_its_recording() -> None:
    text = record(measured("healthy/private-ca-named")).text
    assert "cacert: [private]" in text
    assert "families: [ipv6]" in record(measured("dns/no-address-of-family")).text


def test_symptoms_and_notes_are_expected_too() -> None:
    assert "symptoms: [tls/certificate-wrong-name, tls/intercepted, tls/self-signed]" in recorded(
        "dns/address-unpublished"
    )
    assert "notes: [tls/old-version-accepted]" in recorded("tls/old-version-accepted")


def test_versions_are_part_of_a_recording_where_the_handshake_succeeds_too() -> None:
    assert "tls_versions: [TLSv1, TLSv1.1, TLSv1.2, TLSv1.3]" in recorded("tls/old-version-accepted")
    assert "tls_versions" not in recorded("healthy/dovecot")


@pytest.mark.parametrize("name", ["tcp/path-mtu--down-smtp", "tls/hello-lost--smtp"])
def test_what_a_device_on_the_path_did_is_not_listed_as_missing(name: str) -> None:
    assert record(measured(name)).left_out == ()


@pytest.mark.parametrize("name", ["tls/old-version-accepted", "dns/address-unpublished", "dns/altered--own-server"])
def test_a_recording_plays_to_the_same_symptoms_and_notes(name: str, tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(recorded(name))
    assert asyncio.run(play(load(str(file)))).differences == ()


def test_a_recording_names_a_schema_that_any_project_can_have() -> None:
    assert recorded("healthy/dovecot").startswith("# yaml-language-server: $schema=schema.json\n")


def test_nothing_that_a_customer_or_a_server_chose_is_in_a_recording() -> None:
    """Of a part of the catalogue in which every layer is."""

    async def measured_all() -> list[Measurement]:
        return [played.measurement async for played in play_all(map(load, [*names()[::11], *NAMED]))]

    for measurement in asyncio.run(measured_all()):
        recording = record(marked(measurement))
        told = "\n".join([recording.text, *recording.left_out]).lower()
        assert not re.search(rf"{WORD}|canarski|{GUID}|c0ffee", told)
