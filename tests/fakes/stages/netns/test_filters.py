"""The rules of a firewall, as nft reads them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fakes.declare import Firewall
from fakes.stages.netns import filters
from fakes.stages.netns.enclosure import SEARCHED

ALL = Firewall(drop=(993, 995), refuse=(25,), prohibit=(143,), reset_hello=(587,))


def test_each_fault_is_a_rule_for_its_ports() -> None:
    assert list(filters.forward_rules(ALL, None)) == [
        "tcp dport { 993, 995 } drop",
        "tcp dport { 25 } reject with tcp reset",
        "tcp dport { 143 } reject with icmpx type admin-prohibited",
        "tcp dport { 587 } @ih,0,16 0x1603 reject with tcp reset",
    ]
    assert list(filters.forward_rules(Firewall(), None)) == []


def test_hosts_narrow_it_in_both_families() -> None:
    assert list(filters.forward_rules(Firewall(drop=(993,)), ("192.0.2.1", "2001:db8::1"))) == [
        "ip daddr { 192.0.2.1 } tcp dport { 993 } drop",
        "ip6 daddr { 2001:db8::1 } tcp dport { 993 } drop",
    ]
    assert list(filters.lost(("192.0.2.1",))) == ["ip daddr { 192.0.2.1 } drop"]
    assert list(filters.led(4711, None, 993)) == ["tcp dport { 993 } redirect to :4711"]


@pytest.mark.netns
def test_nft_takes_all_of_them() -> None:
    for program in ("unshare", "nft"):
        if shutil.which(program, path=SEARCHED) is None:
            pytest.skip(f"{program} is not installed (Debian: util-linux, nftables)")
    addresses = ("192.0.2.1", "2001:db8::1")
    text = filters.ruleset(filters.forward_rules(ALL, addresses), filters.led(4711, addresses, 993))
    ran = subprocess.run(
        ["unshare", "-rn", "nft", "-f", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": SEARCHED},
    )
    if "unshare failed" in ran.stderr:
        pytest.skip(f"network namespaces are not allowed here: {ran.stderr.strip()}")
    assert (ran.returncode, ran.stderr) == (0, "")
