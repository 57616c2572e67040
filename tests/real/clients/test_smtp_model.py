"""A submission session held against a model: what may follow what (RFC 5321, RFC 4954), and what is delivered."""

from __future__ import annotations

import base64
import smtplib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.real.clients.machines import hold
from tests.real.clients.worlds import Served, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real
STEPS = 30
DONE, GO_ON, BAD_SEQUENCE, WANTS_SIGN_IN, REFUSED, NOT_ALLOWED = 250, 354, 503, 530, 535, 553
PATIENCE = 4
"""Unknown commands that a session survives; after five aiosmtpd ends it."""
SOMEBODY_ELSE = "nobody@elsewhere.example"
lines = st.lists(st.sampled_from([".", "..", "", "text", ".hidden", "x" * 900]), max_size=5)


@dataclass
class Model:
    """How far the session has come, the transaction in it, and what the inbox has in all."""

    greeted: bool = False
    signed_in: bool = False
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    inbox: list[str] = field(default_factory=list)
    unknown: int = 0

    def forget_transaction(self) -> None:
        self.sender, self.recipients = None, []


class Submission(RuleBasedStateMachine):
    """The rules: what a client may say, in any order, and what must come of it."""

    served: Served

    @initialize()
    def begin(self) -> None:
        self.served.forget_mail()
        self.model, self.number = Model(), 0
        self.client = smtplib.SMTP("localhost", self.served.ports["smtp"], timeout=20)

    def teardown(self) -> None:
        if getattr(self, "client", None) is not None:
            self.client.close()

    @rule()
    def greet(self) -> None:
        """EHLO also ends a transaction (RFC 5321 section 4.1.4)."""
        assert self.client.ehlo()[0] == DONE
        self.model.greeted = True
        self.model.forget_transaction()

    @precondition(lambda self: self.model.sender is None)
    @rule(right=st.booleans())
    def sign_in(self, *, right: bool) -> None:
        password = self.served.password if right else "wrong"
        response = base64.b64encode(f"\0{self.served.user}\0{password}".encode()).decode()
        code = self.client.docmd("AUTH", f"PLAIN {response}")[0]
        if not self.model.greeted or self.model.signed_in:
            assert code == BAD_SEQUENCE
        else:
            assert code == (235 if right else REFUSED)
            self.model.signed_in = right

    @rule(own=st.booleans())
    def name_sender(self, *, own: bool) -> None:
        sender = self.served.user if own else SOMEBODY_ELSE
        code = self.client.docmd(f"MAIL FROM:<{sender}>")[0]
        if not self.model.greeted or self.model.sender is not None:
            assert code == BAD_SEQUENCE
        elif not self.model.signed_in:
            assert code == WANTS_SIGN_IN
        else:
            assert code == DONE
            self.model.sender = sender

    @rule(own=st.booleans())
    def name_recipient(self, *, own: bool) -> None:
        recipient = self.served.user if own else SOMEBODY_ELSE
        code = self.client.docmd(f"RCPT TO:<{recipient}>")[0]
        if self.model.sender is None:
            assert code == BAD_SEQUENCE
        else:
            assert code == DONE
            self.model.recipients.append(recipient)

    @rule(body=lines, own=st.booleans())
    def send(self, body: list[str], *, own: bool) -> None:
        """Deliver to those who are here, or to nobody where the From field is somebody else's."""
        if not self.model.recipients:
            assert self.client.docmd("DATA")[0] == BAD_SEQUENCE
            return
        self.number += 1
        author = self.served.user if own else SOMEBODY_ELSE
        letter = "\r\n".join([f"From: {author}", f"Subject: {self.number}", "", *body, ""])
        assert self.client.data(letter)[0] == (DONE if own else NOT_ALLOWED)
        if own:
            self.model.inbox += [str(self.number)] * self.model.recipients.count(self.served.user)
        self.model.forget_transaction()

    @rule()
    def reset(self) -> None:
        assert self.client.rset()[0] == DONE
        self.model.forget_transaction()

    @precondition(lambda self: self.model.unknown < PATIENCE)
    @rule()
    def say_what_is_unknown(self) -> None:
        self.model.unknown += 1
        assert 500 <= self.client.docmd("FROBNICATE")[0] <= 502  # RFC 5321 section 4.2.4

    @rule(politely=st.booleans())
    def come_again(self, *, politely: bool) -> None:
        """Begin anew: what is not sent is lost, and what is sent stays."""
        if politely:
            assert self.client.quit()[0] == 221
        else:
            self.client.close()
        self.client = smtplib.SMTP("localhost", self.served.ports["smtp"], timeout=20)
        self.model = Model(inbox=self.model.inbox)

    @invariant()
    def the_inbox_agrees(self) -> None:
        if getattr(self, "client", None) is not None:
            assert [name for name in self.served.subjects() if name.isdecimal()] == self.model.inbox


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve("plain") as running:
        yield running


def test_a_session_goes_from_greeting_to_delivery_and_no_other_way(served: Served) -> None:
    hold(Submission, served, steps=STEPS)
