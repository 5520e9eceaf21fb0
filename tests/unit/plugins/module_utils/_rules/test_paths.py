# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is kept out on the way through the chains of iptables and nftables, as far as that is certain."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.iptables_chains import table_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.nftables_chains import tables_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.paths import in_words, kept_out
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, parse_rules

PRINTERS = "10.1.0.0/24"
RULES = parse_rules(
    [
        {"direction": "in", "protocol": "tcp", "ports": ["9100", "5014-5019"], "remotes": [PRINTERS]},
        {"direction": "in", "protocol": "udp", "ports": ["161"], "remotes": [PRINTERS, "2001:db8::/64"]},
        {"direction": "out", "protocol": "tcp", "ports": ["9100"], "remotes": ["10.9.0.0/24"]},
    ]
)
UFW = """
-P INPUT DROP
-N ufw-before-input
-N ufw-user-input
-A INPUT -j ufw-before-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -m addrtype --dst-type LOCAL -j ufw-user-input
-A ufw-user-input -s 10.1.0.0/24 -p tcp -m multiport --dports 9100,5014:5019 -m comment --comment "x y" -j ACCEPT
-A ufw-user-input -s 10.1.0.0/24 -p udp -m udp --dport 161 -j ACCEPT
"""


def told(lines: str, rules: t.Sequence[Rule] = RULES) -> tuple[list[str], list[str]]:
    return in_words(kept_out(rules, [table_of(lines.strip().splitlines(), name="iptables", version=4)]))


@pytest.mark.parametrize(
    "line",
    [
        "-A INPUT -i lo -j DROP",
        "-A INPUT -m conntrack --ctstate INVALID -j DROP",
        "-A INPUT -p tcp -m tcp --dport 9101 -j DROP",
        "-A INPUT -s 10.2.0.0/16 -j REJECT --reject-with icmp-port-unreachable",
        "-A INPUT ! -s 10.0.0.0/8 -j DROP",
        "-A INPUT -m limit --limit 3/min -j DROP",
        "-A INPUT -i eth1 -j DROP",
        "-A INPUT -d 224.0.0.1/32 -j DROP",
        "-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP",
        "-A INPUT -p tcp -m tcp --sport 25 -j DROP",
        '-A INPUT -j LOG --log-prefix "DROP "',
        "-A INPUT -m set --match-set bans src -j DROP",
        "-A INPUT -p icmp -j DROP",
        "-A INPUT -j NFQUEUE --queue-num 0",
    ],
)
def test_what_drops_nothing_of_ours_for_certain_is_not_told(line: str) -> None:
    assert told(UFW.replace("-A INPUT", f"{line}\n-A INPUT")) == ([], [])


@pytest.mark.parametrize(
    ("line", "ports"),
    [
        ("-A INPUT -j REJECT --reject-with icmp-host-prohibited", "5014-5019/tcp, 9100/tcp, 161/udp"),
        ("-A INPUT -p tcp -m tcp --dport 9100 -j DROP", "9100/tcp"),
        ("-A INPUT -p tcp -m multiport --dports 5016:5017,22 -j DROP", "5016-5017/tcp"),
        ("-A INPUT -s 10.0.0.0/8 -p udp -j DROP", "161/udp"),
        ("-A INPUT ! -s 192.0.2.0/24 -p udp -j DROP", "161/udp"),
        ("-A INPUT -p tcp -m tcp --dport 9100 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP", ""),
        ("-A INPUT -p tcp -m tcp --dport 9100 --syn -j DROP", "9100/tcp"),
    ],
)
def test_ports_that_nobody_reaches_are_told_with_the_rule(line: str, ports: str) -> None:
    nothing, some = told(UFW.replace("-A INPUT -j", f"{line}\n-A INPUT -j"))
    expected = [f"no packet over IPv4 reaches {ports}, which the plan opens: iptables: {line}"] if ports else []
    assert (nothing if nothing != sorted(expected) else expected, some) == (expected, [])


def test_whom_a_ban_keeps_out_is_told_and_who_comes_back_from_its_chain_is_not() -> None:
    ban = "-N f2b\n-A f2b -s 10.1.0.7/32 -j REJECT\n-A f2b -j RETURN\n-A INPUT -p tcp -m tcp --dport 9100 -j f2b\n"
    nothing, some = told(UFW.replace("-A INPUT -j", f"{ban}-A INPUT -j"))
    sentence = (
        "10.1.0.7/32 may not reach 9100/tcp, which the plan opens to it: iptables: -A f2b -s 10.1.0.7/32 -j REJECT"
    )
    assert (nothing, some) == ([], [sentence])


def test_what_no_rule_accepts_comes_to_the_policy() -> None:
    nothing, _some = told("\n".join(UFW.splitlines()[:-2]))
    assert nothing == [
        "no packet over IPv4 reaches 5014-5019/tcp, 9100/tcp, 161/udp, which the plan opens: iptables: the policy "
        "of the chain INPUT"
    ]
    assert told("-P INPUT ACCEPT") == ([], [])


def test_chains_that_lead_in_a_circle_end() -> None:
    assert told("-P INPUT ACCEPT\n-N a\n-N b\n-A INPUT -j a\n-A a -j b\n-A b -j a") == ([], [])


def match(left: t.Any, right: t.Any, op: str = "==") -> dict[str, t.Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def payload(protocol: str, field: str) -> dict[str, t.Any]:
    return {"payload": {"protocol": protocol, "field": field}}


def nft(*rules: list[dict[str, t.Any]], policy: str = "accept", hook: str = "input") -> tuple[list[str], list[str]]:
    of = {"family": "inet", "table": "t"}
    chain = {"type": "filter", "hook": hook, "prio": 0, "policy": policy}
    objects = [
        {"metainfo": {"version": "1.0.6"}},
        {"table": {"family": "inet", "name": "t", "handle": 1}},
        {"set": {**of, "name": "bans", "type": "ipv4_addr", "elem": ["10.1.0.7", {"elem": {"val": "10.1.0.9"}}]}},
        {"chain": {**of, "name": "in", **chain}},
        {"chain": {**of, "name": "more"}},
        *({"rule": {**of, "chain": "in", "handle": number, "expr": rule}} for number, rule in enumerate(rules, 10)),
        {
            "rule": {
                **of,
                "chain": "more",
                "handle": 90,
                "expr": [match({"meta": {"key": "l4proto"}}, "udp"), {"drop": None}],
            }
        },
    ]
    return in_words(kept_out(RULES, tables_of(json.loads(json.dumps(objects)), but=())))


def test_a_policy_of_nftables_drops_what_no_rule_accepts() -> None:
    states = {
        "key": {"ct": {"key": "state"}},
        "data": {"set": [["established", {"accept": None}], ["invalid", {"drop": None}]]},
    }
    accepts = [match(payload("tcp", "dport"), {"set": [22, {"range": [5014, 5019]}]}), {"accept": None}]
    assert nft([{"vmap": states}], accepts, policy="drop")[0] == [
        "no packet over IPv4 and IPv6 reaches 9100/tcp, 161/udp, which the plan opens: "
        "nftables table inet t: the policy of the chain in"
    ]
    assert nft([{"vmap": states}], accepts, policy="drop", hook="output") == ([], [])


@pytest.mark.parametrize(
    ("rule", "nothing", "some"),
    [
        ([match(payload("ip", "saddr"), "@bans"), {"reject": {"type": "icmp"}}], "", "10.1.0.7/32, 10.1.0.9/32"),
        (
            [match(payload("ip", "saddr"), {"prefix": {"addr": "10.1.0.0", "len": 25}}), {"drop": None}],
            "",
            "10.1.0.0/25",
        ),
        ([match(payload("ip", "saddr"), {"range": ["10.0.0.0", "10.2.0.0"]}), {"drop": None}], "9100/tcp", ""),
        ([match(payload("ip6", "saddr"), "2001:db8::/32"), {"drop": None}], "over IPv6 reaches 161/udp", ""),
        ([match({"meta": {"key": "nfproto"}}, "ipv6"), {"drop": None}], "161/udp", ""),
        (
            [match({"meta": {"key": "iifname"}}, "lo", "!="), match(payload("tcp", "dport"), 9100), {"drop": None}],
            "9100/tcp",
            "",
        ),
        ([match({"meta": {"key": "iifname"}}, "eth0"), {"drop": None}], "", ""),
        ([match({"ct": {"key": "state"}}, ["established", "related"], "in"), {"drop": None}], "", ""),
        ([match({"ct": {"key": "status"}}, "dnat", "in"), {"drop": None}], "", ""),
        ([{"counter": {}}, {"jump": {"target": "more"}}], "161/udp", ""),
        ([{"limit": {"rate": 1}}, {"drop": None}], "", ""),
        ([{"xt": None}, {"jump": {"target": "more"}}], "", ""),
        ([match(payload("th", "dport"), 161), {"drop": None}], "161/udp", ""),
    ],
)
def test_rules_of_nftables(rule: list[dict[str, t.Any]], nothing: str, some: str) -> None:
    shut, kept = nft(rule)
    assert any(nothing in one for one in shut) if nothing else not shut
    assert any(one.startswith(f"{some} may not reach") for one in kept) if some else not kept
