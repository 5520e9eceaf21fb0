# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: host_plan
short_description: The part of the plan that is about the named hosts
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads from the plan what is known of each named host, without loading the rest of the plan.
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
- name: Tell what this host runs
  ansible.builtin.debug:
    msg: "{{ lookup('printops.firewall.host_plan', inventory_hostname).components }}"
"""

RETURN = r"""
_raw:
  description:
    - For each named host, its part of the plan, with C(provider), C(components), C(addresses) and C(rules).
    - A host that runs no component has an empty one.
  type: list
  elements: dict
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.kept import host_parts


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        refresh = self.get_option("refresh")
        return host_parts(terms, variables or {}, refresh=refresh, lookup="printops.firewall.host_plan")
