"""Live progress, drawn on a stream that is no terminal, or not at all."""

from __future__ import annotations

import io

from diag.cli.progress import Progress
from diag.model.actions import TcpConnect
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Observation


def step(subject: str, **how: object) -> Observation:
    action = TcpConnect(address="192.0.2.1", port=993, family="ipv4", timeout=5)
    return Observation(number=1, subject=subject, began=0, action=action, **how)  # type: ignore[arg-type]


def test_steps_are_redrawn_in_place_and_cleared() -> None:
    stream = io.StringIO()
    progress = Progress(stream, live=True)
    progress(step("mail.example:993"))
    progress(step("mail.example:993", took=0.012))
    progress(step("other:1", took=0.1, failure=Failure.of(FailureCode.CONNECT_TIMEOUT)))
    drawn = stream.getvalue()
    assert "mail.example:993  port ...\n" in drawn
    assert "port 12 ms" in drawn
    assert "other:1  port failed" in drawn
    progress.clear()
    assert stream.getvalue().endswith("\x1b[2F\x1b[J")


def test_nothing_is_drawn_where_nobody_watches() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress(step("mail.example:993"))
    progress.clear()
    assert stream.getvalue() == ""


def test_names_cannot_write_to_the_terminal() -> None:
    stream = io.StringIO()
    Progress(stream, live=True)(step("\x1b[2Jevil\u202e:993"))
    assert stream.getvalue().startswith("?[2Jevil?:993")


def test_one_open_address_is_enough_for_the_port() -> None:
    stream = io.StringIO()
    progress = Progress(stream, live=True)
    progress(step("mail.example:993", took=0.012))
    progress(step("mail.example:993", took=5.0, failure=Failure.of(FailureCode.CONNECT_TIMEOUT)))
    assert stream.getvalue().rstrip().endswith("port 12 ms")
