# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from ansible_collections.printops.firewall.tests.bench import openings

SSH = "-A ufw-user-input -s 198.18.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT"


def match(protocol: str, field: str, right: object, *, op: str = "==") -> dict[str, object]:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


def nft(*expressions: list[dict[str, object]], sets: tuple[dict[str, object], ...] = ()) -> str:
    entries = [{"set": one} for one in sets] + [{"rule": {"chain": "c", "expr": list(one)}} for one in expressions]
    return json.dumps({"nftables": entries})


ACCEPT: dict[str, object] = {"accept": None}
SOURCE = match("ip", "saddr", {"prefix": {"addr": "10.20.1.0", "len": 24}})


def test_hundred_different_openings() -> None:
    assert len(set(openings.OPENINGS)) == len(openings.OPENINGS) == 100
    assert openings.SSH_PORT not in {port for _protocol, port, _network in openings.OPENINGS}


def test_each_opening_is_a_rule_of_its_own() -> None:
    rules = openings.rules_of(openings.OPENINGS)
    assert [(rule["protocol"], int(*rule["ports"]), *rule["remotes"]) for rule in rules] == list(openings.OPENINGS)


def test_nftables_rules_are_read_with_prefixes_sets_and_ranges() -> None:
    named = {"name": "n", "elem": [{"prefix": {"addr": "10.9.0.0", "len": 16}}, "10.8.0.1"]}
    text = nft(
        [SOURCE, match("tcp", "dport", 443), ACCEPT],
        [match("ip", "saddr", "@n"), match("udp", "dport", {"set": [161, {"range": [500, 501]}]}), ACCEPT],
        sets=(named,),
    )
    assert set(openings.accepted_by_nftables(text)) == {
        ("tcp", 443, "10.20.1.0/24"),
        *(("udp", port, network) for port in (161, 500, 501) for network in ("10.9.0.0/16", "10.8.0.1/32")),
    }


def test_nftables_rules_that_accept_nothing_from_a_source_are_left_out() -> None:
    port = match("tcp", "dport", 443)
    text = nft(
        [SOURCE, port, {"drop": None}],
        [port, ACCEPT],
        [match("ip", "saddr", "10.1.1.1", op="!="), port, ACCEPT],
    )
    assert list(openings.accepted_by_nftables(text)) == []


def test_iptables_rules_are_read_with_lists_of_ports() -> None:
    text = "\n".join(
        [
            "-A ufw-user-input -s 10.20.1.0/24 -p tcp -m multiport --dports 443,5014:5015 -j ACCEPT",
            "-A ufw-user-input -s 10.20.2.0/24 -p udp -m udp --dport 161 -j ACCEPT",
            "-A ufw-user-input -s 10.20.2.0/24 -p udp -m udp --dport 162 -j DROP",
            "-A other -s 10.20.2.0/24 -p udp -m udp --dport 163 -j ACCEPT",
        ]
    )
    assert set(openings.accepted_by_iptables(text)) == {
        *(("tcp", port, "10.20.1.0/24") for port in (443, 5014, 5015)),
        ("udp", 161, "10.20.2.0/24"),
    }


def test_difference_names_what_lacks_and_what_is_too_much() -> None:
    ssh = list(openings.accepted_by_iptables(SSH))
    assert openings.difference([*ssh, *openings.OPENINGS], count=100) == ""
    assert openings.difference(ssh, count=0) == ""
    assert openings.difference(openings.OPENINGS[1:], count=100) == f"not accepted: [{openings.OPENINGS[0]}]"
    assert openings.difference(openings.OPENINGS[:1], count=0) == f"accepted unasked: [{openings.OPENINGS[0]}]"
