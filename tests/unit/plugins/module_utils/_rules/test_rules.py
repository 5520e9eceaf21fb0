# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules as values: what is read, what is refused, and how it is shown."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    RULE_OPTIONS,
    PortRange,
    RuleError,
    compact_flows,
    diff_rules,
    parse_network,
    parse_rules,
)

RULE = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["443", "5014-5019"],
    "remotes": ["10.0.0.0/8", "2001:db8::1"],
    "flows": ["safeq6/management/1", "safeq6/management/2"],
}
PING = {
    "direction": "in",
    "protocol": "icmp",
    "icmp_types": ["echo-request"],
    "remotes": ["10.0.0.1"],
    "flows": ["a/b/1"],
}
ANSWER = {
    "direction": "in",
    "protocol": "udp",
    "source_ports": ["64099"],
    "remotes": ["10.0.0.0/8"],
    "flows": ["a/b/2"],
}
GROUP = {
    "direction": "in",
    "protocol": "udp",
    "ports": ["5353"],
    "remotes": ["10.0.0.0/8", "fe80::/10"],
    "destinations": ["224.0.0.251", "ff02::fb"],
    "flows": ["a/b/3"],
}
MEMBERSHIP = {
    "direction": "in",
    "protocol": "igmp",
    "remotes": ["0.0.0.0/0"],
    "destinations": ["224.0.0.1"],
    "flows": ["a/b/3"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", (1, 1)), ("65535", (65535, 65535)), ("5014-5019", (5014, 5019)), ("7-7", (7, 7)), ("00080", (80, 80))],
)
def test_ports_are_read(text: str, expected: tuple[int, int]) -> None:
    assert PortRange.parse(text) == PortRange(*expected)


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "9-8", "1-65536", "http", "1-", "-1", "1,2", " 1", "1\n", "1:2", "٣"]
)
def test_other_ports_are_refused(text: str) -> None:
    with pytest.raises(RuleError, match="is no port: give one from 1 to 65535"):
        PortRange.parse(text)


@given(st.integers(1, 65535), st.integers(1, 65535))
def test_a_port_range_reads_back_from_its_text(one: int, other: int) -> None:
    ports = PortRange(min(one, other), max(one, other))
    assert PortRange.parse(str(ports)) == ports


def test_a_rule_is_read_and_shown() -> None:
    (rule,) = parse_rules([RULE])
    assert rule.remotes_of(version=4) == (ipaddress.ip_network("10.0.0.0/8"),)
    assert rule.remotes_of(version=6) == (ipaddress.ip_network("2001:db8::1/128"),)
    assert rule.lines() == [
        "allow in tcp 443,5014-5019 from 10.0.0.0/8 [safeq6/management/1-2]",
        "allow in tcp 443,5014-5019 from 2001:db8::1/128 [safeq6/management/1-2]",
    ]


def test_an_icmp_rule_and_an_out_rule_are_shown() -> None:
    ping, out = parse_rules([PING, {**RULE, "direction": "out", "remotes": ["10.0.0.1"]}])
    assert ping.lines() == ["allow in icmp echo-request from 10.0.0.1/32 [a/b/1]"]
    assert out.lines() == ["allow out tcp 443,5014-5019 to 10.0.0.1/32 [safeq6/management/1-2]"]


def test_answers_groups_and_membership_are_shown_with_what_they_are_limited_to() -> None:
    answer, group, membership = parse_rules([ANSWER, GROUP, MEMBERSHIP])
    assert answer.lines() == ["allow in udp any with source port 64099 from 10.0.0.0/8 [a/b/2]"]
    assert group.lines() == [
        "allow in udp 5353 at 224.0.0.251/32 from 10.0.0.0/8 [a/b/3]",
        "allow in udp 5353 at ff02::fb/128 from fe80::/10 [a/b/3]",
    ]
    assert membership.lines() == ["allow in igmp any at 224.0.0.1/32 from 0.0.0.0/0 [a/b/3]"]


@pytest.mark.parametrize("raw", [RULE, PING, ANSWER, GROUP, MEMBERSHIP])
def test_a_rule_goes_back_to_the_shape_of_the_plan(raw: dict[str, object]) -> None:
    (rule,) = parse_rules([raw])
    assert parse_rules([rule.as_json()]) == (rule,)
    assert set(rule.as_json()) == set(raw)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": "both"}, r"rules\[1\]: direction is 'both'; it must be one of in, out"),
        ({"protocol": "sctp"}, r"rules\[1\]: protocol is 'sctp'; it must be one of tcp, udp, icmp"),
        ({"ports": ["0"]}, r"rules\[1\]: '0' is no port"),
        ({"ports": []}, r"rules\[1\]: a tcp rule has ports, source_ports or both"),
        ({"ports": None}, r"rules\[1\]: a tcp rule has ports, source_ports or both"),
        (
            {"icmp_types": ["echo-request"]},
            r"rules\[1\]: a tcp rule has ports, source_ports or both, and no icmp_types",
        ),
        ({"protocol": "icmp"}, r"rules\[1\]: an icmp rule has icmp_types, and neither ports nor source_ports"),
        ({"protocol": "igmp"}, r"rules\[1\]: an igmp rule has neither ports"),
        ({"source_ports": ["0"]}, r"rules\[1\]: '0' is no port"),
        ({"direction": "out", "destinations": ["10.0.0.1"]}, r"rules\[1\]: destinations is for rules of direction in"),
        ({"destinations": ["224.0.0.251"]}, r"rules\[1\]: remotes has 2001:db8::1/128, and destinations no network of"),
        ({"remotes": ["10.0.0.1"], "destinations": ["224.0.0.1", "ff02::1"]}, r"destinations has networks of IPv6"),
        ({"destinations": ["everyone"]}, r"rules\[1\]: 'everyone' is no network"),
        ({"protocol": "icmp", "ports": [], "icmp_types": ["redirect"]}, r"rules\[1\]: icmp_types is 'redirect'"),
        ({"remotes": []}, r"rules\[1\]: remotes is empty"),
        ({"remotes": ["10.0.0.1/8"]}, r"rules\[1\]: '10.0.0.1/8' is no network: .*host bits"),
        ({"remotes": ["print.example"]}, r"rules\[1\]: 'print.example' is no network"),
        ({"port": "443"}, r"rules\[1\]: unknown key 'port'; a rule has direction, protocol, ports"),
    ],
)
def test_a_wrong_rule_is_named_with_what_would_be_right(change: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse_rules([RULE, {**RULE, **change}])


def test_every_option_of_the_modules_is_a_key_of_a_rule() -> None:
    assert set(RULE) | set(PING) | set(ANSWER) | set(GROUP) == set(RULE_OPTIONS)
    json.dumps(RULE_OPTIONS)


def test_a_network_keeps_its_family() -> None:
    assert parse_network("0.0.0.0/0").version == 4
    assert parse_network("::/0").version == 6


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ([], ""),
        (["safeq6/a/1"], "safeq6/a/1"),
        (["safeq6/a/3", "safeq6/a/1", "safeq6/a/2", "safeq6/a/2"], "safeq6/a/1-3"),
        (["safeq6/a/1", "safeq6/a/3", "safeq6/a/4"], "safeq6/a/1,3-4"),
        (["lrs/b/2", "safeq6/a/9", "lrs/b/1"], "lrs/b/1-2 safeq6/a/9"),
        (["management-connection", "lrs/b/2"], "lrs/b/2 management-connection"),
    ],
)
def test_flows_are_shortened(flows: list[str], expected: str) -> None:
    assert compact_flows(flows) == expected


@given(st.sets(st.tuples(st.sampled_from(["a/b", "a/c"]), st.integers(1, 40)), max_size=30))
def test_shortened_flows_name_the_same_rows(rows: set[tuple[str, int]]) -> None:
    text = compact_flows(f"{section}/{row}" for section, row in rows)
    named = set()
    for part in text.split():
        section, _slash, runs = part.rpartition("/")
        for run in runs.split(","):
            ports = PortRange.parse(run)
            named |= {(section, row) for row in range(ports.first, ports.last + 1)}
    assert named == rows


def test_a_diff_has_a_rule_a_line() -> None:
    assert diff_rules(before=[], after=["a", "b"], header="rules") == {
        "before_header": "rules",
        "after_header": "rules",
        "before": "",
        "after": "a\nb\n",
    }
