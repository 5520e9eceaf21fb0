# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What compiling comes to, flow by flow, on estates small enough to follow by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import Compiled
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    FLOWS,
    compiled,
    rule_texts,
    tiny_catalog,
    tiny_data,
)

GROUPS = {"tiny_web": ["web1", "web2"], "tiny_agent": ["agent1", "agent2"]}
NETWORKS = {"user": ["10.9.0.0/16"], "printer_a": {"brno": ["10.1.0.0/24"], "prague": ["10.2.0.0/24"]}}
VARIABLES: dict[str, dict[str, Any]] = {
    "web1": {"ansible_host": "10.0.0.1", "printops_cluster": "web"},
    "web2": {"ansible_host": "10.0.0.2", "printops_cluster": "web"},
    "agent1": {"ansible_host": "10.0.1.1", "printops_site": "brno"},
    "agent2": {"ansible_host": "10.0.2.1", "printops_site": "prague"},
}


def estate(**common: object) -> Compiled:
    return compiled(GROUPS, {host: {"printops_networks": NETWORKS, **own, **common} for host, own in VARIABLES.items()})


def skipped(result: Compiled) -> dict[int, str]:
    return {int(one.flow.rpartition("/")[2]): one.why for one in result.skipped}


def open_inputs(result: Compiled) -> dict[int, tuple[str, tuple[str, ...]]]:
    return {int(one.flow.rpartition("/")[2]): (one.question.variable, one.hosts) for one in result.open_inputs}


def test_rules_of_a_whole_estate_as_documented() -> None:
    result = estate()
    assert rule_texts(result, "web1") == [
        "in tcp 80,443 10.9.0.0/16 [1]",
        "in tcp 6010,6030 10.0.1.1/32,10.0.2.1/32 [2 15]",
        "in tcp 6020,7000-7009 10.0.0.2/32 [3]",
        "out tcp 6020,7000-7009 10.0.0.2/32 [3]",
    ]
    assert rule_texts(result, "agent1") == [
        "in tcp 5021-5022 10.1.0.0/24 [4]",
        "in tcp 8080,8443 10.9.0.0/16 [11 12]",
        "out icmp echo-request 10.1.0.0/24,10.2.0.0/24 [9]",
        "out tcp 6010,6030 10.0.0.1/32,10.0.0.2/32 [2 15]",
        "out udp 5353 224.0.0.251/32 [10]",
    ]
    assert "in tcp 5021-5022 10.2.0.0/24 [4]" in rule_texts(result, "agent2")


def test_what_is_not_in_rules_is_asked_or_explained() -> None:
    result = estate()
    assert open_inputs(result) == {
        5: ("printops_ports.install_port", ("agent1", "agent2")),
        6: ("printops_features", ("agent1", "agent2")),
    }
    assert skipped(result) == {
        7: "opened only if printops_accept names it: It is a risk.",
        8: "Not used any more.",
        13: "it stays on one host, over the loopback interface",
        14: "the document names no client for it",
    }


def test_decided_ports_and_features_open_what_they_name() -> None:
    result = estate(printops_features=["scan"], printops_ports={"install_port": 443, "scan_ports": "5000-5009"})
    assert open_inputs(result) == {}
    assert "in tcp 21,5000-5009,5021-5022 10.1.0.0/24 [4 6]" in rule_texts(result, "agent1")
    assert "out tcp 443 10.1.0.0/24 [5]" in rule_texts(result, "agent1")


def test_a_feature_not_in_use_is_skipped() -> None:
    assert skipped(estate(printops_features=[]))[6] == "printops_features does not name scan"


def test_a_moved_port_takes_the_place_of_the_printed_one_on_both_ends() -> None:
    result = estate(printops_ports={"moved_port": 6031})
    assert "in tcp 6010,6031 10.0.1.1/32,10.0.2.1/32 [2 15]" in rule_texts(result, "web1")
    assert "out tcp 6010,6031 10.0.0.1/32,10.0.0.2/32 [2 15]" in rule_texts(result, "agent1")


def test_secured_leaves_the_unsecured_port_and_the_unsecured_twin() -> None:
    result = estate(printops_security="secured")
    assert rule_texts(result, "web1")[0] == "in tcp 443 10.9.0.0/16 [1]"
    assert "in tcp 8443 10.9.0.0/16 [12]" in rule_texts(result, "agent1")
    assert skipped(result)[11] == "tiny/all/12 carries it encrypted"


def test_secured_only_asks_about_flows_without_a_secured_port() -> None:
    asked = open_inputs(estate(printops_security="secured_only"))
    assert {row for row, (variable, _hosts) in asked.items() if variable == "printops_accept"} == {2, 3, 5, 10, 15}
    assert asked[2] == ("printops_accept", ("web1", "web2"))


def test_an_accepted_flow_opens_and_a_refused_one_does_not() -> None:
    result = estate(printops_accept=["tiny/all/7"], printops_refuse=["tiny/all/2"])
    assert "in tcp 80,443,9000 10.9.0.0/16 [1 7]" in rule_texts(result, "web1")
    assert skipped(result)[2] == "refused by printops_refuse"


def test_a_client_that_refuses_is_admitted_by_nobody() -> None:
    variables = {**VARIABLES, "agent1": {**VARIABLES["agent1"], "printops_refuse": ["tiny/all/2", "tiny/all/15"]}}
    result = compiled(GROUPS, variables)
    assert "in tcp 6010,6030 10.0.2.1/32 [2 15]" in rule_texts(result, "web1")
    assert not [text for text in rule_texts(result, "agent1") if text.startswith("out tcp 6010")]


def test_the_server_decides_on_its_ports_for_its_clients() -> None:
    variables = {**VARIABLES, "web1": {**VARIABLES["web1"], "printops_ports": {"moved_port": 6031}}}
    result = compiled(GROUPS, variables)
    texts = rule_texts(result, "agent1")
    assert "out tcp 6030 10.0.0.2/32 [15]" in texts
    assert "out tcp 6031 10.0.0.1/32 [15]" in texts


def test_servers_without_a_site_serve_every_site() -> None:
    result = compiled(
        {"tiny_agent": ["agent1"]}, {"agent1": {"ansible_host": "10.0.1.1", "printops_networks": NETWORKS}}
    )
    assert "in tcp 5021-5022 10.1.0.0/24,10.2.0.0/24 [4]" in rule_texts(result, "agent1")


def test_peers_of_different_clusters_do_not_meet() -> None:
    variables = {**VARIABLES, "web2": {**VARIABLES["web2"], "printops_cluster": "other"}}
    result = compiled(GROUPS, variables)
    assert skipped(result)[3]
    assert not [text for text in rule_texts(result, "web1") if "6020" in text]


def test_a_flow_between_components_of_one_host_needs_no_rule() -> None:
    result = compiled({"tiny_web": ["one"], "tiny_agent": ["one"]}, {"one": {"ansible_host": "10.0.0.1"}})
    assert " one" in skipped(result)[2].replace("(", " ")
    assert rule_texts(result, "one") == ["out udp 5353 224.0.0.251/32 [10]"]


def test_flows_without_an_end_in_the_inventory_are_skipped_with_the_missing_component() -> None:
    result = compiled({"tiny_web": ["web1"]}, {"web1": {"ansible_host": "10.0.0.1"}})
    assert skipped(result)[1] == "no host or network for user"
    assert skipped(result)[4] == "no host or network for printer"


def test_networks_alone_at_both_ends_make_no_rule() -> None:
    data = tiny_data()
    data["flows"][0]["server"] = ["printer"]
    result = compiled(
        {"tiny_web": ["web1"]},
        {"web1": {"ansible_host": "10.0.0.1", "printops_networks": NETWORKS}},
        catalog=tiny_catalog(data),
    )
    assert skipped(result)[1] == "no host of the inventory is at either end"


@pytest.mark.parametrize("security", ["documented", "secured", "secured_only"])
@pytest.mark.parametrize("features", [None, [], ["scan"]])
def test_every_flow_is_in_exactly_one_place_where_hosts_agree(security: str, features: list[str] | None) -> None:
    common = {"printops_security": security, **({} if features is None else {"printops_features": features})}
    result = estate(**common)
    opened = {flow for rules in result.rules.values() for rule in rules for flow in rule.flows}
    places = [opened, {one.flow for one in result.open_inputs}, {one.flow for one in result.skipped}]
    assert sorted(flow for place in places for flow in place) == sorted(flow["id"] for flow in FLOWS)


def test_only_hosts_whose_answer_matters_are_asked() -> None:
    groups = {"tiny_agent": ["a"], "tiny_printer_a": ["a", "b"]}
    result = compiled(groups, {"a": {"ansible_host": "10.0.0.1"}, "b": {"ansible_host": "10.0.0.2"}})
    assert open_inputs(result)[5] == ("printops_ports.install_port", ("b",))
