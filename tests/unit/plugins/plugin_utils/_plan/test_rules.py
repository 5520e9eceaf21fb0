# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a plan, read back from its JSON."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import (
    IndexedRule,
    flow_asks,
    index_rules,
    split_component,
)

RULE = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["443", "5014-5019"],
    "remotes": ["10.0.0.0/25", "10.0.0.128/25", "2001:db8::1"],
    "flows": ["tiny/all/1", "tiny/all/2"],
}
PING = {
    "direction": "out",
    "protocol": "icmp",
    "icmp_types": ["echo-request"],
    "remotes": ["10.0.0.1"],
    "flows": ["tiny/all/9"],
}
PLAN: Plan = {
    "compiled_from": {"catalogs": {"tiny": "", "tiny_own": "", "other": ""}},
    "hosts": {
        "h1": {"rules": [RULE, PING], "decided_ports": {"tiny/all/2": ["5014-5019/tcp"]}},
        "h2": {"rules": []},
    },
    "flows": {
        "tiny/all/1": {"ports": ["443/tcp", "443/udp"]},
        "tiny/all/2": {"ports": ["6030/tcp"]},
        "tiny/all/9": {"ports": []},
    },
}


def test_rules_are_read_as_the_plan_has_them() -> None:
    rule, ping = index_rules(PLAN, "h1")
    assert rule.ports == (PortRange(443, 443), PortRange(5014, 5019))
    assert rule.remotes.cidrs() == ("10.0.0.0/24", "2001:db8::1/128")
    assert (rule.what, ping.what) == ("tcp 443,5014-5019", "icmp echo-request")
    assert (ping.ports, ping.icmp_types) == ((), ("echo-request",))


@pytest.mark.parametrize("host", ["h2", "h3"])
def test_a_host_without_rules_or_unknown_has_none(host: str) -> None:
    assert index_rules(PLAN, host) == ()


@pytest.mark.parametrize(
    ("protocol", "port", "is_covered"),
    [
        ("tcp", 443, True), ("tcp", 5014, True), ("tcp", 5019, True), ("tcp", 442, False), ("tcp", 5020, False),
        ("udp", 443, False), ("icmp", 443, False),
    ],
)  # fmt: skip
def test_a_rule_covers_its_ports(protocol: str, port: int, is_covered: bool) -> None:
    assert IndexedRule.of(RULE).covers(protocol, port) == is_covered
    assert not IndexedRule.of(PING).covers(protocol, port)


@pytest.mark.parametrize(
    ("host", "flow", "protocol", "ports", "asks"),
    [
        ("h1", "tiny/all/1", "tcp", (400, 443), True),
        ("h1", "tiny/all/1", "udp", (443, 500), True),
        ("h1", "tiny/all/1", "tcp", (444, 500), False),
        ("h1", "tiny/all/2", "tcp", (5019, 6000), True),
        ("h1", "tiny/all/2", "tcp", (6030, 6030), False),
        ("h2", "tiny/all/2", "tcp", (6030, 6030), True),
        ("h1", "tiny/all/9", "tcp", (1, 65535), False),
    ],
)
def test_a_flow_asks_for_its_ports_or_those_decided_on_the_host(
    host: str, flow: str, protocol: str, ports: tuple[int, int], asks: bool
) -> None:
    assert flow_asks(PLAN, host=host, flow=flow, protocol=protocol, ports=PortRange(*ports)) == asks


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("tiny_web", ("tiny", "web")),
        ("tiny_web_server", ("tiny", "web_server")),
        ("tiny_own_web", ("tiny_own", "web")),
        ("other_tiny_web", ("other", "tiny_web")),
    ],
)
def test_a_component_is_split_at_the_longest_catalog(name: str, split: tuple[str, str]) -> None:
    assert split_component(PLAN, name) == split
