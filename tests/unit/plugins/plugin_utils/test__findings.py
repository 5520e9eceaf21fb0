# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator is told about a plan."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._compile import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._estate import read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._finding import Finding
from ansible_collections.printops.firewall.plugins.plugin_utils._findings import find_all
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_catalog

CATALOG = tiny_catalog()


def find(kind: str, **variables: t.Any) -> list[Finding]:
    groups = {"tiny_web": ["web1"], "tiny_agent": ["agent1"]}
    networks = {"user": ["10.9.0.0/16"], "printer": ["10.1.0.0/24"]}
    hosts = {
        "web1": {"ansible_host": "10.0.0.1", "printops_networks": networks, **variables},
        "agent1": {"ansible_host": "10.0.0.2", "printops_networks": networks, **variables},
    }
    estate = read_estate(inventory(groups, hosts), catalogs=[CATALOG])
    found = find_all([CATALOG], estate, compile_rules([CATALOG], estate))
    return [finding for finding in found if finding.kind == kind]


def test_plaintext_beside_an_encrypted_port_is_told_and_goes_with_secured() -> None:
    flows = {flow for finding in find("plaintext") for flow in finding.flows}
    assert {"tiny/all/1", "tiny/all/4"} <= flows
    assert "tiny/all/2" not in flows
    assert find("plaintext", printops_security="secured") == []


def test_risks_of_the_document_are_told_where_the_flow_is_open() -> None:
    (multicast,) = find("multicast")
    assert (multicast.severity, multicast.hosts, multicast.flows) == ("warning", ("agent1",), ("tiny/all/10",))
    assert find("multicast", printops_refuse=["tiny/all/10"]) == []


def test_a_wide_range_is_told_with_its_width() -> None:
    wide = {"printops_features": ["scan"], "printops_ports": {"scan_ports": "1024-65535"}}
    assert [(finding.hosts, finding.flows[-1]) for finding in find("wide_range", **wide)] == [
        (("agent1",), "tiny/all/6")
    ]
    narrow = {"printops_features": ["scan"], "printops_ports": {"scan_ports": "1024-1033"}}
    assert find("wide_range", **narrow) == []
