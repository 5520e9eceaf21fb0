# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parameters of a module let out, and what they refuse."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import (
    DOMAIN_SERVICES,
    EVERYWHERE,
    egress_of,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import management_rules
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RuleError, parse_rules

PLAN = parse_rules(
    [
        {"direction": way, "protocol": "tcp", "ports": ["9100"], "remotes": ["10.1.0.0/24"], "flows": [f"a/b/{row}"]}
        for row, way in enumerate(("in", "out"), 1)
    ]
)
MANAGEMENT = management_rules(networks=["192.0.2.0/28"], connection=None)
BASICS = [
    "allow out udp 53 to 0.0.0.0/0 [egress-dns]",
    "allow out udp 53 to ::/0 [egress-dns]",
    "allow out tcp 53 to 0.0.0.0/0 [egress-dns]",
    "allow out tcp 53 to ::/0 [egress-dns]",
    "allow out udp 123 to 0.0.0.0/0 [egress-time]",
    "allow out udp 123 to ::/0 [egress-time]",
    "allow out udp 67 to 0.0.0.0/0 [egress-dhcp]",
    "allow out udp 547 to ::/0 [egress-dhcp]",
]


def params(**given: t.Any) -> dict[str, t.Any]:
    return {
        "egress": "enforce",
        "egress_extra": [],
        "egress_dns": list(EVERYWHERE),
        "egress_time": list(EVERYWHERE),
        **given,
    }


def lines(**given: t.Any) -> list[str]:
    egress = egress_of(params(**given), rules=PLAN, management=MANAGEMENT)
    assert egress is not None
    return [line for rule in egress.rules for line in rule.lines()]


def test_the_plan_and_what_every_host_needs_are_let_out() -> None:
    assert lines() == ["allow out tcp 9100 to 10.1.0.0/24 [a/b/2]", *BASICS]


def test_the_operator_adds() -> None:
    extra = [{"protocol": "tcp", "ports": ["443"], "icmp_types": None, "remotes": ["192.0.2.80"]}]
    assert "allow out tcp 443 to 192.0.2.80/32 [egress-extra]" in lines(egress_extra=extra)


def test_the_operator_narrows() -> None:
    narrowed = lines(egress_dns=["192.0.2.53"], egress_time=[])
    assert [line for line in narrowed if "egress-dns" in line or "egress-time" in line] == [
        "allow out udp 53 to 192.0.2.53/32 [egress-dns]",
        "allow out tcp 53 to 192.0.2.53/32 [egress-dns]",
    ]


def test_a_member_of_a_domain_reaches_its_controllers_by_the_rows_of_the_table() -> None:
    told = [line for line in lines(egress_domain=["192.0.2.8/30"]) if "egress-domain" in line]
    assert told[:3] == [
        "allow out tcp 53 to 192.0.2.8/30 [egress-domain/dns]",
        "allow out udp 53 to 192.0.2.8/30 [egress-domain/dns]",
        "allow out tcp 88 to 192.0.2.8/30 [egress-domain/kerberos]",
    ]
    assert told[-1] == "allow out tcp 49152-65535 to 192.0.2.8/30 [egress-domain/rpc]"
    assert len(told) == len(DOMAIN_SERVICES)


def test_answers_of_management_are_the_management_rules() -> None:
    egress = egress_of(params(), rules=PLAN, management=MANAGEMENT)
    assert egress is not None
    assert egress.replies == MANAGEMENT


def test_allow_is_nothing_at_all() -> None:
    assert egress_of(params(egress="allow"), rules=PLAN, management=MANAGEMENT) is None


@pytest.mark.parametrize("egress", ["allow", "enforce"])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"egress_dns": ["192.0.2.1/24"]}, "egress_dns: '192.0.2.1/24' is no network"),
        ({"egress_time": ["ntp.example"]}, "egress_time: 'ntp.example' is no network"),
        ({"egress_domain": ["dc1"]}, "egress_domain: 'dc1' is no network"),
        (
            {"egress_extra": [{"protocol": "tcp", "ports": ["0"], "remotes": ["192.0.2.1"]}]},
            r"egress_extra\[0\]: '0' is no port",
        ),
        ({"egress_extra": [{"protocol": "tcp", "ports": ["1"], "remotes": []}]}, "remotes is empty"),
        ({"egress_extra": [{"protocol": "icmp", "ports": ["1"], "remotes": ["192.0.2.1"]}]}, "has icmp_types"),
    ],
)
def test_what_is_wrong_is_named_whether_it_is_used_or_not(egress: str, given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        egress_of(params(egress=egress, **given), rules=PLAN, management=MANAGEMENT)
