"""Every personality is whole, and says what the fact sheets say."""

from __future__ import annotations

import pytest

from fakes import personalities
from fakes.directory import Refusal
from fakes.personalities import load

NEEDED = {
    "imap": {"bye", "id", "invalid_state", "command_error", "too_many_errors", "not_connected", "token_expired"},
    "pop3": {"signed_in", "logged_on", "bye", "begin_tls", "invalid_state", "protocol_error"},
    "smtp": {
        "hello", "start_tls", "signed_in", "sender_ok", "recipient_ok", "queued", "bye", "not_authenticated",
        "unknown_mechanism", "send_as_denied", "login_user", "login_password",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", personalities.names())
def test_a_personality_has_a_sentence_for_everything(name: str) -> None:
    for protocol, speech in load(name).speech.items():
        assert set(speech.texts) >= NEEDED[protocol]
        assert set(speech.refusals) <= {*Refusal, "default", "login"}
        assert all(speech.refuse(reason) for reason in Refusal)


def test_exchange_never_offers_oauthbearer_nor_challenges() -> None:
    for name in ("exchange_online_legacy", "exchange_online_2026"):
        for speech in load(name).speech.values():
            assert "OAUTHBEARER" not in speech.mechanisms
            assert not speech.challenge


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="dovecot, exchange_online_2026"):
        load("courier")
