"""Two sessions of the standard library's IMAP client on one mailbox, held against a model of it.

Hypothesis makes up what they do. The model knows nothing of the server: it is lists of numbers and sets of flags.
"""

from __future__ import annotations

import imaplib
import re
import socket
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

from fakes.declare import Service
from tests.fakes.serving import ADDRESS, PASSWORD, Served, serving
from tests.real.clients.machines import hold

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real
STEPS = 40
FLAGS = ("\\Seen", "\\Flagged", "\\Deleted", "Helpdesk")
NAMES = ("INBOX", "Archive", "Tickets", "Tickets/Open", "Done")
FETCHED = re.compile(rb"(\d+) \(.*?UID (\d+).*?FLAGS \(([^)]*)\)|(\d+) \(.*?FLAGS \(([^)]*)\).*?UID (\d+)")

sessions = st.integers(0, 1)
names = st.sampled_from(NAMES)
picks = st.integers(0, 9)
flag_sets = st.sets(st.sampled_from(FLAGS))


@dataclass
class ModelFolder:
    """What a folder holds: the flags by UID, in order."""

    validity: bytes
    next_uid: int = 1
    mail: dict[int, set[str]] = field(default_factory=dict)

    def add(self, flags: set[str]) -> int:
        self.mail[self.next_uid] = set(flags)
        self.next_uid += 1
        return self.next_uid - 1


@dataclass
class ModelSession:
    """A client with the folder that it has open, and the UIDs by the numbers that it knows."""

    client: imaplib.IMAP4
    folder: ModelFolder | None = None
    read_only: bool = False
    known: list[int] = field(default_factory=list)

    def told(self) -> None:
        """Hold it to have told everything: EXPUNGE may come with any command but three."""
        gone = self.client.response("EXPUNGE")[1]
        if self.folder is not None:
            for number in [int(text) for text in gone if text is not None]:
                del self.known[number - 1]
            assert self.known == list(self.folder.mail)[: len(self.known)]
            self.known = list(self.folder.mail)

    def told_arrivals(self) -> None:
        """Take it that only what arrived has been told."""
        if self.folder is not None:
            last = max(self.known, default=0)
            self.known += [uid for uid in self.folder.mail if uid > last]

    def remove_deleted(self) -> None:
        """Remove what is marked, among the messages that this session knows: no others are its to remove."""
        assert self.folder is not None
        for uid in [uid for uid in self.known if "\\Deleted" in self.folder.mail.get(uid, ())]:
            del self.folder.mail[uid]


class Mailbox(RuleBasedStateMachine):
    """The rules: what a client may do, and what must come of it."""

    served: Served

    @initialize()
    def begin(self) -> None:
        self.served.stores.clear()
        self.sessions = []
        for _ in range(2):
            client = imaplib.IMAP4(self.served.host, self.served.port)
            # The library sends literals in pieces, for each of which it would wait until the one before is acknowledged.
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.login(ADDRESS, PASSWORD)
            self.sessions.append(ModelSession(client))
        self.folders = {name: self._known(name) for name in ("INBOX", "Archive")}
        self.only_names: set[str] = set()  # of folders that were deleted while others were below them
        for _ in range(3):
            self.folders["INBOX"].add(set())

    def teardown(self) -> None:
        for session in getattr(self, "sessions", ()):
            session.client.logout()

    def _known(self, name: str) -> ModelFolder:
        """Ask for the validity of a folder, which is for the server to choose."""
        (line,) = self.sessions[0].client.status(name, "(UIDVALIDITY)")[1]
        self.sessions[0].told()
        return ModelFolder(re.search(rb"UIDVALIDITY (\d+)", line)[1])  # type: ignore[index]

    @rule(at=sessions, name=names, flags=flag_sets)
    def append(self, at: int, name: str, flags: set[str]) -> None:
        session = self.sessions[at]
        folder = self.folders.get(name)
        answer, (text,) = session.client.append(name, f"({' '.join(sorted(flags))})", None, b"Subject: x\r\n\r\n")
        if folder is None:
            assert answer == "NO"
            assert b"TRYCREATE" in text
        else:
            assert b"[APPENDUID %b %d]" % (folder.validity, folder.add(flags)) in text
        session.told()

    @rule(at=sessions, name=names, read_only=st.booleans())
    def select(self, at: int, name: str, *, read_only: bool) -> None:
        session = self.sessions[at]
        answer, (count,) = session.client.select(f'"{name}"', readonly=read_only)
        session.folder = self.folders.get(name)
        session.read_only = read_only
        session.known = list(session.folder.mail) if session.folder else []
        assert answer == ("OK" if session.folder is not None else "NO")
        if session.folder is not None:
            assert count == b"%d" % len(session.folder.mail)
            assert session.client.response("UIDVALIDITY")[1] == [session.folder.validity]
            assert session.client.response("UIDNEXT")[1] == [b"%d" % session.folder.next_uid]

    @precondition(lambda self: any(item.known for item in self.sessions))
    @rule(at=sessions, pick=picks, how=st.sampled_from(["FLAGS", "+FLAGS", "-FLAGS", "+FLAGS.SILENT"]), flags=flag_sets)
    def store(self, at: int, pick: int, how: str, flags: set[str]) -> None:
        session = self.sessions[at]
        if session.folder is None or not session.known:
            return
        number = pick % len(session.known) + 1
        uid = session.known[number - 1]
        answer, _ = session.client.store(str(number), how, f"({' '.join(sorted(flags))})")
        assert answer == ("NO" if session.read_only else "OK")
        session.told_arrivals()
        own = session.folder.mail.get(uid)
        if own is not None and not session.read_only:
            session.folder.mail[uid] = {"F": flags, "+": own | flags, "-": own - flags}[how[0]]

    @rule(at=sessions, pick=picks, name=names, move=st.booleans())
    def copy_or_move(self, at: int, pick: int, name: str, *, move: bool) -> None:
        session = self.sessions[at]
        if session.folder is None or not session.known or (move and session.read_only):
            return
        uid = session.known[pick % len(session.known)]
        if uid not in session.folder.mail:
            return  # whether a message that is gone can still be copied is for the server to say (RFC 2180)
        session.client.response("COPYUID")
        answer, _ = session.client.uid("MOVE" if move else "COPY", str(uid), f'"{name}"')
        target = self.folders.get(name)
        assert answer == ("OK" if target is not None else "NO")
        if target is not None:
            copied = b"%b %d %d" % (target.validity, uid, target.add(session.folder.mail[uid]))
            assert session.client.response("COPYUID")[1] == [copied]
            if move:
                del session.folder.mail[uid]
        session.told()

    @rule(at=sessions)
    def expunge(self, at: int) -> None:
        session = self.sessions[at]
        if session.folder is None:
            return
        answer, _ = session.client._simple_command("EXPUNGE")
        assert answer == ("NO" if session.read_only else "OK")
        if not session.read_only:
            session.remove_deleted()
        session.told()

    @rule(at=sessions, close=st.booleans())
    def leave(self, at: int, *, close: bool) -> None:
        session = self.sessions[at]
        if session.folder is None:
            return
        if close and not session.read_only:
            session.remove_deleted()
        (session.client.close if close else session.client.unselect)()
        session.folder, session.known = None, []

    @rule(at=sessions, name=names)
    def create(self, at: int, name: str) -> None:
        answer, _ = self.sessions[at].client.create(f'"{name}"')
        self.sessions[at].told()
        assert answer == ("NO" if name in self.folders else "OK")
        if name not in self.folders:
            self.folders[name] = self._known(name)
            self.only_names.discard(name)
            if "/" in name and "Tickets" not in {*self.folders, *self.only_names}:
                self.folders["Tickets"] = self._known("Tickets")

    @rule(at=sessions, name=names)
    def delete(self, at: int, name: str) -> None:
        answer, _ = self.sessions[at].client.delete(f'"{name}"')
        assert answer == ("OK" if name in self.folders and name != "INBOX" else "NO")
        if answer == "OK":
            self.folders.pop(name).mail.clear()
            if any(other.startswith(f"{name}/") for other in self.folders):
                self.only_names.add(name)
        self.sessions[at].told()  # the mail of a folder that was open here goes with this very answer

    @rule(at=sessions, flag=st.sampled_from(FLAGS[:3]))
    def search(self, at: int, flag: str) -> None:
        session = self.sessions[at]
        if session.folder is None:
            return
        (found,) = session.client.search(None, flag[1:].upper())[1]
        session.told_arrivals()
        # What is gone and not told yet keeps its flags from before, which the model no longer knows.
        gone = [number for number, uid in enumerate(session.known, 1) if uid not in session.folder.mail]
        has = [number for number, uid in enumerate(session.known, 1) if flag in session.folder.mail.get(uid, ())]
        assert [number for number in map(int, found.split()) if number not in gone] == has

    @rule(at=sessions)
    def fetch(self, at: int) -> None:
        """Numbers are those that the client knows, also of messages that another session has removed."""
        session = self.sessions[at]
        if session.folder is None or not session.known:
            return
        seen = self._fetch(session, "FETCH")
        assert [(number, uid) for number, uid, _ in seen] == list(enumerate(session.known, 1))
        session.told_arrivals()

    @invariant()
    def every_session_learns_the_same(self) -> None:
        for session in getattr(self, "sessions", ()):
            if session.folder is None:
                continue
            session.client.noop()
            session.told()
            seen = {uid: flags for _, uid, flags in self._fetch(session, "UID")}
            assert seen == session.folder.mail
            (line,) = session.client.status("INBOX", "(MESSAGES UIDNEXT)")[1]
            inbox = self.folders["INBOX"]
            assert b"(MESSAGES %d UIDNEXT %d)" % (len(inbox.mail), inbox.next_uid) in line

    @staticmethod
    def _fetch(session: ModelSession, verb: str) -> list[tuple[int, int, set[str]]]:
        """Return number, UID and flags of all messages; lines without a UID are news, not answers."""
        fetch = session.client.fetch if verb == "FETCH" else lambda *how: session.client.uid("FETCH", *how)
        found = []
        for line in fetch("1:*", "(UID FLAGS)")[1]:
            match = FETCHED.match(line) if isinstance(line, bytes) else None
            if match:
                number, uid, flags = (match[1], match[2], match[3]) if match[1] else (match[4], match[6], match[5])
                found.append((int(number), int(uid), set(flags.decode().split())))
        return found


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Service(speaks="imap", like="dovecot", tls="none")) as running:
        yield running


def test_two_sessions_see_one_mailbox(served: Served) -> None:
    hold(Mailbox, served, steps=STEPS)
