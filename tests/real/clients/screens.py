"""mutt and neomutt: readers for a terminal, that also submit without one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.real.clients.job import Job, Outcome


def mutt_imap(job: Job) -> Outcome:
    return _read(job, "mutt", "imap", f"imaps://{job.host}:{job.port}/INBOX")


def mutt_pop3(job: Job) -> Outcome:
    return _read(job, "mutt", "pop", f"pops://{quote(job.user)}@{job.host}:{job.port}/")


def mutt_smtp(job: Job) -> Outcome:
    return _send(job, "mutt")


def neomutt_imap(job: Job) -> Outcome:
    return _read(job, "neomutt", "imap", f"imaps://{job.host}:{job.port}/INBOX")


def neomutt_smtp(job: Job) -> Outcome:
    return _send(job, "neomutt")


def _read(job: Job, program: str, protocol: str, place: str) -> Outcome:
    """Copy every message into a file, as a person would by keys."""
    keys = f"<tag-pattern>~A<enter><tag-prefix><copy-message>{job.mail}<enter><exit>"
    settings = job.write("muttrc", f"""
        set {protocol}_authenticators="{job.mechanism.lower()}"
        set {protocol}_oauth_refresh_command="{job.secret_command}"
        set {protocol}_user="{job.user}"
        set ssl_force_tls=yes sleep_time=0
        {_trust(job)}
        set confirmcreate=no confirmappend=no quit=yes mbox_type=mbox delete=no move=no
    """)  # fmt: skip
    return job.run_on_screen(program, "-n", "-F", settings, "-R", "-f", place, "-e", f"push '{keys}'")


def _send(job: Job, program: str) -> Outcome:
    settings = job.write("muttrc", f"""
        set smtp_authenticators="{job.mechanism.lower()}"
        set smtp_oauth_refresh_command="{job.secret_command}"
        set smtp_url="smtp://{quote(job.user)}@{job.host}:{job.port}/"
        set ssl_force_tls=yes sleep_time=0
        {_trust(job)}
        set from="{job.user}" use_from=yes record=""
    """)  # fmt: skip
    return job.run(program, "-n", "-F", settings, "-s", job.subject, job.user, text="It works again.\n")


def _trust(job: Job) -> str:
    return f'set certificate_file="{job.ca}" ssl_ca_certificates_file="{job.ca}"'
