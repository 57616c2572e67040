"""A secret shows itself nowhere."""

from __future__ import annotations

import pickle
import traceback

import pytest

from diag.model.secret import Secret, scrub

CANARY = "canary-4711"


def test_no_way_of_writing_shows_it() -> None:
    secret = Secret(CANARY)
    shown = f"{secret} {secret!r} {secret:>30} {secret!s} {[secret]} { ({'a': secret}) }"
    assert CANARY not in shown
    assert secret.reveal() == CANARY
    assert secret
    assert not Secret("")


def test_it_cannot_be_pickled_nor_does_the_error_show_it() -> None:
    with pytest.raises(TypeError) as refused:
        pickle.dumps(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(refused.value))


def test_text_is_scrubbed_of_every_secret() -> None:
    assert scrub(f"a {CANARY} b {CANARY} c x", Secret(CANARY), Secret("x"), Secret("")) == "a *** b *** c ***"
