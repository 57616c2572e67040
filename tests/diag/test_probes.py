"""The list of probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Protocol, Tls
from diag.plan import endpoint_at
from diag.probes import PROBES, all_probes
from diag.probes.probe import probe

if TYPE_CHECKING:
    from diag.probes.run import Run


def test_the_list_is_whole_and_every_probe_asks_a_question() -> None:
    assert [item.name for item in PROBES] == [
        "dns",
        "tcp",
        "contrast",
        "trace",
        "tls",
        "starttls",
        "offers",
        "trials",
        "ways",
        "acceptance",
        "entra",
        "pages",
        "token",
        "imap",
        "pop3",
        "smtp",
    ]
    assert all(item.asks.endswith("?") for item in PROBES)
    assert all_probes()[: len(PROBES)] == PROBES


def test_a_probe_says_where_it_makes_sense() -> None:
    @probe("x", asks="?", protocols=(Protocol.IMAP,), tls=(Tls.STARTTLS,))
    async def x(run: Run, endpoint: object) -> None:
        pass

    assert x.applies(endpoint_at(Protocol.IMAP, "h", 143))
    assert not x.applies(endpoint_at(Protocol.IMAP, "h", 993))
    assert not x.applies(endpoint_at(Protocol.POP3, "h", 110))
