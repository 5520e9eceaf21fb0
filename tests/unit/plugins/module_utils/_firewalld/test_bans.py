# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom zones are to keep out, and our rules let in."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.bans import overridden
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.containers import Container
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules

OWN = parse_rules(
    [
        {"direction": "in", "protocol": "tcp", "ports": ["443", "9100"], "remotes": ["10.1.0.0/24"]},
        {"direction": "in", "protocol": "udp", "ports": ["161"], "remotes": ["10.2.0.0/24"]},
    ]
)
IPSET = b"<ipset type='hash:net'><entry>10.1.0.128/25</entry></ipset>"


class Objects:
    def service(self, name: str) -> bytes | None:
        return b'<service><port port="443" protocol="tcp"/></service>' if name == "https" else None

    def ipset(self, name: str) -> bytes | None:
        return IPSET if name == "bans" else None


def told(*entries: str, target: str = "default", bound: tuple[str, ...] = ("eth0",)) -> list[str]:
    zones = {"public": Container("zone", "public", target, entries=frozenset(entries))}
    return overridden(OWN, zones=zones, active={"public": bound}, default_zone="other", objects=Objects())


RULE = 'rule family="ipv4" source address="{}" {}'


@pytest.mark.parametrize(
    ("entry", "who", "ports"),
    [
        (RULE.format("10.1.0.7", "reject"), "10.1.0.7/32", "443/tcp, 9100/tcp"),
        (RULE.format("10.1.0.7", 'service name="https" drop'), "10.1.0.7/32", "443/tcp"),
        (RULE.format("10.0.0.0/8", 'port port="161" protocol="udp" drop'), "10.2.0.0/24", "161/udp"),
        ('rule source ipset="bans" drop', "10.1.0.128/25", "443/tcp, 9100/tcp"),
        (RULE.format("10.3.0.7", "reject"), "", ""),
        (RULE.format("10.1.0.7", "accept"), "", ""),
        (RULE.format("10.1.0.7", 'port port="22" protocol="tcp" reject'), "", ""),
        (RULE.format("10.1.0.7", 'limit value="3/m" drop'), "", ""),
    ],
)
def test_a_rich_rule_that_comes_after_ours_is_told(entry: str, who: str, ports: str) -> None:
    expected = f"{who} is kept out there, and our rules, which come first, open {ports} to it"
    assert [expected in one for one in told(entry)] == ([True] if who else [])


def test_sources_of_a_zone_that_refuses_are_told_and_its_interfaces_are_no_ban() -> None:
    assert told(target="DROP") == []
    assert told("source 10.1.0.7", target="DROP", bound=()) == []
    (sentence,) = told(target="DROP", bound=("10.1.0.7", "ipset:bans"))
    assert sentence.startswith("the sources of firewalld zone public: 10.1.0.7/32, 10.1.0.128/25 is kept out there")
    assert told(target="ACCEPT", bound=("10.1.0.7",)) == []
