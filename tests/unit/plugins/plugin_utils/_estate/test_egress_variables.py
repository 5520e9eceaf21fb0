# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator adds to an enforced egress: what is taken, and what is refused by host, variable and place."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
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
        ({"printops_egress_time": ["192.0.2.1/24"]}, "printops_egress_time: '192.0.2.1/24' is no network"),
    ],
)
@pytest.mark.parametrize("egress", ["allow", "enforce"])
def test_what_a_module_would_refuse_is_refused_before(egress: str, variables: dict[str, t.Any], message: str) -> None:
    with pytest.raises(EstateError, match=f"host web1: .*{message}"):
        read(printops_egress=egress, **variables)
