# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifications of plans that enforce themselves by words of nft: a large one, and one of what goes one way."""

from __future__ import annotations

import time
import typing as t

import pytest

from .conftest import Lab, Tell
from .probes.flows import Flows, Plan, own_addresses, plan_of
from .probes.ruleset import TABLE

HOSTS = ("mgmt1", "site1", "site2", "fw2", "floor")
SENDERS = ("outsider",)
NOBODY = "203.0.113.9/32"
GROUP, GROUP_6 = "239.192.7.7", "ff15::707"


def addresses(name: str) -> list[str]:
    return [f"{one}/{128 if ':' in one else 32}" for one in own_addresses(name)]


def rule(protocol: str, ports: t.Iterable[int], remotes: t.Iterable[str], **more: t.Any) -> dict[str, t.Any]:
    named = {"ports": list(map(str, ports))} if protocol in ("tcp", "udp") and "source_ports" not in more else {}
    return {"direction": "in", "protocol": protocol, **named, "remotes": list(remotes), "flows": ["x/y/1"], **more}


@pytest.fixture(name="flows", scope="module")
def flows_fixture(lab: Lab) -> t.Iterator[Flows]:
    lab.reset(*HOSTS, *SENDERS)
    flows = Flows(lab, hosts=HOSTS, senders=SENDERS)
    yield flows
    flows.free()


def large_plan() -> Plan:
    """25 ports that all four others may reach, and 25 that nobody here may, on each host: 1000 and more of each."""
    return plan_of(
        {
            name: [
                rule("tcp", range(7000, 7025), [one for other in HOSTS if other != name for one in addresses(other)]),
                rule("tcp", range(7100, 7125), [NOBODY, "2001:db8:ffff::9/128"]),
            ]
            for name in HOSTS
        }
    )


def test_two_thousand_probes(flows: Flows, tell: Tell) -> None:
    plan = large_plan()
    flows.enforce(plan)
    began = time.monotonic()
    evidence = flows.verify(plan, refused="all", samples=1, timeout_s=2)
    tell(
        f"{len(evidence['probes'])} probes between {len(HOSTS)} hosts: {evidence['probing_s']:.1f} s of probing, "
        f"{time.monotonic() - began:.1f} s in all"
    )
    assert not [one for one in evidence["probes"] if one["result"] != "pass"]
    assert evidence["summary"]["allowed"] == {"pass": 1000, "fail": 0, "unproven": 0}
    assert evidence["summary"]["refused"]["pass"] >= 1000


def one_way_plan() -> Plan:
    """mgmt1 asks by broadcast and takes answers from port 161; fw2 and mgmt1 hear a group that the others send to."""
    others = [one for name in ("site1", "site2") for one in addresses(name)]
    answers = rule("udp", (), [one for one in others if "." in one], source_ports=["161"])
    heard = rule("udp", (3702,), others, destinations=[f"{GROUP}/32", f"{GROUP_6}/128"])
    return plan_of({**dict.fromkeys(HOSTS, ()), "mgmt1": [answers, heard], "fw2": [heard]})


def results(evidence: dict[str, t.Any], **wanted: t.Any) -> set[tuple[str, str, str]]:
    return {
        (one["verdict"], one["at"], one["result"])
        for one in evidence["probes"]
        if one["expected"] == "allowed" and all(one[key] == value for key, value in wanted.items())
    }


def test_answers_to_a_broadcast_and_packets_to_groups(flows: Flows) -> None:
    plan = one_way_plan()
    flows.enforce(plan)
    clean = flows.verify(plan, refused="none")
    assert len([one for one in clean["probes"] if one["destination"] in (GROUP, GROUP_6)]) == 8
    assert results(clean) == {("answered", "", "pass")}, clean["probes"]
    flows.enforce(
        plan,
        more={
            "mgmt1": f"add rule inet {TABLE} first udp sport 161 drop",
            "fw2": f"add rule inet {TABLE} first ip6 daddr {GROUP_6} drop",
        },
    )
    faulty = flows.verify(plan, refused="none")
    assert results(faulty, source_port=161) == {("dropped", "destination", "fail")}
    assert results(faulty, to="fw2", destination=GROUP_6) == {("dropped", "destination", "fail")}
    assert results(faulty, to="fw2", destination=GROUP) == {("answered", "", "pass")}
    assert results(faulty, to="mgmt1", destination=GROUP_6) == {("answered", "", "pass")}
