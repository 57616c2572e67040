"""The way through a plaintext greeting, in any pieces, and where it ends."""

from __future__ import annotations

import pytest

from diag.model.target import Protocol
from diag.wire.upgrade import RefusedError, Upgrade

TALKS = {
    Protocol.IMAP: [b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\nt1 OK begin\r\n"],
    Protocol.POP3: [b"+OK ready\r\n", b"+OK begin\r\n"],
    Protocol.SMTP: [b"220-hello\r\n220 mail\r\n", b"250-mail\r\n250-SIZE\r\n250 STARTTLS\r\n", b"220 go\r\n"],
}


@pytest.mark.parametrize("protocol", list(TALKS))
@pytest.mark.parametrize("cut", [False, True])
def test_it_leads_to_tls(protocol: Protocol, cut: bool) -> None:
    upgrade, sent = Upgrade(protocol), b""
    for said in TALKS[protocol]:
        assert not upgrade.done
        for piece in (said[i : i + 1] for i in range(len(said))) if cut else (said,):
            sent += upgrade.feed(piece)
    assert upgrade.done
    assert sent.upper().endswith((b"STARTTLS\r\n", b"STLS\r\n"))


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        (Protocol.IMAP, b"* BYE no\r\n"),
        (Protocol.POP3, b"-ERR no\r\n"),
        (Protocol.SMTP, b"421 no\r\n"),
        (Protocol.SMTP, b"HTTP/1.1 400\r\n"),
    ],
)
def test_a_refusal_ends_it(protocol: Protocol, said: bytes) -> None:
    with pytest.raises(RefusedError):
        Upgrade(protocol).feed(said)


def test_a_server_cannot_go_on_for_ever() -> None:
    upgrade = Upgrade(Protocol.IMAP)
    upgrade.feed(b"* OK ready\r\n")
    with pytest.raises(RefusedError):
        upgrade.feed(b"* more\r\n" * 500)


@pytest.mark.parametrize("protocol", list(TALKS))
def test_what_comes_behind_the_consent_is_kept_apart(protocol: Protocol) -> None:
    upgrade = Upgrade(protocol)
    *first, last = TALKS[protocol]
    for said in first:
        upgrade.feed(said)
    upgrade.feed(last + b"and more\r\n")
    assert upgrade.done
    assert upgrade.pending == b"and more\r\n"
