# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks site and remove over an estate with a Windows host, which is a fake."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ..fake.computer import FakeComputer
from .hosts import Host
from .inventory import PSRP
from .life import CHANGE, CONFIRM, READ
from .playbook import CHECKOUT, Controller, Run

SITE, REMOVE = CHECKOUT / "playbooks" / "site.yml", CHECKOUT / "playbooks" / "remove.yml"
APPLIED = "printops.firewall.windows_defender : Apply the rules"

pytestmark = pytest.mark.parametrize("way", [PSRP], ids=str)


def estate(host: Host[FakeComputer], **more: t.Any) -> dict[str, t.Any]:
    """One server on the fake, which tells nothing of itself, and one that the plan has and no run applies."""
    known = {"printops_addresses": ["198.18.0.11"], **more}
    planned = {"ansible_host": "198.18.0.12", "printops_provider": "none"}
    return {
        "all": {
            "hosts": {"win1": host.variables(**known), "other": planned},
            "children": {
                "safeq6_management": {"hosts": {"win1": {}}},
                "safeq6_terminal_server": {"hosts": {"other": {}}},
            },
            "vars": {
                "printops_networks": {"user": ["198.18.9.0/24"], "mfd_ricoh": ["198.18.8.0/27"]},
                "printops_management": ["198.18.7.0/28"],
            },
        }
    }


def row(run: Run, name: str) -> list[str]:
    """The columns that the summary has for a host."""
    (line,) = [line for line in run.output.splitlines() if line.startswith(f"{name} ")]
    return line.split(maxsplit=4)


@pytest.mark.parametrize("provider", ["auto", "windows_defender"])
def test_site_applies_the_plan_and_finds_nothing_to_do_then(
    host: Host[FakeComputer], controller: Controller, provider: str
) -> None:
    inventory = estate(host, printops_provider=provider)
    shown = controller.play(SITE, inventory, "--check", "--diff")
    assert (shown.problems, host.computer.modules_called) == ([], [READ])
    assert row(shown, "win1")[4].startswith("would change:")
    done = controller.play(SITE, inventory, "--become")
    assert (done.problems, done.rc) == ([], 0)
    assert host.computer.modules_called == [READ, READ, CHANGE, CONFIRM]
    assert row(done, "win1")[1] == "windows_defender"
    assert row(done, "win1")[4].startswith("changed:")
    assert "198.18.7.0/28" in done.result(APPLIED)["management"]
    again = controller.play(SITE, inventory)
    assert row(again, "win1")[4] == "no change"
    assert host.computer.modules_called[4:] == [READ]


def test_remove_leaves_nothing_of_ours(host: Host[FakeComputer], controller: Controller) -> None:
    before = [dict(rule) for rule in host.computer.firewall.rules]
    assert controller.play(SITE, estate(host)).problems == []
    assert host.computer.firewall.rules != before
    removed = controller.play(REMOVE, estate(host), "--limit", "win1")
    assert (removed.problems, removed.rc) == ([], 0)
    assert host.computer.firewall.rules == before


def test_a_provider_of_linux_is_refused_before_anything_is_asked(
    host: Host[FakeComputer], controller: Controller
) -> None:
    run = controller.play(SITE, estate(host, printops_provider="ufw"))
    (problem,) = run.problems
    assert "printops_provider of win1 is ufw, and the host is a Windows host" in problem
    assert host.computer.modules_called == []
    assert row(run, "win1")[4].startswith("NOT APPLIED")


def test_what_leaves_is_restricted_told_by_drift_and_as_it_was_after_removal(
    host: Host[FakeComputer], controller: Controller
) -> None:
    firewall = host.computer.firewall
    before, rules = copy.deepcopy(firewall.profiles), copy.deepcopy(firewall.rules)
    firewall.domain = {"member": True, "name": "corp.example.com", "controllers": ["198.18.5.5"]}
    enforced = estate(host, printops_egress="enforce")
    refused = controller.play(SITE, enforced)
    assert "could not reach its controller 198.18.5.5 any more for kerberos (88/tcp)" in refused.output
    assert (firewall.profiles, firewall.of_group("printops.firewall")) == (before, [])
    enforced = estate(host, printops_egress="enforce", printops_egress_domain=["198.18.5.0/29"])
    done = controller.play(SITE, enforced)
    assert (done.problems, done.rc) == ([], 0)
    assert {one["default_outbound"] for one in firewall.profiles.values()} == {"block"}
    assert any(one["direction"] == "out" for one in firewall.of_group("printops.firewall"))
    assert row(controller.play(SITE, enforced), "win1")[4] == "no change"
    drift = CHECKOUT / "playbooks" / "drift.yml"
    firewall.profiles["domain"]["default_outbound"] = "allow"
    assert "out by the domain profile" in controller.play(drift, enforced).output.replace("\\n", " ")
    assert controller.play(SITE, enforced).rc == 0
    assert controller.play(REMOVE, enforced).rc == 0
    assert (firewall.profiles, firewall.rules, firewall.found) == (before, rules, None)
