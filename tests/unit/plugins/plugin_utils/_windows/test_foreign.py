# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules of others let in beyond the plan, and what of it they refuse."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.foreign import (
    Findings,
    findings,
    openings,
    unplanned,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import Record
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    answer,
    foreign,
    look,
    refused,
    remoting,
    rule,
)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([foreign()], "the Windows rule 'Web' lets everyone reach 443/tcp, wider than the plan"),
        ([foreign(remote_addresses="10.0.0.0/255.255.0.0")], "lets 10.0.0.0/16 reach 443/tcp"),
        ([foreign(local_ports="*")], "reach 443/tcp"),
        ([foreign(protocol=256, local_ports="")], "reach 443/tcp"),
        ([foreign(application="System")], "of the program System lets everyone reach 443/tcp"),
        ([foreign(remote_addresses="LocalSubnet")], "lets localsubnet reach 443/tcp, whatever the plan says of it"),
        ([foreign(), foreign(action="block", remote_addresses="10.0.0.0-255.255.255.255")], "lets 0.0.0.0/5"),
        ([remoting()], "'Windows Remote Management (HTTP-In)' of the program System lets everyone reach 5986/tcp"),
    ],
)
def test_rules_of_others_that_are_wider_are_told_or_refused(others: list[Record], told: str) -> None:
    plan = look(rule(), host=answer(others=others))
    assert told in plan.result["foreign"][0]
    assert plan.result["foreign"][0] in plan.warnings
    assert told in refused(rule(), host=answer(others=others), foreign_rules="refuse")


@pytest.mark.parametrize(
    "changes",
    [
        {"remote_addresses": "10.0.0.0/25"},
        {"local_ports": "8443"},
        {"profiles": 4},
        {"protocol": 17},
        {"protocol": 1, "local_ports": ""},
        {"package": "S-1-15-2-1", "local_ports": "*"},
        {"application": "C:\\x.exe", "local_ports": "*"},
        {"local_ports": "RPC"},
    ],
)
def test_rules_of_others_that_let_nobody_else_in_are_not_told(changes: dict[str, t.Any]) -> None:
    plan = look(rule(), host=answer(others=[foreign(**changes)]), foreign_rules="refuse")
    assert (plan.result["foreign"], plan.warnings) == ([], ())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "'Web' blocks 443/tcp from 10.0.0.0/24, which the plan allows"),
        ({"remote_addresses": "10.0.0.7"}, "blocks 443/tcp from 10.0.0.7/32"),
        ({"remote_addresses": "LocalSubnet"}, "blocks 443/tcp from localsubnet"),
        ({"application": "C:\\safeq.exe"}, "these rules block single programs, whatever the plan allows them: Web (C:"),
    ],
)
def test_a_block_of_others_that_wins_over_the_plan_is_told(changes: dict[str, t.Any], told: str) -> None:
    plan = look(rule(), host=answer(others=[foreign(action="block", **changes)]))
    assert told in plan.result["blocked"][0]
    assert plan.result["blocked"][0] in plan.warnings


@pytest.mark.parametrize("changes", [{"profiles": 2}, {"local_ports": "80"}, {"remote_addresses": "10.1.0.0/16"}])
def test_a_block_beside_the_plan_is_not_told(changes: dict[str, t.Any]) -> None:
    assert look(rule(), host=answer(others=[foreign(action="block", **changes)])).result["blocked"] == []


@pytest.mark.parametrize("protocol", [6, 17])
@pytest.mark.parametrize("ports", ["", "*"])
@pytest.mark.parametrize("service", ["", "Spooler"])
def test_what_a_host_does_not_read_whole_would_be_passed_over(protocol: int, ports: str, service: str) -> None:
    one = foreign(application=r"C:\x.exe", protocol=protocol, local_ports=ports, service=service)
    rules = parse_rules([rule()])
    assert findings(rules, others=[one], profiles=[1]) == Findings()
    assert unplanned(rules, others=[one], profiles=[1]) == []
    assert openings([one], profiles=[1]) == []
