# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of rules that real machines have, beside one plan; docs/windows_judgements.md is this table."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.foreign import Findings, findings
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import PROFILES, Record
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.stored import read_rule, with_trust
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import foreign, lets_in

UPDATE = "PRINTOPS_UPDATE_GOLDEN"
PAGE = pathlib.Path(__file__).resolve().parents[5] / "docs" / "windows_judgements.md"
CASES: list[dict[str, str]] = json.loads(
    pathlib.Path(__file__).with_name("judgements.json").read_text(encoding="utf-8")
)
INSIDE = "10.20.0.0/16"


def opening(protocol: str, *ports: str, remotes: t.Sequence[str] = (INSIDE,)) -> dict[str, t.Any]:
    what = {"ports": list(ports)} if ports else {"icmp_types": ["echo-request"]}
    return {"direction": "in", "protocol": protocol, **what, "remotes": list(remotes), "flows": ["safeq6/mfd/1"]}


PLAN = parse_rules(
    [
        opening("tcp", "22", "135", "443", "445", "3260", "5985", "50000-50049"),
        opening("udp", "53", "161", "5353", "7235"),
        opening("icmp"),
    ]
)


def said_of(case: dict[str, str], *profiles: str) -> Findings:
    rule = read_rule(case["rule"], store=case.get("store", "local"))
    return findings(PLAN, others=[rule], profiles=[PROFILES[name] for name in profiles or PROFILES])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["right"])
def test_what_is_said_of_a_rule_is_right(case: dict[str, str]) -> None:
    said = said_of(case)
    assert [field for field, sentences in said._asdict().items() if sentences] == (
        [] if case["verdict"] == "silent" else [case["verdict"]]
    )


def test_the_page_has_what_is_said() -> None:
    if os.environ.get(UPDATE):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), f"{UPDATE}=1 writes it anew"


def page() -> str:
    rows = [
        f"| {index} | {_code(case)} | {_cell(said_of(case))} | {case['right']} | {case['source']} |"
        for index, case in enumerate(CASES, start=1)
    ]
    return "\n".join(
        [
            "# What is said of rules of others on Windows",
            "",
            f"Made by the tests. The plan opens to {INSIDE} the ports 22, 135, 443, 445, 3260, 5985 and 50000-50049 of",
            "TCP, 53, 161, 5353 and 7235 of UDP, and pings. Rules are as the registry stores them, without their",
            "version; in bold is what `printops_foreign_rules: refuse` refuses.",
            "",
            "| | rule | what is said | what is right | source |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _code(case: dict[str, str]) -> str:
    fields = case["rule"].split("|")[1:-1]
    where = {"policy": "Group Policy: ", "mdm": "Device management: "}.get(case.get("store", ""), "")
    return f"{where}`{' '.join(fields)}`"


def _cell(said: Findings) -> str:
    sentences = [f"**{text}**" for text in said.wider] + [text for part in said[1:] for text in part]
    return "; ".join(sentences) or "nothing"


def test_a_block_in_one_network_hides_nothing_in_another() -> None:
    web = foreign(profiles=PROFILES["domain"])
    block = foreign(action="block", profiles=PROFILES["public"], name="Block")
    said = findings(PLAN, others=[web, block], profiles=[PROFILES["domain"], PROFILES["public"]])
    assert said.wider == ("the Windows rule 'Web' lets everyone reach 443/tcp, wider than the plan",)
    assert "'Block' blocks 443/tcp" in said.blocked[0]
    same = foreign(action="block", profiles=PROFILES["domain"], name="Block")
    assert findings(PLAN, others=[web, same], profiles=[PROFILES["domain"]]).wider == ()


@pytest.mark.parametrize(
    ("block", "is_hidden"),
    [
        ({}, True),
        ({"local_ports": "", "protocol": 256}, True),
        ({"remote_addresses": "10.0.0.0/8"}, False),
        ({"local_ports": "80"}, False),
        ({"application": "C:\\x.exe"}, False),
        ({"interfaces": "Ethernet"}, False),
        ({"remote_addresses": "LocalSubnet"}, False),
        ({"local_users": "O:LSD:(D;;CC;;;WD)"}, False),
    ],
)
@pytest.mark.parametrize("opened", [{}, {"remote_addresses": "LocalSubnet"}, {"local_ports": "443,8443"}])
def test_only_a_full_block_silences_an_opening(
    opened: dict[str, t.Any], block: dict[str, t.Any], is_hidden: bool
) -> None:
    others = [foreign(**opened), foreign(action="block", name="Block", **block)]
    assert (findings(PLAN, others=others, profiles=[1]).wider == ()) == is_hidden


def test_secured_packets_pass_blocks() -> None:
    others = [foreign(action="bypass", secure_flags=1), foreign(action="block", name="Block")]
    said = findings(PLAN, others=others, profiles=[1])
    assert (len(said.limited), said.wider) == (1, ())


@pytest.mark.parametrize(("remotes", "is_told"), [([INSIDE], False), ([INSIDE, "203.0.113.0/24"], True)])
def test_the_internet_is_no_private_network(remotes: list[str], is_told: bool) -> None:
    block = foreign(action="block", remote_addresses="IntErnet", protocol=256, local_ports="")
    plan = parse_rules([opening("tcp", "443", remotes=remotes)])
    assert bool(findings(plan, others=[block], profiles=[1]).blocked) == is_told


def test_what_com_does_not_tell_is_taken_from_the_stored_text() -> None:
    stored = ["v2.33|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=@x.dll,-1|PFN=Some.App_8wekyb3d8bbwe|"]
    twins = [foreign(name="One"), foreign(name="Two"), foreign(name="Other", local_ports="80")]
    assert [record.trust for record in with_trust(twins, stored)].count("Some.App_8wekyb3d8bbwe") == 1
    assert with_trust(twins, ["nonsense", ""]) == tuple(twins)


NETWORKS = ["*", "10.20.0.0/16", "10.20.3.0/24", "10.0.0.0/8", "192.0.2.1", "::/0"]
SOURCES = ["10.20.3.4", "10.20.9.9", "10.0.0.1", "192.0.2.1", "203.0.113.1", "2001:db8::1"]
PORTS = {6: ["443", "440-450", "*", "22,443", "80", "1-65535"], 17: ["161", "*", "53,161"], 256: [""]}
PLANNED = {6: [22, 443, 445], 17: [53, 161]}


@st.composite
def rules_of_others(draw: st.DrawFn) -> list[Record]:
    rules = []
    for _number in range(draw(st.integers(1, 4))):
        protocol = draw(st.sampled_from([6, 6, 17, 256]))
        rules.append(
            foreign(
                protocol=protocol,
                local_ports=draw(st.sampled_from(PORTS[protocol])),
                remote_ports="",
                remote_addresses=draw(st.sampled_from(NETWORKS)),
                action=draw(st.sampled_from(["allow", "allow", "block"])),
                profiles=draw(st.sampled_from([1, 2, 3, 7])),
                name=f"rule {len(rules)}",
            )
        )
    return rules


@given(rules_of_others())
def test_an_opening_is_told_where_a_packet_gets_in_that_the_plan_keeps_out(others: list[Record]) -> None:
    plan = parse_rules([opening("tcp", "22", "443", "445"), opening("udp", "53", "161")])
    gets_in = any(
        lets_in(others, (protocol, port, source, profile)) and not source.startswith("10.20.")
        for protocol, ports in PLANNED.items()
        for port in ports
        for source in SOURCES
        for profile in (1, 2)
    )
    assert bool(findings(plan, others=others, profiles=[1, 2]).wider) == gets_in
