"""A handshake on record: what the peer sent is there whether it verifies or not."""

from __future__ import annotations

import asyncio

import trustme

from diag.model.actions import TlsHandshake
from diag.model.failure import FailureCode
from diag.model.measurement import Observation
from diag.net.classify import StepFailed
from diag.net.handshake import handshake, is_suspected
from diag.net.network import Network, Settings
from diag.net.trust import Trust
from tests.diag.net.test_stream import CA, talking_to

OTHER = trustme.CA()
HOST = "mail.example"


def attempt(
    *, trusted: trustme.CA = CA, tls: bool = True, insist: bool = False
) -> tuple[TlsHandshake, FailureCode | None]:
    async def main() -> Network:
        pem = trusted.cert_pem.bytes().decode()
        network = Network(Settings(trust=Trust(public=pem, system=pem)))
        serve = (lambda peer: peer.recv(1)) if tls else (lambda peer: peer.sendall(b"* OK IMAP4\r\n"))
        async with talking_to(serve, tls=tls) as stream:
            try:
                await handshake(
                    network, stream, server_name=HOST, address="192.0.2.1", subject="s", after=(7,), insist=insist
                )
            except StepFailed:
                assert not stream.encrypted
            else:
                assert stream.encrypted
        return network

    (observation,) = asyncio.run(main()).observations
    assert (observation.after, observation.subject) == ((7,), "s")
    assert isinstance(observation.action, TlsHandshake)
    return observation.action, observation.failure.code if observation.failure else None


def suspected(action: TlsHandshake) -> bool:
    network = Network()
    network.observations.append(Observation(number=1, subject="s", began=0.0, action=action))
    return is_suspected(network, 1)


def test_a_good_one_is_on_record_with_its_chain() -> None:
    action, failed = attempt()
    assert failed is None
    assert (action.version, action.name_matches, action.verified_against) == ("TLSv1.3", True, ("public",))
    assert action.chain
    assert [verdict.trusted for verdict in action.stores] == [True, True]
    assert action.hello_took is not None
    assert not suspected(action)


def test_one_that_does_not_verify_has_its_chain_all_the_same() -> None:
    action, failed = attempt(trusted=OTHER)
    assert failed is FailureCode.TLS_CERTIFICATE_REJECTED
    assert action.chain
    assert action.verify_code


def test_who_insists_gets_through_and_the_record_says_so() -> None:
    action, failed = attempt(trusted=OTHER, insist=True)
    assert failed is None
    assert action.verified_against == ()
    assert not any(verdict.trusted for verdict in action.stores)


def test_what_was_spoken_instead_is_kept() -> None:
    action, failed = attempt(tls=False)
    assert failed is FailureCode.TLS_NOT_TLS
    assert action.first_bytes == "* OK IMAP4\\x0d\\x0a"


def test_a_microsoft_host_with_a_certificate_of_nobody_is_suspected() -> None:
    action, _ = attempt(trusted=OTHER)
    action.server_name = "outlook.office365.com"
    assert suspected(action)
