# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook site over two fake Windows hosts, one over each plugin, one of which fails."""

from __future__ import annotations

import typing as t

import pytest

from ..fake.computer import FakeComputer
from ..wsman.certificate import Certificate
from .hosts import Host, serve
from .inventory import ACCOUNT, PSRP, WINRM
from .life import CHANGE, CONFIRM, READ
from .playbook import CHECKOUT, Controller, Run
from .test_apply import GROUP

PLAYBOOKS = CHECKOUT / "playbooks"
USERS, PRINTERS = "198.51.100.0/255.255.255.0", "203.0.113.0/255.255.255.224"
Hosts = list[Host[FakeComputer]]


@pytest.fixture(name="hosts")
def hosts_fixture(certificate: Certificate) -> t.Iterator[Hosts]:
    """One over each plugin."""
    with (
        serve([FakeComputer()], WINRM, certificate) as over_winrm,
        serve([FakeComputer()], PSRP, certificate) as over_psrp,
    ):
        hosts = [*over_winrm, *over_psrp]
        for host in hosts:
            host.computer.firewall.allow_remote_management(host.server.port)
        yield hosts


def company(hosts: Hosts, **more: t.Any) -> dict[str, t.Any]:
    """A small site: a Management server and a Terminal Server, with the printers of one maker."""
    management, terminal = hosts
    networks = {"user": ["198.51.100.0/24"], "mfd_ricoh": ["203.0.113.0/27"]}
    return {
        "all": {
            "vars": {"printops_networks": networks, "printops_management": ["192.0.2.64/28"], **more},
            "children": {
                "safeq6_management": {"hosts": {"win1": management.variables(printops_addresses=["192.0.2.10"])}},
                "safeq6_terminal_server": {"hosts": {"win2": terminal.variables(printops_addresses=["192.0.2.11"])}},
            },
        }
    }


def summary(run: Run) -> str:
    (result,) = run.tasks["Show what happened"].values()
    return "\n".join(result["lines"])


def test_site_applies_the_plan_and_then_finds_nothing_to_do(hosts: Hosts, controller: Controller) -> None:
    site = PLAYBOOKS / "site.yml"
    checked = controller.play(site, company(hosts), "--check", "--diff")
    assert checked.problems == []
    assert [host.computer.modules_called for host in hosts] == [[READ], [READ]]
    first = controller.play(site, company(hosts), "--become")
    assert first.problems == []
    for host, clients in zip(hosts, (USERS, PRINTERS), strict=True):
        assert host.computer.modules_called == [READ, READ, CHANGE, CONFIRM]
        assert any(clients in rule["remote_addresses"] for rule in host.computer.firewall.of_group(GROUP))
        host.computer.calls.clear()
    assert summary(first).count("windows_defender") == 2
    again = controller.play(site, company(hosts))
    assert again.problems == []
    assert [host.computer.modules_called for host in hosts] == [[READ], [READ]]
    assert summary(again).count("no change") == 2


def test_one_host_that_lets_nobody_in_does_not_keep_the_others(hosts: Hosts, controller: Controller) -> None:
    inventory = company(hosts)
    wrong = {"ansible_password": ACCOUNT.password[:-1]}
    inventory["all"]["children"]["safeq6_management"]["hosts"]["win1"].update(wrong)
    run = controller.play(PLAYBOOKS / "site.yml", inventory)
    assert run.stats["win1"]["unreachable"] == 1
    assert hosts[0].computer.calls == []
    assert hosts[1].computer.modules_called == [READ, CHANGE, CONFIRM]
    assert "NOT APPLIED" in summary(run)


def test_a_host_that_a_group_policy_rules_fails_and_says_why(hosts: Hosts, controller: Controller) -> None:
    hosts[1].computer.firewall.modify_state = "gp_override"
    run = controller.play(PLAYBOOKS / "site.yml", company(hosts))
    assert run.stats["win2"]["failures"] == 1
    assert "Group Policy" in run.problems[0]
    assert hosts[0].computer.modules_called == [READ, CHANGE, CONFIRM]
    assert hosts[1].computer.modules_called == [READ]
