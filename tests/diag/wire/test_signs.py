"""A sign has the weight that the table gives it; what each of them sees is proven by the cases that it decides."""

from __future__ import annotations

import pytest

from diag.model.actions import Certificate, StoreVerdict, Timestamp, TlsHandshake
from diag.wire.signs import Shown, sign, weights


def test_weights_come_from_the_table() -> None:
    assert sign("product", "seen", 3).weight == weights()["product"]
    assert sign("product", "seen", 3).evidence == (3,)
    with pytest.raises(KeyError):
        sign("no such sign", "seen")


def test_a_handshake_is_read_by_what_its_stores_and_logs_say() -> None:
    leaf = Certificate(subject="", issuer="", serial="", not_before="", not_after="", sha256="", spki_sha256="")
    action = TlsHandshake(server_name="a", address="b", chain=(leaf,))
    assert not Shown(1, "s", action).untrusted
    assert not Shown(1, "s", action).public
    action.stores = (StoreVerdict(store="public", trusted=False, code=10),)
    assert not Shown(1, "s", action).untrusted, "an expired certificate of a public CA has a public root"
    action.stores = (StoreVerdict(store="public", trusted=False, code=20),)
    assert Shown(1, "s", action).untrusted
    action.timestamps = (Timestamp(log_id="x", verdict="invalid"), Timestamp(log_id="y", verdict="valid"))
    assert Shown(1, "s", action).genuine
