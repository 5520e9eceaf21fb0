# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables as Ansible has them, templated and tagged, read as plain data."""

from __future__ import annotations

import pathlib

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.hostvars import read_inventory

HOSTS = """
all:
  vars:
    office: 10.9.0.0/16
    printops_site: "{{ place }}"
    printops_networks:
      user: ["{{ office }}", "{{ office | replace('9', '8') }}"]
      printer: {"brno": ["10.1.0.0/24"]}
    printops_ports: {scan_ports: 5000, web: "80-{{ 40 + 41 }}"}
    secret_of_others: "{{ nowhere }}"
  children:
    tiny_web:
      hosts:
        web1: {ansible_host: 10.0.0.1, place: brno}
"""


def load(folder: pathlib.Path, text: str) -> Inventory:
    (folder / "hosts.yml").write_text(text, encoding="utf-8")
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(folder / "hosts.yml")])
    variable_manager = VariableManager(loader=loader, inventory=inventory)
    hostvars = HostVars(inventory=inventory, variable_manager=variable_manager, loader=loader)
    return read_inventory({"hostvars": hostvars, "groups": inventory.get_groups_dict()})


def test_templates_are_resolved_and_only_what_is_ours_is_read(tmp_path: pathlib.Path) -> None:
    read = load(tmp_path, HOSTS)
    assert read.groups["tiny_web"] == ["web1"]
    assert read.variables["web1"] == {
        "printops_site": "brno",
        "printops_networks": {"user": ["10.9.0.0/16", "10.8.0.0/16"], "printer": {"brno": ["10.1.0.0/24"]}},
        "printops_ports": {"scan_ports": 5000, "web": "80-81"},
        "ansible_host": "10.0.0.1",
        "inventory_dir": str(tmp_path),
    }


def test_nothing_of_ansibles_own_types_is_left(tmp_path: pathlib.Path) -> None:
    def types(value: object) -> set[type]:
        if isinstance(value, dict):
            return {dict}.union(*map(types, [*value, *value.values()]))
        return {list}.union(*map(types, value)) if isinstance(value, list) else {type(value)}

    assert types(load(tmp_path, HOSTS).variables["web1"]) == {dict, list, str, int}


def mistakes(folder: pathlib.Path, text: str) -> list[str]:
    """The places of those that are told."""
    return [": ".join(str(one).split(": ")[:2]) for one in load(folder, text).mistakes]


@pytest.mark.parametrize("template", ["{{ nowhere }}", "{{ 1 / 0 }}", "{% if %}"])
def test_a_template_that_fails_is_named_by_host_and_variable(template: str, tmp_path: pathlib.Path) -> None:
    assert mistakes(tmp_path, HOSTS.replace("{{ place }}", template)) == ["host web1: printops_site"]


def test_a_template_that_fails_deep_inside_is_named_too(tmp_path: pathlib.Path) -> None:
    (told,) = mistakes(tmp_path, HOSTS.replace("{{ office }}", "{{ nowhere }}"))
    assert told.startswith("host web1: printops_networks")


def test_what_is_almost_ours_is_a_mistake_and_what_is_its_owners_is_none(tmp_path: pathlib.Path) -> None:
    own = "printer_networks: [], print_server: x, printing: 1, printops: {}"
    text = HOSTS.replace("place: brno", f"place: brno, {own}, printop_security: secured, PRINTOPS_PORTS: {{}}")
    assert [str(one) for one in load(tmp_path, text).mistakes] == [
        "host web1: there is no variable printop_security; did you mean 'printops_security'?",
        "host web1: there is no variable PRINTOPS_PORTS; did you mean 'printops_ports'?",
    ]
