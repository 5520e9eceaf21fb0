# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about source ports, destinations and membership in firewalld's files, and read back from them."""

from __future__ import annotations

import ipaddress
import os
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import (
    OUT_POLICY_FILE,
    POLICY_FILE,
    Objects,
    normalize,
    render,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.read import config_faults, parse_objects
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, RuleError, parse_rules
from ansible_collections.printops.firewall.tests.unit.plugins.module_utils.narrow_rules import (
    GOLDEN,
    Packet,
    accepted,
    inside,
    narrow_rules,
    packets,
)

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "golden" / "firewalld-travels"
PROTOCOLS = {"igmp": {4: "igmp", 6: "ipv6-icmp"}}


def lets_in(objects: Objects, packet: Packet) -> bool:
    """By the manual pages of policies and services: an element of a service accepts, whatever the others are."""
    version = ipaddress.ip_address(packet.source).version
    for rule in read(objects.files[POLICY_FILE]).findall("rule"):
        ends = (("source", packet.source), ("destination", packet.destination))
        if rule.attrib["family"] == f"ipv{version}" and all(is_end(rule, name, address) for name, address in ends):
            (service,) = rule.findall("service")
            if has_element(read(objects.files[f"services/{service.attrib['name']}.xml"]), packet, version=version):
                return True
    return False


def read(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - we wrote it


def is_end(rule: ElementTree.Element, name: str, address: str) -> bool:
    element = rule.find(name)
    return element is None or inside(address, [element.attrib["address"]])


def has_element(service: ElementTree.Element, packet: Packet, *, version: int) -> bool:
    for element in service.findall("protocol"):
        if element.attrib["value"] == PROTOCOLS.get(packet.protocol, {}).get(version):
            return True
    for name, number in (("port", packet.port), ("source-port", packet.source_port)):
        for element in service.findall(name):
            first, _dash, last = element.attrib["port"].partition("-")
            if element.attrib["protocol"] == packet.protocol and int(first) <= number <= int(last or first):
                return True
    return False


@given(rules=st.lists(narrow_rules(), max_size=4), packet=packets())
def test_a_packet_comes_in_exactly_where_a_rule_says_so(rules: list[Rule], packet: Packet) -> None:
    assert lets_in(render(rules=rules, management=()), packet) == accepted(rules, packet)


@given(
    rules=st.lists(st.one_of(narrow_rules(), narrow_rules(direction="out")), max_size=5),
    knows_sessions=st.booleans(),
)
def test_what_is_written_is_sound_and_reads_back(rules: list[Rule], knows_sessions: bool) -> None:
    objects = render(rules=rules, management=(), egress=Egress(tuple(rules), ()), knows_sessions=knows_sessions)
    assert parse_objects(objects.files) == normalize(rules) + normalize(rules, direction="out")
    assert config_faults(objects.files, shipped=()) == []


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_rule_about_ports_of_both_ends_is_refused_before_anything_is_written(direction: str) -> None:
    both = {**GOLDEN[0], "direction": direction, "ports": ["40000-50000"]}
    rules = parse_rules([both])
    with pytest.raises(
        RuleError,
        match=r"udp 40000-50000 with source port 64099 .*firewalld has no rule about ports of both ends; leave out",
    ):
        render(rules=rules, management=(), egress=Egress(rules, ()))


def test_golden_files() -> None:
    rules = parse_rules(GOLDEN)
    made = render(rules=rules, management=(), egress=Egress(rules, ())).files
    made = {path.replace("/", "."): content for path, content in made.items()}
    if os.environ.get("PRINTOPS_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        for path, content in made.items():
            (FOLDER / path).write_bytes(content)
    assert OUT_POLICY_FILE.replace("/", ".") in made
    assert made == {path.name: path.read_bytes() for path in FOLDER.iterdir()}
