# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the ends of a flow, by component, site and cluster."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.ends import Ends
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, read_estate
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_catalog

CATALOG = tiny_catalog()
CLUSTER_FLOW, SITE_FLOW, PING_FLOW, GROUP_FLOW = (CATALOG.flows[row - 1] for row in (3, 4, 9, 10))
NETWORKS = {"printer_a": {"brno": ["10.1.0.0/24"], "prague": ["10.2.0.0/24"]}, "printer": ["10.3.0.0/24"]}


def read(groups: dict[str, list[str]], variables: dict[str, dict[str, t.Any]]) -> tuple[Ends, Estate]:
    estate = read_estate(inventory(groups, variables), catalogs=[CATALOG])
    return Ends(CATALOG, estate), estate


def agents(**places: dict[str, str]) -> tuple[Ends, Estate]:
    variables = {
        name: {"ansible_host": f"10.0.0.{number}", "printops_networks": NETWORKS, **place}
        for number, (name, place) in enumerate(places.items(), start=1)
    }
    return read({"tiny_agent": list(places), "tiny_web": list(places)}, variables)


def test_members_of_a_special_component_are_members_of_the_general_one() -> None:
    ends, _estate = read({"tiny_printer_a": ["p"]}, {"p": {"ansible_host": "10.0.0.1"}})
    assert [host.name for host in ends.hosts(("printer",))] == ["p"]
    assert ends.exist(("printer",))
    assert not ends.exist(("user",))


def test_members_of_the_general_component_are_not_special() -> None:
    ends, _estate = read({"tiny_printer": ["p"]}, {"p": {"ansible_host": "10.0.0.1"}})
    assert ends.hosts(("printer_a",)) == ()


def test_a_fixed_address_needs_no_inventory() -> None:
    ends, _estate = agents(a={})
    assert ends.exist(("group",))


@pytest.mark.parametrize(
    ("place", "cidrs"),
    [
        ({"printops_site": "brno"}, ("10.1.0.0/24", "10.3.0.0/24")),
        ({"printops_site": "ostrava"}, ("10.3.0.0/24",)),
        ({}, ("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24")),
    ],
)
def test_networks_of_a_site_are_for_that_site_and_those_of_none_for_all(
    place: dict[str, str], cidrs: tuple[str, ...]
) -> None:
    ends, estate = agents(a=place)
    assert ends.remotes(("printer",), flow=SITE_FLOW, local=estate.hosts["a"]).cidrs() == cidrs
    everywhere = ends.remotes(("printer",), flow=PING_FLOW, local=estate.hosts["a"])
    assert everywhere.cidrs() == ("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({}, {}, True),
        ({"printops_cluster": "x"}, {"printops_cluster": "x"}, True),
        ({"printops_cluster": "x"}, {"printops_cluster": "y"}, False),
        ({"printops_cluster": "x"}, {}, True),
        ({"printops_site": "brno"}, {"printops_site": "brno"}, True),
        ({"printops_site": "brno"}, {"printops_site": "prague"}, False),
        (
            {"printops_site": "brno", "printops_cluster": "x"},
            {"printops_site": "prague", "printops_cluster": "x"},
            True,
        ),
    ],
)
def test_peers_of_a_cluster_meet_both_ways_or_not_at_all(
    one: dict[str, str], other: dict[str, str], meet: bool
) -> None:
    ends, estate = agents(a=one, b=other)
    a, b = estate.hosts["a"], estate.hosts["b"]
    assert (ends.remotes(("web",), flow=CLUSTER_FLOW, local=a) == b.addresses) is meet
    assert (ends.remotes(("web",), flow=CLUSTER_FLOW, local=b) == a.addresses) is meet
    assert [addresses for _decisions, addresses in ends.remote_servers(CLUSTER_FLOW, local=a)] == [b.addresses] * meet


def test_a_multicast_group_is_the_server_and_nobody_else() -> None:
    ends, estate = agents(a={}, b={})
    servers = list(ends.remote_servers(GROUP_FLOW, local=estate.hosts["a"]))
    assert [(decisions, addresses.cidrs()) for decisions, addresses in servers] == [(None, ("224.0.0.251/32",))]
