"""Measurements as files: there and back, and everything that is none."""

from __future__ import annotations

import json

import pytest

from diag.model import document
from diag.model.actions import Dialogue, Exchange, TcpConnect
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import FORMAT, Measurement, Observation, Vantage
from diag.model.target import Endpoint, Protocol, Target, Tls

MEASUREMENT = Measurement(
    target=Target(
        address="me@contoso.example",
        user="me",
        endpoints=(Endpoint(protocol=Protocol.IMAP, host="h", port=993, tls=Tls.IMPLICIT),),
    ),
    vantage=Vantage(host="here"),
    observations=[
        Observation(
            number=1, subject="h:993", began=0.5, took=1.0,
            action=TcpConnect(address="192.0.2.1", port=993, family="ipv4", timeout=5),
            failure=Failure.of(FailureCode.CONNECT_TIMEOUT, "late", 110),
        ),
        Observation(
            number=2, subject="h:993", began=2, after=(1,),
            action=Dialogue(protocol=Protocol.IMAP, tls=Tls.IMPLICIT, purpose="greeting", encrypted=True,
                            exchanges=[Exchange(received=("* OK",), at=2.0)]),
        ),
    ],
)  # fmt: skip


def test_what_is_written_is_read() -> None:
    assert document.load(document.dump(MEASUREMENT)) == MEASUREMENT


def test_a_report_that_holds_a_measurement_is_read_too() -> None:
    text = json.dumps({"verdict": {}, "measurement": json.loads(document.dump(MEASUREMENT))})
    assert document.load(text) == MEASUREMENT


def changed(**changes: object) -> str:
    return json.dumps(json.loads(document.dump(MEASUREMENT)) | changes)


ACTION = {"kind": "tcp-connect", "address": 5, "port": 993, "family": "ipv4", "timeout": 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (document.dump(MEASUREMENT)[:200], "m.json:"),
        ("", "m.json:1:1: Expecting value; expected a complete JSON document (was the file cut off?)"),
        ("[1]", "m.json: expected a JSON object with target, vantage and observations, found list"),
        ("{}", f"m.json: format: expected {FORMAT}, found None; is it a measurement?"),
        (changed(format=FORMAT + 1), f"expected {FORMAT}, found {FORMAT + 1}; update maildiag to read it"),
        (changed(surprise=1), "m.json: surprise: Unexpected keyword argument"),
        (changed(target={"address": "x"}), "m.json: target.user: Field required"),
        (
            changed(observations=[{"number": 1, "subject": "x", "began": 0, "action": ACTION}]),
            "m.json: observations.0.action.TcpConnect.address: Input should be a valid string",
        ),
        (
            changed(observations=[{"number": 1, "subject": "x", "began": 0, "action": {"kind": "unheard-of"}}]),
            "an action of unknown kind; expected one of dns-query",
        ),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_measurement_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(document.DocumentError) as refused:
        document.load(text, name="m.json")
    assert message in str(refused.value)
    assert len(str(refused.value).splitlines()) <= document.LARGEST_REPORT + 1


def test_the_schema_names_every_kind_of_action() -> None:
    text = json.dumps(document.schema())
    assert all(f'"{kind}"' in text for kind in document.KINDS)
