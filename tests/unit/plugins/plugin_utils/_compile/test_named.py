# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose networks are whose, as the plan has them for its readers."""

from __future__ import annotations

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import plan_document
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_catalog


def plan_of(**hosts: dict[str, object]) -> Plan:
    catalogs = [tiny_catalog()]
    given = {name: {"ansible_host": f"10.0.0.{at}", **own} for at, (name, own) in enumerate(hosts.items(), start=1)}
    estate = read_estate(inventory({"tiny_web": list(hosts)}, given), catalogs=catalogs)
    return plan_document(catalogs, estate, compile_rules(catalogs, estate), ())


def test_networks_that_only_one_site_names_are_of_that_site() -> None:
    plan = plan_of(
        web1={"printops_site": "brno", "printops_networks": {"user": ["10.1.0.0/24"]}},
        web2={"printops_site": "brno", "printops_networks": {"user": ["10.1.0.0/24"]}},
        web3={"printops_site": "praha", "printops_networks": {"user": ["10.2.0.0/24"]}},
    )
    assert plan["networks"] == [
        {"component": "group", "networks": ["224.0.0.251/32"]},
        {"component": "user", "site": "brno", "networks": ["10.1.0.0/24"]},
        {"component": "user", "site": "praha", "networks": ["10.2.0.0/24"]},
    ]
    assert plan["hosts"]["web3"]["site"] == "praha"


def test_networks_that_several_sites_name_are_of_none() -> None:
    everywhere = {"user": ["10.1.0.0/24"], "printer": {"brno": ["10.3.0.0/24"]}}
    plan = plan_of(
        web1={"printops_site": "brno", "printops_networks": everywhere}, web2={"printops_networks": everywhere}
    )
    assert plan["networks"] == [
        {"component": "group", "networks": ["224.0.0.251/32"]},
        {"component": "printer", "site": "brno", "networks": ["10.3.0.0/24"]},
        {"component": "user", "networks": ["10.1.0.0/24"]},
    ]
    assert "site" not in plan["hosts"]["web2"]
    kinds = {one["component"]: one["kind"] for one in plan["components"] if one["component"] != "tiny_group"}
    assert kinds == {"tiny_web": "server", "tiny_user": "client", "tiny_printer": "device"}
