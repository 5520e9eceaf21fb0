# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explanations as a person reads them."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import WIDTH
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain_text import explain
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_data


@pytest.fixture
def plan(tmp_path: pathlib.Path) -> Plan:
    """The tiny catalog, a row of it changed by an overlay, on a web server and an agent."""
    overlay = {
        "format": "printops.firewall/overlay/1",
        "name": "ours",
        "changes": {"tiny/all/1": {"scope": "site", "reason": "Each site has its own."}},
    }
    for name, content in (("tiny.yml", tiny_data()), ("ours.yml", overlay)):
        (tmp_path / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    common = {
        "printops_catalogs": ["tiny.yml", "ours.yml"],
        "inventory_dir": str(tmp_path),
        "printops_networks": {"user": ["10.9.0.0/16"], "printer": ["10.1.0.0/24"]},
        "printops_features": ["scan"],
        "printops_ports": {"scan_ports": "50000-50009"},
    }
    hosts = {"web1": {"ansible_host": "10.0.0.1", **common}, "agent1": {"ansible_host": "10.0.0.2", **common}}
    return compile_plan(inventory({"tiny_web": ["web1"], "tiny_agent": ["agent1"]}, hosts))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_host_has_both_directions_with_networks_and_rows(plan: Plan) -> None:
    reach, _heading, reached = explain(plan, host="agent1").partition("What it may reach:")
    assert reach.splitlines()[0] == "Who may reach agent1:"
    assert "tcp 21,5021-5022,50000-50009 10.1.0.0/24 [tiny/all/4,6]" in flat(reach).replace("5021,5022", "5021-5022")
    assert "icmp echo-request 10.1.0.0/24 [tiny/all/9]" in flat(reached)
    assert "10.0.0.1/32 [tiny/all/2,15]" in flat(reached)


def test_a_host_without_rules_says_so(plan: Plan) -> None:
    plan["hosts"]["web1"] |= {"rules": [], "keep_connection": False}
    *lines, rests_on = explain(plan, host="web1").split("\n")
    assert lines == ["Who may reach web1:", "nothing", "", "What it may reach:", "nothing", ""]
    assert rests_on.startswith("Rests on tiny: Tiny, Ports (tiny ")


def test_an_open_port_has_its_networks_document_decision_and_change(plan: Plan) -> None:
    decided = flat(explain(plan, host="agent1", port="50005/tcp"))
    assert decided.startswith("50005/tcp on agent1 is open to 10.1.0.0/24.")
    assert "Decided by printops_ports.scan_ports, printops_features: scan." in decided
    changed = flat(explain(plan, host="web1", port="443/tcp"))
    assert (
        "tiny/all/1: Row 1. Tiny: Ports, All, row 1. Changed by ours: Each site has its own. Rests on tiny" in changed
    )


def test_a_closed_port_has_what_is_missing(plan: Plan) -> None:
    text = explain(plan, host="web1", port="9000/tcp")
    assert text.startswith("9000/tcp on web1 is closed.\n  Missing: tiny/all/7 is skipped: ")


@pytest.mark.parametrize(("source", "verdict"), [("10.9.0.7", "may"), ("10.1.0.7", "may not")])
def test_an_address_has_a_verdict(plan: Plan, source: str, verdict: str) -> None:
    text = explain(plan, host="web1", port="443/tcp", source=source)
    assert text.startswith(f"{source} {verdict} reach web1 on 443/tcp.")
    assert ("Missing: " in text) == (verdict == "may not")


@pytest.mark.parametrize("question", [{}, {"port": "50005/tcp"}, {"port": "443/tcp", "source": "10.1.0.7"}])
def test_lines_fit_a_terminal(plan: Plan, question: dict[str, str]) -> None:
    assert max(map(len, explain(plan, host="agent1", **question).splitlines())) <= WIDTH


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"port": "443"}, "'443' is no port; give a number and a protocol"),
        ({"port": 443}, "'443' is no port; give a number and a protocol"),
        ({"port": "443/sctp"}, "'443/sctp' is no port"),
        ({"port": "443-444/tcp"}, "'443-444/tcp' is no port"),
        ({"port": "0/tcp"}, "the port '0/tcp': '0' is no port: give one from 1 to 65535"),
        ({"port": "70000/udp"}, "the port '70000/udp'"),
        ({"port": "443/tcp", "source": "users"}, "'users' is no address"),
        ({"source": "10.9.0.7"}, "say on which port 10.9.0.7 wants to reach web1, such as 5011/tcp"),
    ],
)
def test_a_question_that_is_none_is_refused(plan: Plan, question: dict[str, t.Any], said: str) -> None:
    with pytest.raises(PlanError) as caught:
        explain(plan, host="web1", **question)
    assert said in str(caught.value)


def test_the_way_in_of_administrators_is_open_by_management(plan: Plan) -> None:
    plan["hosts"]["web1"] |= {"management": ["192.0.2.0/28"]}
    told = flat(explain(plan, host="web1", port="22/tcp"))
    assert told.startswith(
        "22/tcp on web1 is open to 192.0.2.0/28, the address that a run comes from. printops_management: "
    )
    assert flat(explain(plan, host="web1", port="22/udp")).startswith("22/udp on web1 is closed.")
    assert explain(plan, host="web1", port="22/tcp", source="192.0.2.7").startswith("192.0.2.7 may reach web1")
    elsewhere = flat(explain(plan, host="web1", port="22/tcp", source="192.0.2.99"))
    assert elsewhere.startswith("192.0.2.99 may not reach web1 on 22/tcp.")
    assert "as an administrator's it belongs into printops_management" in elsewhere
    listed = flat(explain(plan, host="web1").partition("What it may reach:")[0])
    assert "SSH or WinRM 192.0.2.0/28 [printops_management]" in listed
    assert "SSH or WinRM the address that a run comes from [printops_keep_connection]" in listed


@pytest.mark.parametrize(
    ("provider", "ports", "closed"),
    [("auto", (22, 5985, 5986), ()), ("ufw", (22,), (5985,)), ("windows_defender", (5985, 5986), (22,))],
)
def test_the_way_in_is_that_of_the_firewall(
    plan: Plan, provider: str, ports: tuple[int, ...], closed: tuple[int, ...]
) -> None:
    plan["hosts"]["web1"] |= {"management": [], "provider": provider}
    for port in ports:
        told = explain(plan, host="web1", port=f"{port}/tcp")
        assert told.startswith(f"{port}/tcp on web1 is open to the address that a run comes from.\nRests on tiny")
    for port in closed:
        assert explain(plan, host="web1", port=f"{port}/tcp").startswith(f"{port}/tcp on web1 is closed.")


def test_what_an_enforced_egress_lets_out_is_listed(plan: Plan) -> None:
    plan["hosts"]["web1"] |= {"egress": "enforce", "egress_dns": ["10.0.0.53/32"], "egress_time": []}
    listed = flat(explain(plan, host="web1").partition("What it may reach:")[2])
    assert "tcp 53 10.0.0.53/32 [printops_egress_dns] udp 53 10.0.0.53/32 [printops_egress_dns]" in listed
    assert "123" not in listed
    plan["hosts"]["web1"] |= {"egress": "allow"}
    assert "egress_dns" not in explain(plan, host="web1")
