"""The rules of a firewall, as nft reads them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fakes.declare import BlackHole, Firewall
from fakes.stages.netns import filters
from fakes.stages.netns.enclosure import SEARCHED

ALL = Firewall(
    drop=(993, 995),
    refuse=(25,),
    prohibit=(143,),
    icmp={"net-prohibited": (110,)},
    reset_hello=(587,),
    drop_hello=(465,),
    drop_large_hello=(443,),
    black_hole=BlackHole(ports=(80,), mtu=1280),
    reset_names=("mail.example",),
    drop_names=("other.example",),
)


def test_each_fault_is_a_rule_for_its_ports() -> None:
    assert list(filters.forward_rules(ALL, None)) == [
        "tcp dport { 993, 995 } drop",
        "tcp dport { 25 } reject with tcp reset",
        "tcp dport { 143 } reject with icmpx type admin-prohibited",
        "tcp dport { 110 } meta nfproto ipv4 reject with icmp type net-prohibited",
        "tcp dport { 110 } meta nfproto ipv6 reject with icmpv6 type admin-prohibited",
        "tcp dport { 465 } @ih,0,16 0x1603 drop",
        "tcp dport { 443 } @ih,0,16 0x1603 @ih,24,16 > 1395 drop",
        "tcp dport { 443 } @ih,0,16 0x1603 meta length < 160 drop",
        "tcp dport { 587 } @ih,0,16 0x1603 reject with tcp reset",
        "tcp dport { 80 } meta length > 1280 drop",
        "tcp sport { 80 } meta length > 1280 drop",
        'iifname "left" @ih,0,16 0x1603 meta mark set 28001',
    ]
    assert list(filters.forward_rules(Firewall(), None)) == []


def test_names_are_searched_for_in_marked_packets_alone() -> None:
    search = "-A FORWARD -m mark --mark 28001 -m string --algo bm --string"
    assert filters.named(ALL).splitlines() == [
        "*filter",
        f"{search} other.example -j DROP",
        f"{search} mail.example -p tcp -j REJECT --reject-with tcp-reset",
        "COMMIT",
    ]
    assert filters.named(Firewall()) == ""


def test_a_black_hole_may_have_one_direction() -> None:
    up = Firewall(black_hole=BlackHole(ports=(80,), direction="up"))
    down = Firewall(black_hole=BlackHole(ports=(80,), direction="down"))
    assert ["dport" in rule for rule in filters.forward_rules(up, None)] == [True]
    assert ["sport" in rule for rule in filters.forward_rules(down, None)] == [True]


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
    rules = [*filters.forward_rules(ALL, addresses), *filters.losing(1)]
    text = filters.ruleset(rules, filters.led(4711, addresses, 993))
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
