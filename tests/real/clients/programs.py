"""Mail programs of a Linux distribution, told what to do as their manuals have it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.real.clients.job import Job, Outcome


def curl_imap(job: Job) -> Outcome:
    return _curl(job, "imaps", "/INBOX;MAILINDEX=1")


def curl_pop3(job: Job) -> Outcome:
    return _curl(job, "pop3s", "/1")


def curl_smtp(job: Job) -> Outcome:
    options = ["--mail-from", job.user, "--mail-rcpt", job.user, "--upload-file", "-", "--ssl-reqd", "--crlf"]
    return _curl(job, "smtp", "", *options)


def _curl(job: Job, scheme: str, path: str, *options: str) -> Outcome:
    return job.run(
        "curl", "--disable", "--silent", "--show-error", "--verbose", "--max-time", "20", "--cacert", job.ca,
        "--user", f"{job.user}:", "--login-options", f"AUTH={job.mechanism}", "--oauth2-bearer", job.secret, *options,
        f"{scheme}://{job.host}:{job.port}{path}", text=job.letter,
    )  # fmt: skip


def msmtp(job: Job) -> Outcome:
    return job.run(
        "msmtp", "--file=/dev/null", f"--host={job.host}", f"--port={job.port}", "--tls=on", "--tls-starttls=on",
        f"--tls-trust-file={job.ca}", f"--auth={job.mechanism.lower()}", f"--user={job.user}",
        f"--passwordeval={job.secret_command}", f"--from={job.user}", job.user, text=job.letter,
    )  # fmt: skip


def mpop(job: Job) -> Outcome:
    settings = f"""
        account default
        host {job.host}
        port {job.port}
        tls on
        tls_starttls off
        tls_trust_file {job.ca}
        auth {job.mechanism.lower()}
        user {job.user}
        passwordeval {job.secret_command}
        delivery mbox {job.mail}
        uidls_file {job.folder / "seen"}
        keep on
    """
    return job.run("mpop", "-C", job.write("mpoprc", settings))


def swaks(job: Job) -> Outcome:
    return job.run(
        "swaks", "--server", job.host, "--port", str(job.port), "--tls", "--tls-verify", "--tls-ca-path", job.ca,
        "--auth", job.mechanism, "--auth-user", job.user, "--auth-password", job.secret,
        "--from", job.user, "--to", job.user, "--header", f"Subject: {job.subject}",
    )  # fmt: skip


def fetchmail_imap(job: Job) -> Outcome:
    return _fetchmail(job, "IMAP")


def fetchmail_pop3(job: Job) -> Outcome:
    return _fetchmail(job, "POP3")


def _fetchmail(job: Job, protocol: str) -> Outcome:
    settings = f"""
        poll {job.host} protocol {protocol} port {job.port} auth password
        user "{job.user}" password "{job.secret}"
        ssl sslcertck sslcertfile "{job.ca}" keep fetchall mda "cat >> {job.mail}"
    """
    own = [f"--idfile={job.folder / 'ids'}", f"--pidfile={job.folder / 'pid'}"]
    return job.run("fetchmail", "--fetchmailrc", job.write("fetchmailrc", settings), "--nosyslog", "--verbose", *own)


def mbsync(job: Job) -> Outcome:
    job.mail.mkdir()
    settings = f"""
        IMAPAccount them
        Host {job.host}
        Port {job.port}
        User {job.user}
        PassCmd "{job.secret_command}"
        SSLType IMAPS
        CertificateFile {job.ca}
        SystemCertificates no
        AuthMechs {job.mechanism}

        IMAPStore far
        Account them

        MaildirStore near
        Path {job.mail}/
        Inbox {job.mail}/INBOX
        SubFolders Verbatim

        Channel all
        Far :far:
        Near :near:
        Patterns *
        Create Near
        SyncState *
    """
    stripped = "\n".join(line.strip() for line in settings.splitlines()).lstrip()
    return job.run("mbsync", "--config", job.write("mbsyncrc", stripped), "--verbose", "all")


def getmail_imap(job: Job) -> Outcome:
    return _getmail(job, "SimpleIMAPSSLRetriever", "use_xoauth2 = True")


def getmail_pop3(job: Job) -> Outcome:
    return _getmail(job, "SimplePOP3SSLRetriever", "")


def _getmail(job: Job, retriever: str, more: str) -> Outcome:
    command = ", ".join(f'"{word}"' for word in job.secret_command.replace("cat", "/bin/cat", 1).split())
    settings = f"""
[retriever]
type = {retriever}
server = {job.host}
port = {job.port}
username = {job.user}
password_command = ({command})
ca_certs = {job.ca}
{more}
[destination]
type = MDA_external
path = /usr/bin/tee
arguments = ("--append", "{job.mail}")
allow_root_commands = True
[options]
read_all = True
delete = False
"""
    return job.run("getmail", "--getmaildir", job.folder, "--rcfile", job.write("getmailrc", settings))


def offlineimap(job: Job) -> Outcome:
    settings = f"""
[general]
accounts = helpdesk
metadata = {job.folder / "metadata"}
[Account helpdesk]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {job.mail}
[Repository far]
type = IMAP
remotehost = {job.host}
remoteport = {job.port}
remoteuser = {job.user}
ssl = yes
sslcacertfile = {job.ca}
auth_mechanisms = {job.mechanism}
oauth2_access_token = {job.secret}
readonly = True
"""
    return job.run("offlineimap", "-c", job.write("offlineimaprc", settings), "-o")


def s_nail_pop3(job: Job) -> Outcome:
    place = f"pop3s://{quote(job.user)}@{job.host}:{job.port}"
    return _s_nail(job, "-S", f"pop3-auth={job.mechanism.lower()}", "-f", place, text="type 1\nexit\n")


def s_nail_smtp(job: Job) -> Outcome:
    relay = f"submission://{quote(job.user)}@{job.host}:{job.port}"
    options = ["-S", f"mta={relay}", "-S", "smtp-use-starttls", "-S", f"smtp-auth={job.mechanism.lower()}",
               "-S", f"from={job.user}", "-S", "nosave", "-s", job.subject, job.user]  # fmt: skip
    return _s_nail(job, *options, text="It works again.\n")


def _s_nail(job: Job, *options: str, text: str) -> Outcome:
    trust = ["-S", f"tls-ca-file={job.ca}", "-S", "tls-ca-no-defaults", "-S", "tls-verify=strict"]
    who = ["-S", f"user={job.user}", "-S", f"password={job.secret}"]
    return job.run(
        "s-nail", "-n", "-#" if "-f" not in options else "-R", "-S", "v15-compat", *trust, *who, *options, text=text
    )
