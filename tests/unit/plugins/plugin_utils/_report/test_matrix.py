# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow matrix of the examples, held against their rules."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import load_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._report.matrix import (
    FlowRow,
    encryption_of,
    flow_rows,
    site_text,
)

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "plans"
PLANS = {path.stem: load_plan(path) for path in sorted(GOLDEN.glob("*.json"))}
ROWS = {name: flow_rows(plan) for name, plan in PLANS.items()}


@pytest.mark.parametrize("name", PLANS)
def test_every_flow_of_a_rule_is_told_and_no_other(name: str) -> None:
    opened = {flow for host in PLANS[name]["hosts"].values() for rule in host["rules"] for flow in rule["flows"]}
    assert {row.flow for row in ROWS[name]} == opened


@pytest.mark.parametrize("name", PLANS)
def test_what_is_told_to_come_in_is_what_the_rules_let_in(name: str) -> None:
    for host, part in PLANS[name]["hosts"].items():
        for rule in part["rules"]:
            if rule["direction"] == "in":
                told = [row for row in ROWS[name] if is_of(row, host, rule)]
                own = NetworkSet.parse(part["addresses"])
                sources = NetworkSet().union(*(row.source.networks for row in told))
                assert NetworkSet.parse(rule["remotes"]) <= sources
                assert not sources - NetworkSet.parse(rule["remotes"]) - own - peers(name, host)


def is_of(row: FlowRow, host: str, rule: dict[str, list[str]]) -> bool:
    return (
        host in row.hosts
        and (row.direction, row.protocol) == ("in", rule["protocol"])
        and row.flow in rule["flows"]
        and row.source_ports == tuple(map(PortRange.parse, rule.get("source_ports", ())))
        and bool(row.group) == bool(rule.get("destinations"))
        and covers(rule, row)
    )


def covers(rule: dict[str, list[str]], row: FlowRow) -> bool:
    ranges = [tuple(int(n) for n in text.split("-")) for text in rule.get("ports", ())]
    return all(any(one[0] <= port.first and port.last <= one[-1] for one in ranges) for port in row.ports)


def peers(name: str, host: str) -> NetworkSet:
    """Hosts that share rows with the host, which let in each other."""
    hosts = PLANS[name]["hosts"]
    alike = [
        one
        for one in hosts.values()
        if (one.get("site"), one["components"]) == (hosts[host].get("site"), hosts[host]["components"])
    ]
    return NetworkSet.parse(address for one in alike for address in one["addresses"])


def test_a_row_has_the_names_of_both_ends() -> None:
    (row,) = (one for one in ROWS["company"] if one.flow == "safeq6/terminal-server/1")
    assert (row.source.components, site_text(row.source.sites)) == (("mfd_xerox_versalink",), "prague")
    assert (row.destination.components, row.destination.hosts) == (("terminal_server",), ("prague1",))
    assert row.source.networks.cidrs() == ("10.30.32.128/26",)
    assert (row.encryption, [*map(str, row.ports)]) == ("encrypted", ["5012"])


def test_a_flow_between_hosts_is_told_where_it_is_let_in() -> None:
    rows = [one for one in ROWS["company"] if one.flow == "safeq6/management/3"]
    assert [(one.direction, one.hosts) for one in rows] == [("in", ("mgmt1", "mgmt2"))]
    assert rows[0].source.hosts == ("brno1", "brno2", "ostrava1", "prague1")


@pytest.mark.parametrize(
    ("port", "kind", "told"),
    [
        ("443/tcp", "both", "encrypted"),
        ("80/tcp", "both", "plaintext"),
        ("8443/tcp", "both", "not told"),
        ("80/tcp", "none", "plaintext"),
        ("636/tcp", "all", "encrypted"),
        ("636/tcp", None, "not told"),
    ],
)
def test_what_the_document_says_of_encryption(port: str, kind: str | None, told: str) -> None:
    facts = {"ports": ["80/tcp", "443/tcp"], "encrypted_ports": ["443/tcp"] if kind == "both" else []}
    assert encryption_of(port, {**facts, "encryption": kind} if kind else facts) == told
