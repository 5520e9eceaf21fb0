# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After site.yml, from everywhere to everything: what the plan opens is open, and nothing else is."""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import typing as t

import pytest

from .conftest import Lab, Tell
from .probes.packets import (
    CONTROLLER,
    Expectation,
    Probe,
    canonical,
    difference,
    got_through,
    is_narrow,
    listening,
)
from .probes.playbooks import MANAGED, play
from .topology import CONTROLLER_ADDRESSES, machine_named

SSH = 22
PORTS_OF_NO_ROW = (1, 23, 111, 139, 445, 1433, 3389, 5010, 5985, 8080, 10000, 27017, 40001, 65535)
CONTROLLER_FOR_SSH = f"{canonical(CONTROLLER_ADDRESSES[0])}/32"
PLAYERS = {CONTROLLER: CONTROLLER_ADDRESSES} | {
    name: machine_named(name=name).addresses for name in ("floor", "mgmt1", "site1", "site2", "outsider")
}


@pytest.fixture(name="plan", scope="module")
def plan_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """The plan that the machines have got."""
    file = tmp_path_factory.mktemp("plan") / "plan.json"
    lab.reset(*MANAGED)
    for name in ("plan", "site"):
        played = play(lab, name, "-e", f"printops_plan_file={file}")
        assert played.status == 0, played.text
    return t.cast("dict[str, t.Any]", json.loads(file.read_text(encoding="utf-8")))


def catalogued_ports(plan: dict[str, t.Any]) -> set[int]:
    """Every port of every flow whose server one of the planned hosts runs; of a range, both ends and what is beside."""
    components = {name.partition("_")[2] for host in plan["hosts"].values() for name in host["components"]}
    ports = set()
    for flow in plan["flows"].values():
        if components.intersection(flow["to"]):
            for text in flow["ports"]:
                first, dash, last = text.partition("/")[0].partition("-")
                ports |= {int(first) - 1, int(first), int(last), int(last) + 1} if dash else {int(first)}
    return ports


def test_nothing_but_the_plan_is_open(lab: Lab, plan: dict[str, t.Any], tell: Tell) -> None:
    ports = catalogued_ports(plan) | {SSH, *PORTS_OF_NO_ROW}
    expectations = {
        canonical(address): Expectation([*plan["hosts"][host]["rules"], management_rule()])
        for host in MANAGED
        for address in machine_named(name=host).addresses
    }
    probes = {
        player: [
            Probe(protocol, canonical(source), target, port)
            for source, target in itertools.product(addresses, expectations)
            if (":" in source) == (":" in target) and target not in map(canonical, addresses)
            for protocol, port in itertools.product(("tcp", "udp"), sorted(ports))
        ]
        for player, addresses in PLAYERS.items()
    }
    sent = [probe for of_player in probes.values() for probe in of_player]
    expected = {probe for probe in sent if expectations[probe.target].lets_through(probe)}
    with contextlib.ExitStack() as stack:
        for host in MANAGED:
            stack.enter_context(listening(lab, host, tcp=ports - {SSH}, udp=ports))
        seen = got_through(lab, probes, expected=expected)

    tell(account(probes, expected))
    assert difference(expected=expected, seen=seen) == ""
    for host in MANAGED:
        incoming = (rule for rule in plan["hosts"][host]["rules"] if rule["direction"] == "in")
        for direction_in in (rule for rule in incoming if not is_narrow(rule)):
            assert any(Expectation([direction_in]).lets_through(probe) for probe in expected), direction_in


def management_rule() -> dict[str, t.Any]:
    return {"direction": "in", "protocol": "tcp", "ports": [str(SSH)], "remotes": [CONTROLLER_FOR_SSH]}


def account(probes: dict[str, list[Probe]], expected: set[Probe]) -> str:
    """How many probes of each kind were made, and how many of them the plan lets through."""
    lines = [f"\n{len(expected)} of {sum(map(len, probes.values()))} probes are in the plan:"]
    for player, of_player in probes.items():
        kinds = collections.Counter(map(kind_of, of_player))
        allowed = collections.Counter(kind_of(probe) for probe in of_player if probe in expected)
        lines.append(f"  from {player:10} " + ", ".join(f"{kind} {allowed[kind]} of {kinds[kind]}" for kind in kinds))
    return "\n".join(lines)


def kind_of(probe: Probe) -> str:
    return f"{probe.protocol}/IPv{6 if ':' in probe.source else 4}"
