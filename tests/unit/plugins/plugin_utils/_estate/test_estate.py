# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, addresses, places and networks as the inventory gives them, and what is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import build_catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Host, read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import Enforcement
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    inventory,
    tiny_catalog,
    tiny_data,
)

CATALOG = tiny_catalog()


def read(groups: dict[str, list[str]], variables: dict[str, dict[str, t.Any]]) -> dict[str, Host]:
    return read_estate(inventory(groups, variables), catalogs=[CATALOG]).hosts


def read_one(**variables: t.Any) -> Host:
    return read({"tiny_web": ["web1"]}, {"web1": {"ansible_host": "10.0.0.1", **variables}})["web1"]


def test_only_members_of_component_groups_are_of_the_estate() -> None:
    hosts = read(
        {"tiny_web": ["b", "a"], "tiny_agent": ["a"], "others": ["c"], "tinyweb": ["c"]},
        {"a": {"ansible_host": "10.0.0.1"}, "b": {"ansible_host": "10.0.0.2"}, "c": {}},
    )
    assert list(hosts) == ["a", "b"]
    assert hosts["a"].components == {("tiny", "web"), ("tiny", "agent")}


def test_a_plain_host_has_the_documented_defaults() -> None:
    host = read_one()
    assert (host.site, host.cluster, host.provider, host.enforcement, host.networks) == (
        None,
        None,
        "auto",
        Enforcement(),
        (),
    )
    assert host.decisions.security == "documented"


def test_a_device_in_the_inventory_has_no_firewall_of_ours() -> None:
    hosts = read({"tiny_printer": ["p"]}, {"p": {"ansible_host": "10.0.0.1"}})
    assert hosts["p"].provider == "none"


@pytest.mark.parametrize(
    ("variables", "texts"),
    [
        ({"ansible_host": "10.0.0.1"}, ("10.0.0.1",)),
        ({"ansible_host": "2001:db8::1"}, ("2001:db8::1",)),
        (
            {"ansible_host": "10.0.0.1", "printops_addresses": ["fd00::1", "10.0.0.9", "10.0.0.8", "10.0.0.9"]},
            ("10.0.0.8", "10.0.0.9", "fd00::1"),
        ),
        (
            {"ansible_host": "web1.example.com", "ansible_facts": {
                "all_ipv4_addresses": ["10.0.0.3", "127.0.0.1"], "all_ipv6_addresses": ["fe80::1", "2001:db8::3"]}},
            ("10.0.0.3", "2001:db8::3"),
        ),
        ({"ansible_host": "fe80::1%eth0", "ansible_facts": {"all_ipv4_addresses": ["10.0.0.3"]}}, ("10.0.0.3",)),
    ],
)  # fmt: skip
def test_addresses_of_a_host(variables: dict[str, t.Any], texts: tuple[str, ...]) -> None:
    assert read({"tiny_web": ["web1"]}, {"web1": variables})["web1"].address_texts == texts


def test_a_host_named_by_its_address_needs_nothing_more() -> None:
    assert read({"tiny_web": ["10.0.0.7"]}, {"10.0.0.7": {}})["10.0.0.7"].address_texts == ("10.0.0.7",)


@pytest.mark.parametrize("answer", [False, "false", "no", 0])
def test_a_name_is_not_resolved_unless_that_is_wanted(answer: object) -> None:
    with pytest.raises(EstateError, match="host web1 has no address: set printops_addresses"):
        read_one(ansible_host="localhost", printops_resolve_names=answer)


def test_a_name_that_resolves_to_the_controller_itself_gives_no_address() -> None:
    with pytest.raises(EstateError, match="host web1 has no address"):
        read_one(ansible_host="localhost", printops_resolve_names=True)


@pytest.mark.parametrize("name", ["web1.invalid", "a" * 70 + ".example.com", "web1..example.com"])
def test_a_name_that_cannot_be_resolved_is_named(name: str) -> None:
    with pytest.raises(EstateError, match=f"host web1: the name {name} cannot be resolved"):
        read_one(ansible_host=name, printops_resolve_names=True)


def test_networks_by_site_and_for_every_site() -> None:
    host = read_one(printops_networks={"user": ["10.9.0.0/16", "2001:db8::/64"], "printer": {"brno": ["10.1.0.0/24"]}})
    assert [(one.component, one.site, one.networks.cidrs()) for one in host.networks] == [
        ("printer", "brno", ("10.1.0.0/24",)),
        ("user", None, ("10.9.0.0/16", "2001:db8::/64")),
    ]


def test_equal_variables_are_read_once_and_unequal_ones_apart() -> None:
    same = {"ansible_host": "10.0.0.1", "printops_networks": {"user": {"1": ["10.0.0.0/8"]}}}
    hosts = read({"tiny_web": ["a", "b"]}, {"a": same, "b": {**same}})
    assert hosts["a"].networks is hosts["b"].networks
    other = {**same, "printops_networks": {"user": {1: ["10.0.0.0/8"]}}}
    for first, second in ((same, other), (other, same)):
        with pytest.raises(EstateError, match=r"printops_networks\.user"):
            read({"tiny_web": ["a", "b"]}, {"a": first, "b": second})


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"printops_addresses": []}, ["web1", "printops_addresses"]),
        ({"printops_addresses": "10.0.0.1"}, ["web1", "printops_addresses", "'10.0.0.1'", "list"]),
        ({"printops_addresses": ["10.0.0.0/24"]}, ["web1", "printops_addresses", "10.0.0.0/24"]),
        ({"printops_addresses": ["web1"]}, ["web1", "printops_addresses", "'web1'"]),
        ({"printops_addresses": ["fe80::1%eth0"]}, ["web1", "printops_addresses", "fe80::1%eth0"]),
        ({"printops_addresses": [10]}, ["web1", "printops_addresses", "[10]"]),
        ({"ansible_host": "web1.example.com"}, ["web1", "has no address", "printops_addresses"]),
        ({"ansible_host": "127.0.0.1", "ansible_port": 2222}, ["no address: set printops_addresses", "a loopback"]),
        ({"ansible_host": "fe80::1%eth0"}, ["no address: set printops_addresses", "a link-local address"]),
        ({"ansible_host": "0.0.0.0"}, ["no address: set printops_addresses", "the unspecified address"]),
        ({"printops_addresses": ["10.0.0.1", "::1"]}, ["printops_addresses: ::1 is a loopback address"]),
        ({"printops_addresses": ["::ffff:10.0.0.1"]}, ["is an IPv4 address written as one of IPv6"]),
        ({"printops_addresses": ["255.255.255.255"]}, ["is a broadcast address, by which nobody else"]),
        (
            {"ansible_host": "x", "ansible_facts": {"unclear_ipv6_addresses": ["2001:db8::1:0:0:1"]}},
            ["several IPv6 addresses of one network (2001:db8::1:0:0:1)", "set printops_addresses"],
        ),
        ({"ansible_facts": {"all_ipv4_addresses": None}, "ansible_host": "x"}, ["web1", "has no address"]),
        ({"ansible_facts": {"all_ipv4_addresses": ["junk"]}, "ansible_host": "x"}, ["web1", "facts", "'junk'"]),
        ({"ansible_host": "x", "printops_resolve_names": "perhaps"}, ["web1", "printops_resolve_names", "'perhaps'"]),
        ({"printops_site": 7}, ["web1", "printops_site", "7"]),
        ({"printops_site": ""}, ["web1", "printops_site", "''"]),
        ({"printops_cluster": ["a"]}, ["web1", "printops_cluster", "['a']"]),
        ({"printops_provider": "iptables"}, ["web1", "printops_provider", "'iptables'", "firewalld"]),
        ({"printops_egress": True}, ["web1", "printops_egress", "True", "enforce"]),
        ({"printops_networks": None}, ["web1", "printops_networks has no value"]),
        ({"printops_networks": []}, ["web1", "printops_networks", "[]"]),
        ({"printops_networks": {"usr": []}}, ["web1", "printops_networks", "'usr'", "did you mean 'user'"]),
        ({"printops_networks": {"user": "10.0.0.0/8"}}, ["web1", "printops_networks.user", "'10.0.0.0/8'"]),
        (
            {"printops_networks": {"user": ["10.0.0.1/8"]}},
            ["web1", "printops_networks.user", "10.0.0.1/8", "host bits"],
        ),
        ({"printops_networks": {"user": {"brno": ["any"]}}}, ["web1", "printops_networks.user.brno", "'any'"]),
        ({"printops_networks": {"user": {1: []}}}, ["web1", "printops_networks.user", "1"]),
        ({"printops_netwoks": {}}, ["web1", "printops_netwoks", "did you mean 'printops_networks'"]),
    ],
)
def test_wrong_variables_are_refused_by_host_name_and_value(variables: dict[str, t.Any], said: list[str]) -> None:
    with pytest.raises(EstateError) as raised:
        read_one(**variables)
    for part in said:
        assert part in str(raised.value)


def test_a_group_of_an_unknown_component_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(
        EstateError, match=r"group tiny_webb: the catalog tiny has no component 'webb'; did you mean 'web'"
    ):
        read({"tiny_webb": ["web1"]}, {"web1": {"ansible_host": "10.0.0.1"}})


def renamed(name: str, *, component: str) -> Catalog:
    """The small catalog under another name, with one more server."""
    data = tiny_data()
    data["name"] = name
    data["components"][component] = {"kind": "server", "printed": [], "description": "Another server."}
    for flow in data["flows"]:
        for key in ("id", "secured_twin"):
            if key in flow:
                flow[key] = flow[key].replace("tiny/", f"{name}/")
    return build_catalog(data, sha256="0" * 64)


def test_a_catalog_may_have_a_name_that_begins_with_the_name_of_another() -> None:
    catalogs = [CATALOG, renamed("tiny_print", component="server")]
    groups = {"tiny_print_server": ["a"], "tiny_web": ["a"], "tiny_print_web": ["b"]}
    hosts = read_estate(
        inventory(groups, {"a": {"ansible_host": "10.0.0.1"}, "b": {"ansible_host": "10.0.0.2"}}), catalogs=catalogs
    ).hosts
    assert hosts["a"].components == {("tiny_print", "server"), ("tiny", "web")}
    assert hosts["b"].components == {("tiny_print", "web")}


def test_a_group_that_two_catalogs_could_mean_is_refused() -> None:
    catalogs = [renamed("tiny", component="print_server"), renamed("tiny_print", component="server")]
    variables = {"a": {"ansible_host": "10.0.0.1"}}
    with pytest.raises(EstateError, match="group tiny_print_server is a component of the catalogs tiny and tiny_print"):
        read_estate(inventory({"tiny_print_server": ["a"]}, variables), catalogs=catalogs)
