"""What is odd about a connection: nothing of the server comes, or late."""

from __future__ import annotations

import pytest

from diag.model.actions import Dialogue, TcpConnect, TlsHandshake
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Observation
from diag.model.target import Protocol, Tls
from diag.wire.acceptance import late, wordless

HANDSHAKE = TlsHandshake(server_name="h", address="192.0.2.1")
ANSWERED = TlsHandshake(server_name="h", address="192.0.2.1", hello_took=0.1)
UPGRADED = TlsHandshake(server_name="h", address="192.0.2.1", after_starttls=True)
GREETING = Dialogue(protocol=Protocol.SMTP, tls=Tls.STARTTLS, purpose="greeting", encrypted=False)
INSIDE = Dialogue(protocol=Protocol.IMAP, tls=Tls.IMPLICIT, purpose="greeting", encrypted=True)
LATER = Dialogue(protocol=Protocol.SMTP, tls=Tls.STARTTLS, purpose="starttls", encrypted=False)
TCP = TcpConnect(address="192.0.2.1", port=993, family="ipv4", timeout=5)


@pytest.mark.parametrize(
    ("action", "code", "nothing"),
    [
        (HANDSHAKE, FailureCode.READ_TIMEOUT, True),
        (HANDSHAKE, FailureCode.CONNECTION_RESET, True),
        (HANDSHAKE, FailureCode.TLS_NOT_TLS, True),
        (HANDSHAKE, FailureCode.TLS_ALERT, False),
        (HANDSHAKE, None, False),
        (ANSWERED, FailureCode.CONNECTION_RESET, False),
        (ANSWERED, FailureCode.TLS_NOT_TLS, True),
        (UPGRADED, FailureCode.READ_TIMEOUT, False),
        (GREETING, FailureCode.CONNECTION_CLOSED, True),
        (GREETING, FailureCode.REPLY_MALFORMED, True),
        (GREETING, None, False),
        (INSIDE, FailureCode.READ_TIMEOUT, False),
        (LATER, FailureCode.READ_TIMEOUT, False),
        (TCP, FailureCode.CONNECT_TIMEOUT, False),
    ],
)
def test_a_step_is_wordless_where_nothing_of_the_server_came(
    action: TlsHandshake | Dialogue | TcpConnect,
    code: FailureCode | None,
    nothing: bool,
) -> None:
    failure = Failure.of(code) if code else None
    item = Observation(number=1, subject="h:993", began=0.0, action=action, failure=failure)
    assert wordless(item) is nothing


@pytest.mark.parametrize(
    ("opened", "answered", "is_late"),
    [
        (0.002, 0.18, True),
        (0.002, 0.1, False),
        (0.1, 0.35, False),
        (0.1, 0.41, True),
        (None, 9.0, False),
        (0.002, None, False),
    ],
)
def test_an_answer_is_late_by_far_and_not_by_a_server_s_thinking(
    opened: float | None,
    answered: float | None,
    is_late: bool,
) -> None:
    assert late(opened, answered) is is_late
