"""The log of sign-ins."""

from __future__ import annotations

from fakes.sign_ins import KEPT, Attempt, Log


def test_it_remembers_the_newest_first_and_not_everything() -> None:
    log = Log()
    for number in range(KEPT + 5):
        log.add(Attempt(at=float(number), user="anna@contoso.example"))
    found = log.newest_first()
    assert (found[0].at, found[-1].at, len(found)) == (KEPT + 4.0, 5.0, KEPT)
