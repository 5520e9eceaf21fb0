# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of rows that need another port than those they print."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.every import find_all
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    inventory,
    tcp,
    tiny_catalog,
    tiny_data,
)

FILES = "tiny/all/2"
NAMES = {"protocol": "udp", "ports": ["137", "138"]}
CML = "safeq5/workstation-to-server/7"
CML_RMI = "safeq5/workstation-to-server/13"
MANAGEMENT = "safeq6/management/7"

Told = list[tuple[str, tuple[str, ...], tuple[str, ...]]]


def told_of_shares(*, names: t.Any, files: t.Any, agents: t.Sequence[str] = ("agent1", "agent2"), **row: t.Any) -> Told:
    """Findings where the C(agents) reach C(web1) on C(names), and but for C(agent2) on C(files)."""
    data = tiny_data()
    data["flows"][1].update({"unsecured": [names], **row})
    data["flows"][14].update({"unsecured": [files]})
    catalog = tiny_catalog(data)
    hosts: dict[str, dict[str, t.Any]] = {"web1": {"ansible_host": "10.0.0.1"}, "agent1": {"ansible_host": "10.0.0.2"}}
    if "agent2" in agents:
        hosts["agent2"] = {"ansible_host": "10.0.0.3", "printops_refuse": ["tiny/all/15"]}
    estate = read_estate(inventory({"tiny_web": ["web1"], "tiny_agent": list(agents)}, hosts), catalogs=[catalog])
    found = find_all([catalog], estate, compile_rules([catalog], estate))
    return [(one.kind, one.hosts, one.flows) for one in found if one.kind == "smb_port"]


@pytest.mark.parametrize("ports", [NAMES, tcp("139"), tcp("100-200")])
@pytest.mark.parametrize("by", [["unicast"], ["unicast", "broadcast"]])
def test_ports_of_netbios_without_445_are_told_where_it_lacks(ports: dict[str, t.Any], by: list[str]) -> None:
    row = {} if by == ["unicast"] or ports["protocol"] == "tcp" else {"travels": {"by": by}}
    everybody = ("agent1", "agent2", "web1")
    assert told_of_shares(names=ports, files=tcp("6030"), **row) == [("smb_port", everybody, (FILES,))]
    assert told_of_shares(names=ports, files=tcp("445"), **row) == [("smb_port", ("agent2", "web1"), (FILES,))]
    assert told_of_shares(names=ports, files=tcp("400-500"), agents=("agent1",), **row) == []


def test_other_ports_are_not_about_shares() -> None:
    assert told_of_shares(names={"protocol": "tcp", "ports": ["137"]}, files=tcp("6030")) == []
    assert told_of_shares(names={"protocol": "udp", "ports": ["139"]}, files=tcp("6030")) == []


@pytest.mark.parametrize(
    ("groups", "networks", "features", "flow"),
    [
        ("safeq6_mobile_print_server", "shared_folder", [], "safeq6/others/13"),
        ("safeq6_flexispooler_server", "shared_folder", [], "safeq6/others/14"),
        ("safeq5_cml", "mfd", ["smb_scanning"], "safeq5/printer-to-server/13"),
    ],
)
def test_the_rows_of_the_catalogs_are_told(groups: str, networks: str, features: list[str], flow: str) -> None:
    told = findings("smb_port", groups, {networks: ["10.1.0.0/24"]}, printops_features=features)
    assert [(one["hosts"], one["flows"]) for one in told] == [(["h1"], [flow])]
    assert "445/tcp" in told[0]["detail"]


def findings(kind: str, group: str, networks: dict[str, list[str]], **variables: t.Any) -> list[dict[str, t.Any]]:
    host = {"ansible_host": "10.0.0.1", "printops_networks": networks, **variables}
    return [one for one in compile_plan(inventory({group: ["h1"]}, {"h1": host}))["findings"] if one["kind"] == kind]


def test_jmx_whose_rmi_port_is_not_open_too_is_told() -> None:
    consoles = {"jconsole": ["10.2.0.0/24"]}
    (told,) = findings("rmi_port", "safeq5_cml", consoles, printops_accept=[CML])
    assert (told["hosts"], told["flows"]) == (["h1"], [CML])
    assert CML_RMI in told["detail"]
    assert findings("rmi_port", "safeq5_cml", consoles, printops_accept=[CML, CML_RMI]) == []
    assert findings("rmi_port", "safeq5_cml", consoles, printops_accept=[CML_RMI]) == []
    assert findings("rmi_port", "safeq5_cml", consoles) == []


def test_jmx_with_one_port_is_told_to_take_a_random_one_beside_it_unless_it_is_set() -> None:
    (told,) = findings("rmi_port", "safeq6_management", {"proactivecare": ["10.2.0.1"]}, printops_accept=[MANAGEMENT])
    assert told["flows"] == [MANAGEMENT]
    assert "com.sun.management.jmxremote.rmi.port" in told["detail"]


@pytest.mark.parametrize(
    ("address", "networks", "egress", "reached", "is_told"),
    [
        ("10.1.20.7/24", ["10.5.0.9"], "enforce", {"10.1.20.255/32", "10.5.0.9/32"}, False),
        ("10.1.20.7/22", ["10.5.0.9"], "enforce", {"10.1.23.255/32", "10.5.0.9/32"}, False),
        ("10.1.20.7", ["10.5.0.9"], "enforce", {"10.5.0.9/32"}, True),
        ("10.1.20.7/31", ["10.5.0.9"], "enforce", {"10.5.0.9/32"}, True),
        ("10.1.20.7", ["10.1.20.0/24"], "enforce", {"10.1.20.0/24"}, False),
        ("10.1.20.7", ["10.5.0.9"], "allow", {"10.5.0.9/32"}, False),
    ],
)
def test_a_question_by_broadcast_leaves_for_the_subnet_of_the_host_where_that_is_known(
    address: str, networks: list[str], egress: str, reached: set[str], is_told: bool
) -> None:
    host = {
        "printops_addresses": [address, "2001:db8::7/64"],
        "printops_networks": {"terminal_professional": networks},
        "printops_egress": egress,
    }
    plan = compile_plan(inventory({"safeq5_ors": ["h1"]}, {"h1": host}))
    asked = [one for one in plan["hosts"]["h1"]["rules"] if one["direction"] == "out" and one.get("ports") == ["64099"]]
    assert [{*one["remotes"]} for one in asked] == [{"255.255.255.255/32", *reached}]
    told = [one["flows"] for one in plan["findings"] if one["kind"] == "own_subnet"]
    assert told == ([["safeq5/server-to-printer/5"]] if is_told else [])
    assert plan["hosts"]["h1"]["addresses"] == ["10.1.20.7", "2001:db8::7"]


@pytest.mark.parametrize("address", ["10.1.20.0/24", "10.1.20.255/24", "10.1.20.7/33", "10.1.20/24", "fe80::1/64"])
def test_what_is_no_address_of_a_host_in_a_subnet_is_refused(address: str) -> None:
    with pytest.raises(EstateError, match=r"host h1: printops_addresses: .*10\.1\.20\.7/24 with the prefix"):
        compile_plan(inventory({"safeq5_ors": ["h1"]}, {"h1": {"printops_addresses": [address]}}))
