# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A templar over an inventory, so that lookups and filters run as a playbook runs them."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible import constants
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.printops.firewall.tests.older_ansible import trust_as_template

INVENTORY = """
all:
  vars:
    printops_networks: {printer: [10.1.0.0/24]}
  hosts:
    other: {ansible_host: 10.0.0.9}
  children:
    lrs_vpsx: {hosts: {v1: {ansible_host: 10.0.0.1}}}
    lrs_netx: {hosts: {n1: {ansible_host: 10.0.0.2, printops_site: "{{ 'br' + 'no' }}"}}}
"""

Template = t.Callable[[str], t.Any]


@pytest.fixture
def template(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Template:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    (tmp_path / "hosts.yml").write_text(INVENTORY, encoding="utf-8")
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(tmp_path / "hosts.yml")])
    variable_manager = VariableManager(loader=loader, inventory=inventory)
    hostvars = HostVars(inventory=inventory, variable_manager=variable_manager, loader=loader)
    variables = {"hostvars": hostvars, "groups": inventory.get_groups_dict(), "folder": str(tmp_path)}
    templar = Templar(loader=loader, variables=variables)
    return lambda expression: templar.template(trust_as_template("{{ " + expression + " }}"))
