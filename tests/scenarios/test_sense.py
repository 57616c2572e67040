"""What the schema lets pass and what still makes no sense: each is an error with its place, none is ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios.load import load
from scenarios.located import ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

CASE = """story: It works.
world:
  like: exchange-online
  but:
    {but}
check: {check}
expect: {expect}
"""


def problems(
    tmp_path: Path, *, but: str = "{}", check: str = "{protocols: [imap]}", expect: str = "{state: works}"
) -> list[str]:
    file = tmp_path / "case.yaml"
    file.write_text(CASE.replace("{but}", but).replace("{check}", check).replace("{expect}", expect))
    try:
        load(str(file))
    except ProblemsFound as found:
        return [str(problem).removeprefix(f"{file}:") for problem in found.problems]
    return []


@pytest.mark.parametrize(
    ("but", "message"),
    [
        (
            "path: [{firewall: {intercept: {ports: [993], vendor: fortinett}}}]",
            "5:50: path.0: unknown vendor 'fortinett' (did you mean 'fortinet'?)",
        ),
        ("client: {trusts: [privat]}", "5:23: client.trusts: unknown CA 'privat' (did you mean 'private'?)"),
        ("path: [{firewall: {drop: [99399]}}]", "5:31: path.0.drop: expected a port from 1 to 65535, found 99399"),
        (
            "path: [{firewall: {intercept: {ports: [0]}}}]",
            "5:44: path.0.ports: expected a port from 1 to 65535, found 0",
        ),
        ("path: [{firewall: {hosts: [outlook.ofice365.com]}}]", "(did you mean 'outlook.office365.com'?)"),
        ("path: [{}]", "5:12: path.0: a hop is either a router or a firewall"),
        ("names: {Mail.example: {a: [192.0.2.1]}}", "5:13: names.Mail.example: write it in lower case"),
        (
            "names: {m.example: {a: [300.0.2.1]}}",
            "5:29: names.m.example.a: expected an IPv4 address, found '300.0.2.1'",
        ),
        ("names: {m.example: {aaaa: [192.0.2.1]}}", "expected an IPv6 address, found '192.0.2.1'"),
        ("names: {m.example: {mx: [mail]}}", "expected text such as '10 mail.example', found 'mail'"),
        ("names: {m.example: {srv: [1 993 mail]}}", "expected text such as '0 1 993 mail.example'"),
        ("dead_addresses: [52.97.183.126]", "no name has the address '52.97.183.126' (did you mean '52.97.183.162'?)"),
        ("client: {hosts_file: {m.example: nowhere}}", "5:27: client.hosts_file.m.example: expected an IP address"),
        ("services: {outlook.office365.com:993: {tls_versions: []}}", "expected versions without a gap"),
        ("services: {outlook.office365.com:993: {tls_versions: [TLSv1, TLSv1.3]}}", "expected versions without a gap"),
        (
            "services: {outlook.office365.com:993: {certificate: {expired_days_ago: 1, valid_from_in_days: 1}}}",
            "5:44: services.outlook.office365.com:993.certificate: a certificate is expired or not valid yet, not both",
        ),
        ("services: {outlook.office365.com:0: {speaks: imap}}", "expected host:port"),
    ],
)
def test_a_world_in_which_a_difference_has_no_effect_is_refused(tmp_path: Path, but: str, message: str) -> None:
    found = problems(tmp_path, but=but)
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("{imap: [outlook.office365.com]}", "6:16: check.imap: expected host:port, found 'outlook.office365.com'"),
        ("{cacert: [privat]}", "6:18: check.cacert: unknown CA 'privat' (did you mean 'private'?)"),
        ("{read_timeout: 0}", "6:9: check.read_timeout: expected a time above 0 seconds, found 0.0"),
    ],
)
def test_a_check_that_cannot_be_made_is_refused(tmp_path: Path, check: str, message: str) -> None:
    assert problems(tmp_path, check=check) == [message]


def test_values_belong_to_a_cause(tmp_path: Path) -> None:
    expect = "{state: broken, causes: [tls/intercepted], values: {tls/interceptd: {product: x}}}"
    (found,) = problems(tmp_path, expect=expect)
    assert found.endswith("expect.values: 'tls/interceptd' is none of the causes (did you mean 'tls/intercepted'?)")


def test_problems_of_all_parts_are_found_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        but="client: {trusts: [privat]}",
        check="{cacert: [privat]}",
        expect="{state: works, causes: [tls/nothing]}",
    )
    assert [line.split(":")[0] for line in found] == ["5", "6", "7"]


def test_what_makes_sense_is_let_pass(tmp_path: Path) -> None:
    but = (
        "client: {trusts: [private, avast], hosts_file: {m.example: 192.0.2.9}}\n"
        "    dead_addresses: [192.0.2.9, 40.101.80.2]\n"
        "    names: {m.example: {mx: [0 a.example], srv: [0 1 993 a.example], aaaa: ['2001:db8::1']}}\n"
        "    services: {outlook.office365.com:993: {tls_versions: [TLSv1.2, TLSv1.1]}}"
    )
    assert problems(tmp_path, but=but, check="{imap: ['[2001:db8::1]:993'], cacert: [private]}") == []
