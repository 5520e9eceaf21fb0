# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: host_rules
short_description: The firewall rules of the named hosts
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads from the plan what each named host must accept (direction V(in)) and may open (direction V(out)).
options:
  _terms:
    description: Names of hosts of the inventory.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - printops.firewall._plan.lookup
seealso:
  - plugin: printops.firewall.plan
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Apply all rules of this host in one call
  printops.firewall.ufw_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
"""

RETURN = r"""
_raw:
  description:
    - For each named host its rules, a list of dictionaries as in the plan. A host that runs no component has none.
  type: list
  elements: list
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.kept import host_parts


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        refresh = self.get_option("refresh")
        parts = host_parts(terms, variables or {}, refresh=refresh, lookup="printops.firewall.host_rules")
        return [part.get("rules", []) for part in parts]
