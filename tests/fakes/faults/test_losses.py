"""Whose packets are lost behind devices that pass them on."""

from __future__ import annotations

from fakes.faults.losses import Losses

CLIENT, NEARER, FARTHER, ANOTHER = (("127.0.0.1", port) for port in range(1, 5))


def test_a_loss_is_the_loss_of_everybody_who_sent_by_that_way() -> None:
    losses = Losses()
    losses.pass_on(NEARER, CLIENT)
    losses.pass_on(FARTHER, NEARER)
    losses.add(FARTHER)
    assert all(end in losses for end in (CLIENT, NEARER, FARTHER))
    assert ANOTHER not in losses


def test_what_lies_behind_a_loss_loses_nothing() -> None:
    losses = Losses()
    losses.pass_on(FARTHER, NEARER)
    losses.add(NEARER)
    assert FARTHER not in losses
