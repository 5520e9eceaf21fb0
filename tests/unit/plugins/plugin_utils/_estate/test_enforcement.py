# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator adds to an enforced egress: what is taken, and what is refused by host, variable and place."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import ENFORCEMENT_VARIABLES
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import NAMES
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_catalog

RULE = {"protocol": "tcp", "ports": [443, "8443-8445"], "remotes": ["192.0.2.80", "2001:db8::/64"]}


def read(**variables: t.Any) -> None:
    host = {"web1": {"ansible_host": "10.0.0.1", **variables}}
    read_estate(inventory({"tiny_web": ["web1"]}, host), catalogs=[tiny_catalog()])


@pytest.mark.parametrize(
    "variables",
    [
        {"printops_egress_extra": [RULE]},
        {"printops_egress_extra": [{"protocol": "icmp", "icmp_types": ["echo-request"], "remotes": ["192.0.2.1"]}]},
        {"printops_egress_extra": [], "printops_egress_dns": [], "printops_egress_time": ["192.0.2.123"]},
        {"printops_egress_domain": ["192.0.2.8/30"]},
        {"printops_management": ["192.0.2.0/28", "2001:db8::7"], "printops_keep_connection": "no"},
        {"printops_confirm_timeout": "0", "printops_install": True, "printops_start": False},
        {"printops_confirm_timeout": 10, "printops_profiles": ["domain"], "printops_default_inbound": "block"},
    ],
)
@pytest.mark.parametrize("egress", ["allow", "enforce"])
def test_what_a_module_takes_is_taken(egress: str, variables: dict[str, t.Any]) -> None:
    read(printops_egress=egress, **variables)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"printops_egress_extras": [RULE]}, "there is no variable printops_egress_extras; .*printops_egress_extra"),
        ({"printops_egress_extra": RULE}, "printops_egress_extra is .*; it must be a list of rules"),
        ({"printops_egress_extra": ["443"]}, r"printops_egress_extra\[0\] is '443'; it must be a mapping"),
        ({"printops_egress_extra": [RULE, {**RULE, "port": ["1"]}]}, r"_extra\[1\]: there is no key 'port'; .*ports"),
        ({"printops_egress_extra": [{**RULE, "direction": "in"}]}, r"_extra\[0\]: there is no key 'direction'"),
        ({"printops_egress_extra": [{**RULE, "ports": "443"}]}, r"_extra\[0\]: ports is '443'; it must be a list"),
        ({"printops_egress_extra": [RULE, {**RULE, "ports": ["0"]}]}, r"printops_egress_extra\[1\]: '0' is no port"),
        ({"printops_egress_extra": [{**RULE, "protocol": "sctp"}]}, "protocol is 'sctp'; it must be one of tcp"),
        ({"printops_egress_dns": "192.0.2.53"}, "printops_egress_dns is '192.0.2.53'; it must be a list of strings"),
        (
            {"printops_egress_time": ["192.0.2.1/24"]},
            "printops_egress_time: 192.0.2.1/24 has host bits set; did you mean 192.0.2.0/24?",
        ),
        ({"printops_management": "admin-pc"}, "printops_management: 'admin-pc' does not appear .*; give networks"),
        (
            {"printops_management": ["admin-pc"]},
            "printops_management: 'admin-pc' does not appear .*; give networks",
        ),
        (
            {"printops_management": ["10.0.0.5/24"]},
            "printops_management: 10.0.0.5/24 has host bits set; did you mean 10",
        ),
        ({"printops_management": ["fe80::1%eth0"]}, "printops_management: 'fe80::1%eth0' is an address on one link"),
        ({"printops_keep_connection": "maybe"}, "printops_keep_connection is 'maybe'; it must be true or false"),
        ({"printops_confirm_timeout": 9}, "printops_confirm_timeout is 9; give at least 10 seconds, or 0"),
        ({"printops_confirm_timeout": "soon"}, "printops_confirm_timeout is 'soon'; it must be a whole number of sec"),
        ({"printops_confirm_timeout": True}, "printops_confirm_timeout is True; it must be a whole number of seconds"),
        ({"printops_confirm_timeout": -1}, "printops_confirm_timeout is -1; it must be a whole number of seconds"),
        ({"printops_foreign_rules": "ignore"}, "printops_foreign_rules is 'ignore'; it must be one of report, refuse"),
        ({"printops_install": "perhaps"}, "printops_install is 'perhaps'; it must be true or false"),
        ({"printops_start": []}, r"printops_start is \[\]; it must be true or false"),
        (
            {"printops_profiles": ["home"]},
            "printops_profiles is 'home'; it must be one of domain, private",
        ),
        ({"printops_profiles": []}, "printops_profiles is empty; give some of domain"),
        ({"printops_default_inbound": "deny"}, "printops_default_inbound is 'deny'; it must be one of keep, block"),
    ],
)
@pytest.mark.parametrize("egress", ["allow", "enforce"])
def test_what_a_module_would_refuse_is_refused_before(egress: str, variables: dict[str, t.Any], message: str) -> None:
    with pytest.raises(EstateError, match=f"host web1: .*{message}"):
        read(printops_egress=egress, **variables)


def test_all_of_it_is_in_the_plan() -> None:
    hosts = {
        "web1": {
            "ansible_host": "10.0.0.1",
            "printops_management": ["192.0.2.16/28", "192.0.2.0/28"],
            "printops_egress_extra": [RULE],
            "printops_start": "false",
        }
    }
    part = read_estate(inventory({"tiny_web": ["web1"]}, hosts), catalogs=[tiny_catalog()]).hosts["web1"]
    assert part.enforcement.as_json() == {
        "management": ["192.0.2.0/27"],
        "keep_connection": True,
        "confirm_timeout": 60,
        "foreign_rules": "report",
        "install": False,
        "start": False,
        "egress": "allow",
        "egress_extra": [{**RULE, "ports": ["443", "8443-8445"]}],
        "egress_dns": ["0.0.0.0/0", "::/0"],
        "egress_time": ["0.0.0.0/0", "::/0"],
    }


def test_its_variables_are_those_of_the_inventory() -> None:
    assert {f"printops_{name}" for name in NAMES} == {*ENFORCEMENT_VARIABLES}
