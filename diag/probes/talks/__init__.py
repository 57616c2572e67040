"""The client's half of each mail protocol: what is said, in which order, and what the answers amount to.

A talk goes over one connection. Every stretch of it with one purpose is a :class:`~diag.model.actions.Dialogue` on
record. The grammar of replies is in :mod:`diag.wire`; which talk a probe needs, and how far it goes, is for the
probes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Protocol

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run
    from diag.probes.talks.base import Talk
    from diag.probes.tcp import Channel


def open_talk(run: Run, endpoint: Endpoint, channel: Channel) -> Talk:
    """Begin the talk of the endpoint's protocol over ``channel``.

    :raises ValueError: no mail protocol is spoken at ``endpoint``.
    """
    match endpoint.protocol:
        case Protocol.IMAP:
            from diag.probes.talks.imap import ImapTalk as Chosen  # noqa: PLC0415  only the one that is needed
        case Protocol.POP3:
            from diag.probes.talks.pop3 import Pop3Talk as Chosen  # type: ignore[assignment]  # noqa: PLC0415
        case Protocol.SMTP:
            from diag.probes.talks.smtp import SmtpTalk as Chosen  # type: ignore[assignment]  # noqa: PLC0415
        case _:
            message = f"no mail protocol is spoken at {endpoint.subject}"
            raise ValueError(message)
    return Chosen(run, endpoint, channel)
