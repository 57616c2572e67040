"""Every observation has its words, in every way it can go."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from diag.model.actions import DnsQuery, HttpExchange, ProbeRun, SystemLookup, TcpConnect, TlsHandshake, TlsOffer, Trial
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Observation
from diag.report.words import LONGEST, describe
from scenarios.load import load
from scenarios.play import play

TCP = TcpConnect(address="192.0.2.1", port=993, family="ipv4", timeout=5)


def said(action: object, code: FailureCode | None = None, detail: str = "", took: float | None = 0.012) -> str:
    failure = Failure.of(code, detail) if code else None
    return describe(Observation(number=1, subject="h:993", began=0, took=took, action=action, failure=failure))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("action", "code", "words"),
    [
        (TCP, None, "TCP connection to h:993 at 192.0.2.1: open [12 ms]"),
        (TCP, FailureCode.CONNECT_TIMEOUT, "TCP connection to h:993 at 192.0.2.1: no answer to SYN within 5 s [12 ms]"),
        (replace(TCP, role="nowhere"), None, "TCP connection to h:993 at 192.0.2.1, which nobody has: open [12 ms]"),
        (DnsQuery(name="h", record_type="A", server="s", answers=("1", "2")), None, "DNS A h at s: 1, 2 [12 ms]"),
        (SystemLookup(name="h"), FailureCode.DNS_NXDOMAIN, "Address of h as applications get it: the name does not exist [12 ms]"),
        (TlsOffer(server_name="h", address="a", version="TLSv1", accepted=True, cipher="C"), None,
         "Offer of TLSv1 alone to h:993: accepted, C [12 ms]"),
        (TlsOffer(server_name="h", address="a", version="TLSv1.2", protocols=("imap", "http/1.1"), accepted=True, cipher="C", alpn="imap"),
         None, "Offer of TLSv1.2 alone with imap and http/1.1 to h:993: accepted, C for imap [12 ms]"),
        (Trial(way="other-port", address="a", port=25, answer="STARTTLS"), None,
         "Another try with h:993, at another port (25): answered (STARTTLS) [12 ms]"),
        (Trial(way="other-family", address="a"), FailureCode.READ_TIMEOUT,
         "Another try with h:993, over the other family of addresses (a): no answer [12 ms]"),
        (TlsOffer(server_name="h", address="a", version="TLSv1", accepted=False), None,
         "Offer of TLSv1 alone to h:993: refused (another version) [12 ms]"),
        (HttpExchange(method="GET", url="https://h/x", status=302, location="https://i/"), None,
         "HTTP GET https://h/x: 302 to https://i/ [12 ms]"),
        (HttpExchange(method="POST", url="https://h/x", status=400), None, "HTTP POST https://h/x: 400 [12 ms]"),
        (ProbeRun(probe="x"), FailureCode.UNCLASSIFIED, "Probe x at h:993: unclassified [12 ms]"),
        (TlsHandshake(server_name="h", address="a"), FailureCode.TLS_NOT_TLS,
         "TLS handshake with h:993 for h: the answer is not TLS [12 ms]"),
    ],
)  # fmt: skip
def test_words(action: object, code: FailureCode | None, words: str) -> None:
    assert said(action, code) == words


def test_what_is_under_way_says_only_what_it_is() -> None:
    assert said(TCP, took=None) == "TCP connection to h:993 at 192.0.2.1"


def test_details_are_escaped_and_bounded() -> None:
    assert "\x1b" not in said(TCP, FailureCode.UNCLASSIFIED, "\x1b[2J" + "x" * 1000)
    assert len(said(TCP, FailureCode.UNCLASSIFIED, "x" * 1000)) < LONGEST + 20


@pytest.mark.parametrize("code", list(FailureCode))
def test_every_failure_has_words(code: FailureCode) -> None:
    assert said(TCP, code, "detail")


def test_a_whole_check_can_be_told() -> None:
    played = asyncio.run(play(load("account/imap-switched-off--legacy")))
    told = "\n".join(describe(item) for item in played.measurement.observations)
    assert 'IMAP opening the inbox at outlook.office365.com:993: refused with "BAD User is authenticated' in told
