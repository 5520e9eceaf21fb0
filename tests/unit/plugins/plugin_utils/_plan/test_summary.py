# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads at the end of plan and site."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.summary import plan_summary, site_summary
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory

GROUPS = {"safeq6_management": ["mgmt1"], "safeq6_terminal_server": ["site1"], "safeq6_shared_folder": ["files1"]}


def compiled(**decisions: t.Any) -> Plan:
    networks = {"user": ["10.9.0.0/16"], "mfd_hp": ["10.1.0.0/24"], "mail_server": ["10.0.9.25"]}
    common = {"printops_networks": networks, **decisions}
    hosts: dict[str, dict[str, t.Any]] = {
        "mgmt1": {"ansible_host": "10.0.0.1", **common},
        "site1": {"ansible_host": "10.0.0.2", **common},
        "files1": {"ansible_host": "10.0.0.3", **common, "printops_provider": "none"},
    }
    return compile_plan(inventory(GROUPS, hosts))


def test_the_plan_names_every_host_and_what_may_reach_it() -> None:
    plan = compiled()
    flat = " ".join(plan_summary(plan).split())
    assert all(name in flat for name in plan["hosts"])
    assert "files1 (shared_folder) PORTS NETWORKS [ROWS] in SSH or WinRM the address that a run comes from" in flat
    assert "in tcp 80,443 10.9.0.0/16 [safeq6/management/1,6]" in flat


def test_the_plan_counts_each_flow_once() -> None:
    plan = compiled()
    opened = {flow for host in plan["hosts"].values() for rule in host["rules"] for flow in rule["flows"]}
    asked = {one["flow"] for one in plan["open_inputs"]}
    expected = f"{len(opened)} flows in rules, {len(asked)} waiting for a decision, {len(plan['skipped'])} skipped"
    assert expected in " ".join(plan_summary(plan).split())


@pytest.mark.parametrize(
    ("result", "check_mode", "said"),
    [
        (None, False, "NOT APPLIED"),
        ({"changed": False, "rules": 2, "provider": "ufw"}, False, "no change"),
        (
            {"changed": True, "rules": 2, "provider": "ufw", "added": ["a"], "removed": []},
            False,
            "changed: 1 added, 0 removed",
        ),
        ({"changed": True, "added": [], "removed": ["a", "b"]}, True, "would change: 0 added, 2 removed"),
        ({"changed": True, "repaired": True}, False, "repaired"),
        ({"changed": False, "enabled_at_boot": True}, False, "changed: enabled at boot"),
        ({"changed": False, "enabled_at_boot": True}, True, "would be enabled at boot"),
        ({"changed": True, "added": ["a"], "enabled_at_boot": True}, False, "1 added, 0 removed; enabled at boot"),
        (
            {"changed": True, "added": ["a"], "turned": "WILL BE TURNED ON: default deny"},
            True,
            "would change: 1 added, 0 removed; WILL BE TURNED ON",
        ),
    ],
)
def test_the_site_says_what_became_of_a_host(result: dict[str, t.Any] | None, check_mode: bool, said: str) -> None:
    results = {} if result is None else {"mgmt1": result}
    lines = site_summary(compiled(), results=results, begun=["mgmt1", "files1"], check_mode=check_mode).splitlines()
    assert said in next(line for line in lines if line.startswith("mgmt1 "))
    assert "printops_provider is none" in next(line for line in lines if line.startswith("files1 "))


def test_a_host_left_out_by_a_limit_is_no_failure() -> None:
    lines = site_summary(compiled(), results={}, begun=[], check_mode=False).splitlines()
    assert "not part of this run" in next(line for line in lines if line.startswith("mgmt1 "))


def test_rules_of_others_are_told_with_their_host() -> None:
    turned = "TURNED ON: default deny; nothing listens that is not in the plan"
    told = {"foreign": ["the rule A is wider"], "blocked": ["the rule B blocks 443/tcp"], "turned": turned}
    text = site_summary(compiled(), results={"mgmt1": told}, begun=["mgmt1"], check_mode=False)
    assert f"WARNING firewall: mgmt1: {turned}" in text
    assert "WARNING foreign rule: mgmt1: the rule A is wider" in text
    assert "WARNING blocking rule: mgmt1: the rule B blocks 443/tcp" in text


def test_hosts_of_the_inventory_that_nothing_is_planned_for_are_named() -> None:
    hosts = ["files1", "localhost", "mgmt1", "other", "site1"]
    line = "In no component's group, so that nothing of them is planned: other."
    assert line in plan_summary(compiled(), hosts=hosts)
    assert line in site_summary(compiled(), results={}, begun=[], check_mode=False, hosts=hosts)
    assert "In no component" not in plan_summary(compiled(), hosts=["mgmt1"])


def test_a_host_that_left_and_has_rules_of_ours_has_its_row() -> None:
    text = site_summary(compiled(), results={}, begun=[], check_mode=False, left={"gone": ["ufw"], "clean": []})
    assert "NOT IN THE PLAN" in next(line for line in text.splitlines() if line.startswith("gone "))
    assert "clean" not in text


def test_what_the_inventory_may_not_have_meant_is_told_by_the_site_too() -> None:
    plan = compiled(printops_site="brno")
    plan["findings"].append(
        {"kind": "near_miss", "severity": "warning", "hosts": ["x"], "flows": [], "detail": "did you mean y?"}
    )
    assert "WARNING near_miss: x: did you mean y?" in site_summary(plan, results={}, begun=[], check_mode=False)


def test_of_many_hosts_those_alike_share_a_row_and_failed_ones_have_each_its_own() -> None:
    plan = compiled()
    names = [f"print{number:03}" for number in range(600)]
    plan["hosts"] = dict.fromkeys(names, plan["hosts"]["site1"])
    changed = {"changed": True, "added": ["x"], "removed": [], "rules": 7, "foreign": ["the rule A is wider"]}
    results = dict.fromkeys(names[2:], changed)
    lines = site_summary(plan, results=results, begun=names, check_mode=False).splitlines()
    rows = [line.split("  ") for line in lines[: lines.index("")] if not line.startswith(" ")]
    assert [row[0] for row in rows] == ["HOST", "print000", "print001", "print002, print003 and 596 more"]
    assert all("NOT APPLIED" in row[-1] for row in rows[1:3])
    assert max(map(len, lines)) <= 100
    assert len([line for line in lines if line.startswith("WARNING foreign rule")]) == 1
