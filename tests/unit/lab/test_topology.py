# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
import yaml

from ansible_collections.printops.firewall.tests.lab.commands import LabError
from ansible_collections.printops.firewall.tests.lab.topology import (
    CONTROLLER_ADDRESSES,
    MACHINES,
    MFD_HOSTS,
    MFD_NETWORKS,
    USER_HOSTS,
    USER_NETWORKS,
    both_families,
    machine_named,
    select_machines,
    with_prefix,
)

INVENTORY = Path(__file__).resolve().parents[3] / "inventory_examples" / "lab"


def test_every_address_is_used_once() -> None:
    addresses = [ip_address(a) for a in CONTROLLER_ADDRESSES]
    addresses += [ip_address(a) for machine in MACHINES for a in machine.addresses]
    assert len(addresses) == len(set(addresses))


def test_every_address_is_on_one_link_of_documentation_ranges() -> None:
    links = {ip_network("198.18.0.0/15"), ip_network("2001:db8::/32")}
    for machine in MACHINES:
        assert {ip_interface(with_prefix(address=a)).network for a in machine.addresses} == links


def test_default_lab_leaves_out_what_is_raised_on_request() -> None:
    assert [m.name for m in select_machines(only=[], extra=[])] == ["mgmt1", "site1", "site2", "floor", "outsider"]


def test_extra_adds_and_only_limits() -> None:
    assert "fw2" in [m.name for m in select_machines(only=[], extra=["fw2"])]
    assert [m.name for m in select_machines(only=["site2", "mgmt1"], extra=["fw2"])] == ["mgmt1", "site2", "fw2"]


def test_unknown_machine_is_named_in_the_error() -> None:
    with pytest.raises(LabError, match="nowhere"):
        select_machines(only=["nowhere"], extra=[])


def test_inventory_has_the_addresses_of_the_machines() -> None:
    groups = yaml.safe_load((INVENTORY / "hosts.yml").read_text(encoding="utf-8"))["all"]["children"]
    hosts = {name: facts for group in groups.values() for name, facts in group.get("hosts", {}).items()}
    assert set(hosts) == {machine.name for machine in MACHINES if not machine.on_request}
    for name, facts in hosts.items():
        machine = machine_named(name=name)
        assert facts["ansible_host"] == machine.addresses[0]
        assert tuple(facts.get("printops_addresses", machine.addresses)) == machine.addresses


def test_networks_of_the_inventory_hold_the_endpoints_that_floor_plays_and_no_others() -> None:
    variables = yaml.safe_load((INVENTORY / "group_vars" / "all.yml").read_text(encoding="utf-8"))
    played = {
        (component, site): {ip_address(a) for a in both_families(network=network, host=host)}
        for component, host in MFD_HOSTS.items()
        for site, network in MFD_NETWORKS.items()
    }
    for site, network in USER_NETWORKS.items():
        played["user", site] = {ip_address(a) for host in USER_HOSTS for a in both_families(network=network, host=host)}
    everything = [ip_address(a) for machine in MACHINES for a in machine.addresses]
    covered = {
        (component, site): {a for a in everything for n in networks if a in ip_network(n)}
        for component, sites in variables["printops_networks"].items()
        for site, networks in sites.items()
    }
    assert covered == played
