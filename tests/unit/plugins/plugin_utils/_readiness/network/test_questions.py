# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan gives to ask a host, from the reviewed plan of the lab and from a small one."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._probe.ask import parse_questions
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.network.questions import (
    Questions,
    questions_of,
)

GOLDEN = pathlib.Path(__file__).parents[5] / "golden" / "plans"
LAB = json.loads((GOLDEN / "lab.json").read_text(encoding="utf-8"))


def rule(direction: str, protocol: str, ports: list[str], remotes: list[str], *flows: str) -> dict[str, t.Any]:
    kind = {"icmp_types": ["echo-request"]} if protocol == "icmp" else {"ports": ports}
    return {"direction": direction, "protocol": protocol, "remotes": remotes, "flows": list(flows), **kind}


def flow(to: str, *ports: str, decided_by: t.Sequence[str] = (), risks: t.Sequence[str] = ()) -> dict[str, t.Any]:
    return {"to": [to], "ports": list(ports), "decided_by": list(decided_by), "risks": list(risks)}


def plan(*rules: dict[str, t.Any], **decided: list[str]) -> dict[str, t.Any]:
    return {
        "hosts": {
            "ts": {
                "components": ["safeq6_terminal_server"],
                "addresses": ["10.0.0.1"],
                "rules": list(rules),
                "decided_ports": {f"safeq6/{row.replace('_', '/')}": ports for row, ports in decided.items()},
            },
            "m": {"components": ["safeq6_management"], "addresses": ["10.0.0.2"], "rules": [], "decided_ports": {}},
        },
        "flows": {
            "safeq6/t/1": flow("terminal_server", "443/tcp"),
            "safeq6/t/2": flow("terminal_server", "443/tcp", "5014-5019/tcp"),
            "safeq6/t/3": flow("terminal_server", "21/tcp", decided_by=["printops_features: ftp_scanning"]),
            "safeq6/t/4": flow("terminal_server", "9999/tcp", decided_by=["printops_accept: x"], risks=["jmx"]),
            "safeq6/t/5": flow("terminal_server", "1024-65535/tcp"),
            "safeq6/m/1": flow("management", "6010/tcp"),
            "safeq6/mfd/1": flow("mfd", "161/udp"),
            "safeq6/mfd/2": flow("mfd", "9100/tcp", "515/tcp"),
        },
    }


def questions(document: dict[str, t.Any], host: str = "ts", **changes: t.Any) -> Questions:
    given: dict[str, t.Any] = {
        "refused": (),
        "members": (),
        "devices": (),
        "member_ports": (22,),
        "device_ports": (9100,),
        **changes,
    }
    return questions_of(document, host, **given)


def listened(found: Questions) -> dict[str, tuple[str, ...]]:
    return {f"{one.ports}/{one.protocol}": one.flows for one in found.listened}


def test_ports_are_those_of_the_rows_that_are_in_use_and_of_jmx() -> None:
    found = questions(plan())
    assert listened(found) == {
        "443/tcp": ("safeq6/t/1", "safeq6/t/2"),
        "5014-5019/tcp": ("safeq6/t/2",),
        "9999/tcp": ("safeq6/t/4",),
    }
    assert [one.ports for one in found.listened if one.is_jmx] == ["9999"]
    assert [one.ports for one in found.listened if one.is_opened] == []


def test_ports_that_a_rule_opens_are_known() -> None:
    document = plan(rule("in", "tcp", ["9999"], ["10.9.0.0/16"], "safeq6/t/4"))
    assert [one.ports for one in questions(document).listened if one.is_opened] == ["9999"]


def test_decided_ports_take_the_place_of_documented_ones_and_refused_rows_need_none() -> None:
    document = plan(rule("in", "tcp", ["2121"], ["10.9.0.0/16"], "safeq6/t/3"), t_3=["2121/tcp"], t_2=["443/tcp"])
    assert listened(questions(document, refused=["safeq6/t/1"])) == {
        "443/tcp": ("safeq6/t/2",),
        "2121/tcp": ("safeq6/t/3",),
        "9999/tcp": ("safeq6/t/4",),
    }


def test_single_addresses_and_hosts_and_devices_in_networks_are_tried() -> None:
    document = plan(
        rule("out", "tcp", ["6010"], ["10.0.0.2/32", "2001:db8::2/128"], "safeq6/m/1"),
        rule("out", "tcp", ["515", "9100"], ["10.5.0.0/24", "10.0.0.2/31", "192.0.2.9/32"], "safeq6/mfd/2"),
    )
    found = questions(document, devices=["10.5.0.20"])
    assert [(one.address, one.port, one.kind, one.name) for one in found.targets] == [
        ("10.0.0.2", 6010, "host", "m"),
        ("10.5.0.20", 515, "device", "10.5.0.20"),
        ("10.0.0.2", 515, "host", "m"),
        ("10.0.0.3", 515, "outside", "10.0.0.3"),
        ("192.0.2.9", 515, "outside", "192.0.2.9"),
        ("10.5.0.20", 9100, "device", "10.5.0.20"),
        ("10.0.0.2", 9100, "host", "m"),
        ("10.0.0.3", 9100, "outside", "10.0.0.3"),
        ("192.0.2.9", 9100, "outside", "192.0.2.9"),
    ]
    assert found.unnamed == ()


def test_networks_in_which_nothing_is_known_are_told() -> None:
    document = plan(
        rule("out", "udp", ["161"], ["10.5.0.0/24", "10.6.0.0/24"], "safeq6/mfd/1"),
        rule("out", "icmp", [], ["10.5.0.0/24"], "safeq6/mfd/1"),
        rule("out", "udp", ["5353"], ["224.0.0.251/32"], "safeq6/mfd/1"),
    )
    found = questions(document, devices=["10.5.0.20"])
    assert [(one.protocol, one.address, one.port) for one in found.targets] == [
        ("udp", "10.5.0.20", 161),
        ("icmp", "10.5.0.20", None),
    ]
    assert [(one.protocol, one.ports, one.remotes) for one in found.unnamed] == [
        ("udp", "161", ("10.6.0.0/24",)),
        ("udp", "5353", ("224.0.0.251/32",)),
    ]


def test_of_wide_ranges_the_ends_are_tried_and_of_small_ones_all() -> None:
    document = plan(rule("out", "tcp", ["1024-65535", "7800-7802"], ["192.0.2.9/32"], "safeq6/mfd/2"))
    assert [one.port for one in questions(document).targets] == [1024, 65535, 7800, 7801, 7802]


def test_members_are_asked_at_their_first_address_on_planned_ports_first() -> None:
    document = plan(rule("out", "tcp", ["6010"], ["10.0.0.2/32"], "safeq6/m/1"))
    (peer,) = questions(document, members=["m", "ts"]).peers
    assert (peer.name, peer.kind, peer.address, peer.ports) == ("m", "member", "10.0.0.2", (6010, 22))


def test_the_arguments_of_the_module_are_accepted_by_it() -> None:
    found = questions(LAB, host="site1", members=["site1", "site2"], devices=["198.18.21.20"]).as_json()
    parsed = parse_questions({**found["probe"], "samples": 1, "pause": 0.0, "timeout": 1.0})
    assert len(parsed.targets) == len(found["targets"]) > 10
    assert [peer.address for peer in parsed.peers] == ["198.18.2.11", "198.18.21.20"]
    assert json.loads(json.dumps(found))["peers"][0]["ports"][-1] == 22


def test_a_host_without_a_component_has_no_questions() -> None:
    assert questions(plan(), host="other") == Questions((), (), (), (), ())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"devices": ["printer1"]}, "host ts: preinstall_network_devices has 'printer1'; it must be a literal"),
        ({"members": ["mm"]}, "host ts: preinstall_network_members: the plan has no host 'mm'; did you mean 'm'"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ReadinessError, match=message):
        questions(plan(), **changes)
