# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change request, held against the plan's own rules packet by packet."""

from __future__ import annotations

import copy
import ipaddress
import itertools
import pathlib
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, load_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._report.boxes import Box, without
from ansible_collections.printops.firewall.plugins.plugin_utils._report.matrix import flow_rows
from ansible_collections.printops.firewall.plugins.plugin_utils._report.places import Places
from ansible_collections.printops.firewall.plugins.plugin_utils._report.request import Crossing, crossings
from ansible_collections.printops.firewall.plugins.plugin_utils._report.zones import Zones, read_zones

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "plans"
COMPANY = load_plan(GOLDEN / "company.json")
ZONES = read_zones({"mail": ["10.10.0.25"], "printers": ["10.20.32.0/24"], "brno-all": ["10.20.0.0/16"]})


def request_of(
    plan: Plan, *, approved: Plan | None = None, zones: t.Mapping[str, NetworkSet] = ZONES
) -> list[Crossing]:
    places = Places(plan)
    return crossings(flow_rows(plan, places), places, zones=zones, approved=approved)


def covers(
    found: t.Iterable[Crossing], source: NetworkSet, destination: NetworkSet, protocol: str, port: int
) -> list[str]:
    return [
        one.action
        for one in found
        if one.protocol == protocol
        and not one.source_ports
        and any(ports.first <= port <= ports.last for ports in one.ports)
        and source <= one.sources
        and destination <= one.destinations
    ]


def one_of(cidr: str) -> NetworkSet:
    return NetworkSet.parse([str(ipaddress.ip_network(cidr)[0])])


def packets(plan: Plan) -> t.Iterator[tuple[NetworkSet, NetworkSet, str, int]]:
    """For each rule that lets in and each of its networks, one packet that it lets in."""
    for host in plan["hosts"].values():
        for rule in host["rules"]:
            if rule["direction"] == "in" and rule.get("ports") and not rule.get("destinations"):
                for remote, address in itertools.product(rule["remotes"], host["addresses"]):
                    if ipaddress.ip_network(remote).version == ipaddress.ip_address(address).version:
                        port = int(rule["ports"][-1].split("-")[-1])
                        yield one_of(remote), NetworkSet.parse([address]), rule["protocol"], port


def test_each_packet_between_zones_is_asked_for_and_none_within_one() -> None:
    found = request_of(COMPANY)
    zones = Zones(ZONES, [Places(COMPANY)])
    crossing = 0
    for source, destination, protocol, port in packets(COMPANY):
        is_crossing = list(zones.split(source)) != list(zones.split(destination))
        assert bool(covers(found, source, destination, protocol, port)) == is_crossing
        crossing += is_crossing
    assert crossing > 50


def test_the_same_plan_is_to_keep_and_nothing_else() -> None:
    assert {one.action for one in request_of(COMPANY, approved=COMPANY)} == {"keep"}
    assert {one.action for one in request_of(COMPANY)} == {"add"}


def test_a_port_that_comes_and_one_that_goes_are_rows_of_their_own() -> None:
    newer = copy.deepcopy(COMPANY)
    (rule,) = (
        one
        for one in newer["hosts"]["mgmt1"]["rules"]
        if one["direction"] == "in" and "safeq6/management/1" in one["flows"]
    )
    assert rule["ports"] == ["443"]
    rule["ports"] = ["80"]
    newer["hosts"]["mgmt1"]["decided_ports"] |= {"safeq6/management/1": ["80/tcp"], "safeq6/management/6": ["80/tcp"]}
    mgmt1 = set(COMPANY["hosts"]["mgmt1"]["addresses"])
    changed = [one for one in request_of(newer, approved=COMPANY) if one.action != "keep"]
    assert {(one.action, *map(str, one.ports)) for one in changed} == {("add", "80"), ("remove", "443")}
    for one in changed:
        assert {cidr.partition("/")[0] for cidr in one.destinations.cidrs()} <= mgmt1


PORTS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=2)
NETS = st.lists(st.integers(0, 7), min_size=1, max_size=4)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    sources, destinations = (NetworkSet.parse([f"10.{side}.0.{n}" for n in draw(NETS)]) for side in (0, 1))
    numbers = sorted({n for first, more in draw(PORTS) for n in range(first, first + more + 1)})
    return Box(sources, destinations, tuple((n, n) for n in numbers))


def members(found: t.Iterable[Box]) -> list[tuple[str, str, int]]:
    return [
        (f"{source}.{s}", f"{destination}.{d}", port)
        for one in found
        for source, s in [(4, n) for first, last in one.sources.v4 for n in range(first, last + 1)]
        for destination, d in [(4, n) for first, last in one.destinations.v4 for n in range(first, last + 1)]
        for first, last in one.ports
        for port in range(first, last + 1)
    ]


@given(boxes(), st.lists(boxes(), max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_difference_has_each_packet_that_is_in_no_other_once(box: Box, others: list[Box]) -> None:
    left = members(without(box, others))
    assert len(left) == len(set(left))
    assert set(left) == set(members([box])) - set(members(others))


def test_zones_are_the_narrowest_that_are_given_then_sites() -> None:
    zones = Zones(ZONES, [Places(COMPANY)])
    networks = NetworkSet.parse(["10.20.0.11", "10.20.32.7", "10.30.0.11", "10.10.0.25", "10.10.0.11", "192.0.2.1"])
    assert {zone: one.cidrs() for zone, one in zones.split(networks).items()} == {
        "mail": ("10.10.0.25/32",),
        "printers": ("10.20.32.7/32",),
        "brno-all": ("10.20.0.11/32",),
        "prague": ("10.30.0.11/32",),
        "central": ("10.10.0.11/32",),
        "elsewhere": ("192.0.2.1/32",),
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "report_zones is []"),
        ({"a": "10.0.0.0/8"}, "report_zones.a is '10.0.0.0/8'"),
        ({"a": ["10.0.0.1/8"]}, "report_zones.a: 10.0.0.1/8 has host bits set"),
        ({"a": ["10.0.0.0/8"], "b": ["10.0.0.0/8"]}, "report_zones.b has the networks of report_zones.a too"),
    ],
)
def test_zones_that_cannot_be_read(value: object, told: str) -> None:
    with pytest.raises(ReportError) as raised:
        read_zones(value)
    assert told in str(raised.value)
