# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What does not fit together in an inventory: clashes of ports, components nobody reaches, sites that overlap."""

from __future__ import annotations

import ipaddress
import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.estate import find_in_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.model import Finding
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils import estates
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    inventory,
    tcp,
    tiny_catalog,
    tiny_data,
)

Groups = dict[str, list[str]]
Networks = dict[str, t.Any]


def find(
    kind: str, groups: Groups, variables: dict[str, dict[str, t.Any]], *, catalogs: tuple[str, ...] = ()
) -> list[Finding]:
    """Findings of a kind; hosts are h1, h2 and so on, with addresses 10.0.0.1, 10.0.0.2 and so on."""
    selected = [estates.catalog(name) for name in catalogs] or [tiny_catalog()]
    hosts = {
        name: {"ansible_host": f"10.0.0.{name.removeprefix('h')}", **variables.get(name, {})}
        for name in sorted({host for members in groups.values() for host in members})
    }
    estate = read_estate(inventory(groups, hosts), catalogs=selected)
    found = find_in_estate(selected, estate, compile_rules(selected, estate))
    return [finding for finding in found if finding.kind == kind]


def clashes(*components: str, **variables: t.Any) -> dict[str, tuple[str, ...]]:
    """Details of the clashes of components of the shipped catalogs on one host, and their flows."""
    catalogs = tuple(sorted({one.partition("_")[0] for one in components}))
    found = find("port_clash", {one: ["h1"] for one in components}, {"h1": variables}, catalogs=catalogs)
    assert all(one.hosts == ("h1",) and one.severity == "warning" for one in found)
    return {one.detail: one.flows for one in found}


def test_two_services_of_one_document_want_the_same_port() -> None:
    assert list(clashes("safeq6_job_service", "safeq6_identity_server")) == [
        "safeq6_identity_server and safeq6_job_service both want 5000/tcp on the same host"
    ]


@pytest.mark.parametrize(
    ("lrs", "safeq6", "ports"),
    [
        ("lrs_alertx", "safeq6_spooler_controller", {"5555/tcp", "5556/tcp"}),
        ("lrs_alertx", "safeq6_terminal_server", {"5557/tcp"}),
        ("lrs_serverx", "safeq6_workflow_processing_system", {"5600/tcp"}),
        ("lrs_vpsx", "safeq6_spooler", {"515/tcp", "631/tcp"}),
        ("lrs_vpsx", "safeq6_spooler_server", {"515/tcp", "631/tcp"}),
        ("lrs_webconnect", "safeq6_management", {"80/tcp", "443/tcp"}),
        ("lrs_vpsx", "safeq6_database_pgsql", set()),
    ],
)
def test_products_that_share_a_host_want_the_same_ports(lrs: str, safeq6: str, ports: set[str]) -> None:
    assert {detail.split()[5] for detail in clashes(lrs, safeq6)} == ports


def test_a_port_that_one_product_only_calls_is_no_clash() -> None:
    assert not any("9100" in detail for detail in clashes("lrs_vpsx", "safeq6_flexispooler_server"))


def test_three_are_told_at_once_with_all_their_flows() -> None:
    found = clashes("lrs_webconnect", "lrs_mfpsecure", "safeq6_management")
    detail = "lrs_mfpsecure and lrs_webconnect and safeq6_management all want 443/tcp on the same host"
    assert found[detail][:2] == ("lrs/mfpsecure/3", "lrs/required/26")
    assert "safeq6/management/1" in found[detail]


def test_a_component_and_what_it_is_part_of_are_one_service() -> None:
    assert clashes("safeq6_spooler", "safeq6_spooler_server") == {}
    assert clashes("lrs_vspa_xendesktop", "lrs_vspa_xenapp") == {}


def decided_clash(**variables: t.Any) -> list[Finding]:
    data = tiny_data()
    data["flows"][3]["unsecured"] = [tcp("6031")]
    catalog = tiny_catalog(data)
    hosts = {name: {"ansible_host": f"10.0.0.{number}", **variables} for number, name in enumerate(("h1", "h2"), 1)}
    groups = {"tiny_web": ["h1", "h2"], "tiny_agent": ["h1", "h2"]}
    estate = read_estate(inventory(groups, hosts), catalogs=[catalog])
    found = find_in_estate([catalog], estate, compile_rules([catalog], estate))
    return [finding for finding in found if finding.kind == "port_clash"]


def test_a_decision_makes_a_clash_and_settles_one() -> None:
    assert decided_clash() == []
    (found,) = decided_clash(printops_ports={"moved_port": 6031})
    assert found.hosts == ("h1", "h2")
    assert found.flows == ("tiny/all/4", "tiny/all/15")


def test_a_component_without_counterparts_is_told() -> None:
    groups = {"tiny_web": ["h1"], "tiny_printer": ["h2"]}
    (found,) = find("unreached", groups, {"h1": {"printops_networks": {"user": ["10.9.0.0/16"]}}})
    assert (found.severity, found.hosts) == ("info", ("h2",))
    assert "tiny_printer" in found.detail


def test_a_component_is_reached_where_only_a_decision_lacks_or_a_flow_names_what_it_is_part_of() -> None:
    groups = {"tiny_agent": ["h1"], "tiny_printer_a": ["h2"]}
    assert find("unreached", groups, {}) == []
    assert find("unreached", {"tiny_printer_a": ["h2"], "tiny_web": ["h1"]}, {})[0].hosts == ("h2",)


def test_hosts_that_share_an_address_are_told() -> None:
    variables = {"h1": {"printops_addresses": ["10.0.0.9", "fd00::9"]}, "h2": {"printops_addresses": ["fd00:0::9"]}}
    (found,) = find("shared_address", {"tiny_web": ["h1", "h2", "h3"]}, variables)
    assert (found.hosts, found.severity) == (("h1", "h2"), "warning")
    assert found.detail.startswith("fd00::9 ")


def overlaps(*views: Networks) -> list[str]:
    """The overlapping pairs of C(component.site), each host with networks of its own."""
    hosts = [f"h{number}" for number in range(1, len(views) + 1)]
    variables = {host: {"printops_networks": view} for host, view in zip(hosts, views, strict=True)}
    found = find("site_overlap", {"tiny_web": hosts}, variables)
    assert all("both sites claim" in one.detail and one.severity == "warning" for one in found)
    return [one.detail.removeprefix("printops_networks: ").partition(" overlap")[0] for one in found]


@pytest.mark.parametrize(
    ("brno", "prague"),
    [
        ("10.1.0.0/24", "10.1.0.0/24"),
        ("10.1.0.0/16", "10.1.7.0/24"),
        ("10.1.0.255", "10.1.0.0/24"),
        ("2001:db8::/32", "2001:db8:7::1"),
        ("0.0.0.0/0", "192.0.2.1"),
    ],
)
def test_sites_that_claim_the_same_addresses_are_told_once(brno: str, prague: str) -> None:
    expected = ["printer.brno and user.prague"]
    assert overlaps({"printer": {"brno": [brno]}, "user": {"prague": [prague]}}) == expected
    assert overlaps({"printer": {"brno": [prague]}, "user": {"prague": [brno]}}) == expected


def test_both_families_of_a_pair_are_one_finding() -> None:
    view = {"printer": {"brno": ["10.1.0.0/25", "fd00::/64"]}, "user": {"prague": ["10.1.0.0/24", "fd00::1"]}}
    assert overlaps(view) == ["printer.brno and user.prague"]


@pytest.mark.parametrize(
    "view",
    [
        {"printer": {"brno": ["10.1.0.0/24"], "prague": ["10.1.1.0/24"]}},
        {"printer": {"brno": ["10.1.0.0/24"]}, "user": {"brno": ["10.1.0.0/16"]}},
        {"printer": {"brno": ["10.1.0.0/24"]}, "user": ["10.0.0.0/8"]},
        {"printer": {"brno": ["0.0.0.0/0"], "prague": ["::/0"]}},
    ],
)
def test_neighbours_one_site_every_site_and_different_families_do_not_overlap(view: Networks) -> None:
    assert overlaps(view) == []


def test_networks_of_different_hosts_are_read_each_by_itself() -> None:
    one, other = {"printer": {"brno": ["10.1.0.0/24"]}}, {"printer": {"prague": ["10.1.0.0/24"]}}
    assert overlaps(one, other) == []
    both = {"printer": {**one["printer"], **other["printer"]}}
    assert overlaps(both, one, both) == ["printer.brno and printer.prague"]


def networks() -> st.SearchStrategy[list[str]]:
    one = st.one_of(
        st.builds(lambda number, length: (number, length, "10.1.0."), st.integers(0, 31), st.integers(27, 32)),
        st.builds(lambda number, length: (number, length, "fd00::"), st.integers(0, 31), st.integers(123, 128)),
    )
    return st.lists(one.map(lambda drawn: _network(*drawn)), max_size=3)


def _network(number: int, length: int, prefix: str) -> str:
    text = f"{prefix}{number:x}" if ":" in prefix else f"{prefix}{number}"
    return str(ipaddress.ip_network(f"{text}/{length}", strict=False))


@given(
    st.dictionaries(
        st.sampled_from(["printer", "user"]), st.dictionaries(st.sampled_from(["a", "b", "c"]), networks()), max_size=2
    )
)
def test_overlaps_are_those_of_every_pair_of_networks(view: dict[str, dict[str, list[str]]]) -> None:
    claims = [
        (f"{component}.{site}", site, ipaddress.ip_network(network))
        for component, by_site in view.items()
        for site, texts in by_site.items()
        for network in texts
    ]
    expected = {
        " and ".join(sorted((one, other)))
        for (one, site, network), (other, other_site, other_network) in itertools.combinations(claims, 2)
        if site != other_site and network.version == other_network.version and network.overlaps(other_network)
    }
    found = overlaps(view)
    assert sorted(found) == sorted(expected)
