# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a host's rules, as every kind of host has to go through it: fake ones, PowerShell, Windows."""

from __future__ import annotations

import pathlib
import typing as t

from .playbook import Controller, Run
from .rules import absent, apply, play, rules

READ, CHANGE, CONFIRM = "windows_defender_info", "windows_defender_change", "windows_defender_pending"
CALLS = {
    "First": [READ, CHANGE, CONFIRM],
    "Unchanged": [READ],
    "Check": [READ],
    "Change": [READ, CHANGE, CONFIRM],
    "Prune": [READ, CHANGE, CONFIRM],
    "Check removal": [READ],
}
CHANGED = {name: name != "Unchanged" for name in CALLS}
LAST_PORT = "9003"


def live(controller: Controller, inventory: dict[str, t.Any] | pathlib.Path) -> Run:
    """At the end every host has one rule of the plan, C(LAST_PORT), and the one that keeps the connection."""
    run = controller.play(
        play(
            apply(rules(3), name="First"),
            apply(rules(3), name="Unchanged"),
            apply(rules(2, first=2), name="Check", check_mode=True, diff=True),
            apply(rules(2, first=2), name="Change", diff=True),
            apply(rules(1, first=3), name="Prune"),
            absent(name="Check removal", check_mode=True),
        ),
        inventory,
    )
    assert run.problems == [], run.problems
    hosts = set(run.stats)
    assert hosts
    for name, changed in CHANGED.items():
        assert {host: run.result(name, host)["changed"] for host in hosts} == dict.fromkeys(hosts, changed), name
    for host in hosts:
        assert run.result("Check", host)["diff"] == run.result("Change", host)["diff"]
        diff = run.result("Change", host)["diff"]
        assert [port in diff["before"] for port in ("9001", "9002", "9003")] == [True, True, False]
        assert [port in diff["after"] for port in ("9001", "9002", "9003")] == [False, True, True]
    return run


def die(controller: Controller, inventory: dict[str, t.Any] | pathlib.Path) -> Run:
    """At the end no host has a rule of ours. Asks for what the hosts have themselves that lets Ansible in."""
    run = controller.play(play(absent(), absent(name="Again")), inventory)
    assert run.problems == []
    for host in run.stats:
        assert [run.result(name, host)["changed"] for name in ("Remove", "Again")] == [True, False]
    return run
