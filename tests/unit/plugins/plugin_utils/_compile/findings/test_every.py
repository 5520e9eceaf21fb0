# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator is told about a plan."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.every import find_all
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.model import Finding
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    inventory,
    tcp,
    tiny_catalog,
    tiny_data,
)

CATALOG = tiny_catalog()


NETWORKS = {"user": ["10.9.0.0/16"], "printer": ["10.1.0.0/24"]}


def find(
    kind: str, *, of_web: t.Mapping[str, t.Any] | None = None, catalog: Catalog = CATALOG, **variables: t.Any
) -> list[Finding]:
    """Findings of a kind about a web server and an agent, with variables of both and some C(of_web) alone."""
    hosts = {
        "web1": {"ansible_host": "10.0.0.1", "printops_networks": NETWORKS, **variables, **(of_web or {})},
        "agent1": {"ansible_host": "10.0.0.2", "printops_networks": NETWORKS, **variables},
    }
    estate = read_estate(inventory({"tiny_web": ["web1"], "tiny_agent": ["agent1"]}, hosts), catalogs=[catalog])
    found = find_all([catalog], estate, compile_rules([catalog], estate))
    return [finding for finding in found if finding.kind == kind]


def compile_shipped(groups: dict[str, list[str]], **variables: t.Any) -> Plan:
    return compile_plan(inventory(groups, {"h1": {"ansible_host": "10.0.0.1", **variables}}))


def rows(found: t.Iterable[Finding], *, host: str) -> set[int]:
    return {int(flow.rpartition("/")[2]) for finding in found if host in finding.hosts for flow in finding.flows}


def test_plaintext_beside_an_encrypted_port_is_told_and_goes_with_secured() -> None:
    assert rows(find("plaintext"), host="web1") == {1}
    assert rows(find("plaintext"), host="agent1") == {4, 11}
    assert find("plaintext", printops_security="secured") == []


def test_plaintext_is_told_of_what_is_open_and_not_of_what_a_host_would_choose() -> None:
    data = tiny_data()
    data["flows"][1]["secured"] = [tcp("6011")]
    catalog = tiny_catalog(data)
    secured_server = find("plaintext", catalog=catalog, of_web={"printops_security": "secured"})
    assert rows(secured_server, host="web1") == set()
    assert 2 not in rows(secured_server, host="agent1")
    secured_client = find(
        "plaintext", catalog=catalog, printops_security="secured", of_web={"printops_security": "documented"}
    )
    assert rows(secured_client, host="web1") == {1, 2}
    assert rows(secured_client, host="agent1") == {2}


@pytest.mark.parametrize("decision", [{"printops_refuse": ["tiny/all/12"]}, {"printops_accept": ["tiny/all/11"]}])
def test_plaintext_that_secured_would_not_close_is_not_said_to_be_closed_by_it(decision: dict[str, t.Any]) -> None:
    assert rows(find("plaintext", **decision), host="agent1") == {4}


def test_risks_of_the_document_are_told_where_the_flow_is_open() -> None:
    (multicast,) = find("multicast")
    assert (multicast.severity, multicast.hosts, multicast.flows) == ("warning", ("agent1",), ("tiny/all/10",))
    assert find("multicast", printops_refuse=["tiny/all/10"]) == []


def test_a_wide_range_is_told_with_its_width() -> None:
    wide: dict[str, t.Any] = {"printops_features": ["scan"], "printops_ports": {"scan_ports": "1024-65535"}}
    assert [(finding.hosts, finding.flows[-1]) for finding in find("wide_range", **wide)] == [
        (("agent1",), "tiny/all/6")
    ]
    narrow: dict[str, t.Any] = {"printops_features": ["scan"], "printops_ports": {"scan_ports": "1024-1033"}}
    assert find("wide_range", **narrow) == []


def test_a_wide_range_is_told_of_the_flow_that_asks_for_it_and_once_for_all_hosts() -> None:
    decided: dict[str, t.Any] = {
        "printops_features": ["scan"],
        "printops_ports": {"scan_ports": "2000-2999, 3000-3999", "moved_port": 6031},
    }
    (found,) = find("wide_range", **decided)
    assert found.flows == ("tiny/all/6",)
    assert found.detail.startswith("2000 tcp ports in one range, direction in")


@pytest.mark.parametrize(("ports", "is_told"), [("50000-50049", False), ("1024-65535", True), ("1024-2024", True)])
def test_a_range_that_the_document_leaves_wide_is_told_only_while_it_is(ports: str, is_told: bool) -> None:
    decided = {"ftp_passive_ports": ports}
    plan = compile_shipped(
        {"safeq6_terminal_server": ["h1"]},
        printops_networks={"mfd_ricoh": ["10.1.20.0/24"]},
        printops_features=["ftp_scanning"],
        printops_ports=decided,
    )
    opened = {flow for rule in plan["hosts"]["h1"]["rules"] for flow in rule["flows"]}
    assert "safeq6/terminal-server/42" in opened
    told = [finding["flows"] for finding in plan["findings"] if finding["kind"] == "wide_range"]
    assert told == ([["safeq6/terminal-server/42"]] if is_told else [])


JMX = "safeq6/ldap/1"


def test_jmx_is_skipped_with_the_reason_unless_it_is_accepted() -> None:
    groups, networks = {"safeq6_ldap_replicator": ["h1"]}, {"management": ["10.0.9.1"]}
    closed = compile_shipped(groups, printops_networks=networks)
    (why,) = (one["why"] for one in closed["skipped"] if one["flow"] == JMX)
    assert why.startswith("opened only if printops_accept names it: JMX ")
    assert not any(JMX in rule["flows"] for rule in closed["hosts"]["h1"]["rules"])
    assert not any(finding["kind"] == "jmx" for finding in closed["findings"])

    opened = compile_shipped(groups, printops_networks=networks, printops_accept=[JMX])
    (rule,) = (rule for rule in opened["hosts"]["h1"]["rules"] if JMX in rule["flows"])
    assert (rule["ports"], rule["remotes"]) == (["9696"], ["10.0.9.1/32"])
    (finding,) = (finding for finding in opened["findings"] if finding["kind"] == "jmx")
    assert (finding["severity"], finding["hosts"], finding["flows"]) == ("warning", ["h1"], [JMX])
    assert "no authentication" in finding["detail"]
