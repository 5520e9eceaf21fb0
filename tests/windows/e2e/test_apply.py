# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""windows_defender_rules over every way that Ansible connects to Windows, to a fake host."""

from __future__ import annotations

import itertools

import pytest

from ..fake.computer import FakeComputer
from .hosts import Host, inventory
from .inventory import WAYS
from .life import CALLS, CHANGE, CONFIRM, LAST_PORT, READ, die, live
from .playbook import Controller
from .rules import absent, apply, play, rules

GROUP = "printops.firewall"


def ports_of(host: Host[FakeComputer]) -> set[str]:
    return {rule["local_ports"] for rule in host.computer.firewall.of_group(GROUP)}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_life_of_the_rules_of_a_host(host: Host[FakeComputer], controller: Controller) -> None:
    windows_rules = [dict(rule) for rule in host.computer.firewall.rules]
    live(controller, inventory([host]))
    assert host.computer.modules_called == [call for calls in CALLS.values() for call in calls]
    for first, second in itertools.pairwise(host.computer.calls):
        if second.module == CONFIRM:
            assert first.peer != second.peer, "confirmed over the connection that changed the rules"
    assert ports_of(host) == {LAST_PORT, str(host.server.port)}
    assert [rule for rule in host.computer.firewall.rules if rule["grouping"] != GROUP] == windows_rules
    encrypted = host.way.scheme == "http"
    assert (host.server.traffic.encrypted > 0, host.server.traffic.plain > 0) == (encrypted, not encrypted)
    die(controller, inventory([host]))
    assert host.computer.firewall.rules == windows_rules


def test_removal_that_would_cut_ansible_off_is_refused(host: Host[FakeComputer], controller: Controller) -> None:
    host.computer.firewall.rules.clear()
    run = controller.play(play(apply(rules(1)), absent(ignore_errors=True)), inventory([host]))
    assert run.result("Apply")["changed"] is True
    assert run.result("Remove")["failed"] is True
    assert "cut off 127.0.0.1" in run.result("Remove")["msg"]
    assert ports_of(host) == {"9000", str(host.server.port)}


def test_without_confirmation_a_change_takes_two_calls(host: Host[FakeComputer], controller: Controller) -> None:
    run = controller.play(play(apply(rules(300), arguments={"confirm_timeout": 0})), inventory([host]))
    assert run.problems == []
    assert host.computer.modules_called == [READ, CHANGE]
    assert len(ports_of(host)) == 301


@pytest.mark.parametrize("way", WAYS[:1], ids=str)
def test_turning_on_names_what_it_cuts_off_and_turning_off_what_is_open(
    host: Host[FakeComputer], controller: Controller
) -> None:
    firewall = host.computer.firewall
    firewall.profiles["domain"]["enabled"] = False
    firewall.listeners = [
        {"protocol": "tcp", "port": port, "addresses": ["0.0.0.0"], "process": "agent"}
        for port in (host.server.port, 7777, 9000)
    ]
    turned_on = apply(rules(1), arguments={"start": True})
    turned_off = {"name": "Remove", "printops.firewall.windows_defender_rules": {"state": "absent", "as_found": True}}
    again = controller.play(play(turned_on, turned_off), inventory([host]))
    told = "TURNED ON for the domain profile: default deny; listening and not in the plan, cut off: 7777/tcp agent"
    assert again.result("Apply")["turned"] == told
    assert f"windows_defender_rules: {told}" in again.result("Apply")["warnings"]
    assert again.result("Remove")["turned"].startswith("TURNED OFF for the domain profile, as it was found; listening")
