"""Python's own mail clients and three from PyPI, used as their documentation has it."""

from __future__ import annotations

import asyncio
import base64
import imaplib
import poplib
import smtplib
import ssl
from typing import TYPE_CHECKING

from tests.real.clients.job import Outcome
from tests.real.sasl import FINISH, MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.real.clients.job import Job


def _context(job: Job) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(job.ca))


def _answers(job: Job) -> Callable[[bytes], bytes]:
    """Return the client's half of a mechanism: the message, and what ends a refusal that is told in two steps."""
    left = [MECHANISMS[job.mechanism](job.user, job.secret), FINISH[job.mechanism]]
    return lambda _challenge: left.pop(0)


def imaplib_imap(job: Job) -> Outcome:
    try:
        with imaplib.IMAP4_SSL(job.host, job.port, ssl_context=_context(job), timeout=20) as client:
            client.authenticate(job.mechanism, _answers(job))
            client.select(readonly=True)
            return Outcome(0, "", str(client.fetch("1", "(RFC822)")[1]))
    except imaplib.IMAP4.error as refusal:
        return Outcome(1, str(refusal))


def poplib_pop3(job: Job) -> Outcome:
    """Poplib has no method for AUTH; what its users do is this."""
    client = poplib.POP3_SSL(job.host, job.port, context=_context(job), timeout=20)
    try:
        answers = _answers(job)
        client._putcmd(f"AUTH {job.mechanism}")  # type: ignore[attr-defined]
        reply = client._getline()[0]  # type: ignore[attr-defined]
        while reply.startswith(b"+ "):
            client._putcmd(base64.b64encode(answers(reply)).decode())  # type: ignore[attr-defined]
            reply = client._getline()[0]  # type: ignore[attr-defined]
        if not reply.startswith(b"+OK"):
            return Outcome(1, reply.decode())
        return Outcome(0, "", str(client.retr(1)[1]))
    finally:
        client.close()


def smtplib_smtp(job: Job) -> Outcome:
    with smtplib.SMTP(job.host, job.port, timeout=20) as client:
        client.starttls(context=_context(job))
        client.ehlo()
        answers = _answers(job)

        def answer(challenge: bytes | None = None, /) -> str:
            return answers(challenge or b"").decode()

        try:
            client.auth(job.mechanism, answer)
            client.sendmail(job.user, [job.user], job.letter)
        except smtplib.SMTPResponseException as refusal:
            return Outcome(1, f"{refusal.smtp_code} {refusal.smtp_error!r}")
    return Outcome(0, "")


def imapclient_imap(job: Job) -> Outcome:
    from imapclient import IMAPClient  # noqa: PLC0415  may not be installed

    with IMAPClient(job.host, job.port, ssl_context=_context(job), timeout=20) as client:
        sign_in = {"XOAUTH2": client.oauth2_login, "OAUTHBEARER": client.oauthbearer_login}[job.mechanism]
        try:
            sign_in(job.user, job.secret)
        except client.Error as refusal:
            return Outcome(1, str(refusal))
        client.select_folder("INBOX", readonly=True)
        (found,) = client.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "RFC822"]).values()
        assert found[b"ENVELOPE"].subject in found[b"RFC822"]
        assert found[b"BODYSTRUCTURE"].is_multipart is False
        return Outcome(0, "", found[b"RFC822"].decode())


def aioimaplib_imap(job: Job) -> Outcome:
    import aioimaplib  # noqa: PLC0415  may not be installed

    async def main() -> Outcome:
        client = aioimaplib.IMAP4_SSL(job.host, job.port, ssl_context=_context(job), timeout=20)
        await client.wait_hello_from_server()
        reply = await client.xoauth2(job.user, job.secret)
        if reply.result != "OK":
            await client.logout()
            return Outcome(1, str(reply))
        await client.select("INBOX")
        fetched = await client.fetch("1", "(RFC822)")
        await client.logout()
        return Outcome(0, str(reply), str(fetched.lines))

    return asyncio.run(main())


def aiosmtplib_smtp(job: Job) -> Outcome:
    import aiosmtplib  # noqa: PLC0415  may not be installed

    async def main() -> Outcome:
        client = aiosmtplib.SMTP(hostname=job.host, port=job.port, start_tls=True, tls_context=_context(job))
        async with client:
            try:
                await client.auth_xoauth2(job.user, job.secret)
                await client.sendmail(job.user, [job.user], job.letter)
            except aiosmtplib.SMTPResponseException as refusal:
                return Outcome(1, f"{refusal.code} {refusal.message}")
        return Outcome(0, "")

    return asyncio.run(main())
