# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a host's addresses others reach it by."""

from __future__ import annotations

import ipaddress
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._estate.facts import own_addresses, reaches_nobody

LASTING = "2001:db8:1::10"
OF_THE_CARD = "2001:db8:2:0:5054:ff:fe12:3456"
MADE_UP = "2001:db8:1:0:d1c3:9e2a:77ab:1f00"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("0.0.0.7", "reserved"),
        ("::", "unspecified"),
        ("169.254.3.4", "link-local"),
        ("fe80::1", "link-local"),
        ("224.0.0.251", "multicast"),
        ("ff02::fb", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("240.0.0.1", "reserved"),
        ("::ffff:10.0.0.1", "written as one of IPv6"),
        ("::ffff:127.0.0.1", "written as one of IPv6"),
    ],
)
def test_some_addresses_reach_nobody_else(text: str, why: str) -> None:
    assert why in reaches_nobody(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["10.0.0.1", "192.0.2.1", "8.8.8.8", "100.64.0.1", "2001:db8::1", "fd00::1"])
def test_others_do(text: str) -> None:
    assert reaches_nobody(ipaddress.ip_address(text)) == ""


def facts(**interfaces: dict[str, t.Any]) -> dict[str, t.Any]:
    v4 = [entry["ipv4"]["address"] for entry in interfaces.values() if "ipv4" in entry]
    v6 = [one["address"] for entry in interfaces.values() for one in entry.get("ipv6", ())]
    names = [entry.get("device", name) for name, entry in interfaces.items()]
    return {"all_ipv4_addresses": v4, "all_ipv6_addresses": v6, "interfaces": names, **interfaces}


def v6(*texts: str) -> list[dict[str, str]]:
    return [{"address": text, "prefix": "64", "scope": "global"} for text in texts]


@pytest.mark.parametrize(
    "name", ["docker0", "br-0123456789ab", "podman0", "cni0", "virbr0", "lxdbr0", "cali12ab", "veth9"]
)
def test_bridges_of_container_engines_are_left_out(name: str) -> None:
    given = facts(
        eth0={"ipv4": {"address": "10.0.0.1"}},
        **{name.replace("-", "_"): {"device": name, "ipv4": {"address": "172.17.0.1"}, "ipv6": v6("fd00::1")}},
    )
    assert own_addresses(given) == {"all_ipv4_addresses": ["10.0.0.1"], "all_ipv6_addresses": []}


def test_bridges_of_the_administrator_are_not() -> None:
    given = facts(br0={"ipv4": {"address": "10.0.0.1"}}, bond0={"ipv4": {"address": "10.0.1.1"}})
    assert own_addresses(given)["all_ipv4_addresses"] == ["10.0.0.1", "10.0.1.1"]


def test_temporary_addresses_are_left_out_where_another_one_is_for_good() -> None:
    given = facts(eth0={"ipv6": v6(MADE_UP, LASTING, OF_THE_CARD, "fe80::1")})
    assert own_addresses(given)["all_ipv6_addresses"] == [LASTING, OF_THE_CARD, "fe80::1"]


def test_one_address_of_a_network_is_taken_as_it_is() -> None:
    assert own_addresses(facts(eth0={"ipv6": v6(MADE_UP)}))["all_ipv6_addresses"] == [MADE_UP]


def test_several_of_which_none_looks_lasting_are_not_clear() -> None:
    other = MADE_UP.replace("1f00", "1f01")
    assert own_addresses(facts(eth0={"ipv6": v6(MADE_UP, other)}))["unclear_ipv6_addresses"] == [MADE_UP, other]


def test_facts_without_interfaces_are_as_they_are() -> None:
    assert own_addresses({"all_ipv4_addresses": ["10.0.0.1"]})["all_ipv4_addresses"] == ["10.0.0.1"]
