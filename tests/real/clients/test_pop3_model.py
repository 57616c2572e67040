"""A POP3 session, and mail that arrives meanwhile, held against a model: the standard library's clients on both ends."""

from __future__ import annotations

import poplib
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
picks = st.integers(0, 9)
lines = st.lists(st.sampled_from([".", "..", "", "text", ".hidden", "x" * 900]), max_size=5)


@dataclass
class Model:
    """The mail that there is, what the session found at its sign-in, and what it has marked."""

    inbox: list[bytes] = field(default_factory=list)
    drop: list[bytes] | None = None
    marked: set[int] = field(default_factory=set)

    def left(self) -> list[tuple[int, bytes]]:
        return [(at, data) for at, data in enumerate(self.drop or (), 1) if at not in self.marked]


class Maildrop(RuleBasedStateMachine):
    """The rules: what a client may do, and what must come of it."""

    served: Served

    @initialize()
    def begin(self) -> None:
        self.served.forget_mail()
        self.model = Model()
        self.number = 0
        self.client = self._connect()
        for number in range(1, self.client.stat()[0] + 1):
            self.model.inbox.append(self._read(number))
        self.model.drop = list(self.model.inbox)

    def teardown(self) -> None:
        if getattr(self, "client", None) is not None:
            self.client.close()

    def _connect(self) -> poplib.POP3:
        client = poplib.POP3("localhost", self.served.ports["pop3"], timeout=20)
        client.user(self.served.user)
        client.pass_(self.served.password)
        return client

    def _read(self, number: int) -> bytes:
        return b"".join(line + b"\r\n" for line in self.client.retr(number)[1])

    signed_in = precondition(lambda self: self.model.drop is not None)

    @rule(body=lines)
    def deliver(self, body: list[str]) -> None:
        """Let mail arrive. A session that has begun does not see it."""
        self.number += 1
        user = self.served.user
        letter = "\r\n".join([f"From: {user}", f"To: {user}", f"Subject: {self.number}", "", *body, ""])
        with smtplib.SMTP("localhost", self.served.ports["smtp"], timeout=20) as client:
            client.login(user, self.served.password)
            client.sendmail(user, [user], letter)
        self.model.inbox.append(letter.encode())

    @signed_in
    @rule(pick=picks)
    def read(self, pick: int) -> None:
        if left := self.model.left():
            at, data = left[pick % len(left)]
            assert self._read(at) == data

    @signed_in
    @rule(pick=picks, count=st.integers(0, 4))
    def top(self, pick: int, count: int) -> None:
        if left := self.model.left():
            at, data = left[pick % len(left)]
            head, _, body = data.partition(b"\r\n\r\n")
            assert self.client.top(at, count)[1] == [*head.split(b"\r\n"), b"", *body.split(b"\r\n")[:-1][:count]]

    @signed_in
    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        at = pick + 1
        if at in dict(self.model.left()):
            self.client.dele(at)
            self.model.marked.add(at)
        else:
            for refused in (self.client.dele, self.client.retr, self.client.list, self.client.uidl):
                with pytest.raises(poplib.error_proto):
                    refused(at)

    @signed_in
    @rule()
    def reset(self) -> None:
        self.client.rset()
        self.model.marked.clear()

    @rule(politely=st.booleans())
    def come_again(self, *, politely: bool) -> None:
        """Only QUIT removes what is marked (RFC 1939 section 6)."""
        if politely:
            self.client.quit()
            gone = [(self.model.drop or [])[at - 1] for at in self.model.marked]
            for data in gone:
                self.model.inbox.remove(data)
        else:
            self.client.close()
        self.client = self._connect()
        self.model.drop, self.model.marked = list(self.model.inbox), set()

    @invariant()
    def the_lists_agree(self) -> None:
        if getattr(self, "client", None) is None:
            return
        left = self.model.left()
        assert self.client.stat() == (len(left), sum(len(data) for _, data in left))
        assert self.client.list()[1] == [b"%d %d" % (at, len(data)) for at, data in left]
        marks = [line.split() for line in self.client.uidl()[1]]
        assert [int(number) for number, _ in marks] == [at for at, _ in left]
        assert len({mark for _, mark in marks}) == len(left)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve("plain") as running:
        yield running


def test_a_session_sees_the_maildrop_as_it_was(served: Served) -> None:
    hold(Maildrop, served, steps=STEPS)
