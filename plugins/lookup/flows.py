# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: flows
short_description: Flows of the catalogs, filtered and shaped by a JMESPath query
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads the rows of the vendors' port documents as data, with the cells as printed and the reading that the
    collection uses.
options:
  _terms:
    description:
      - Names of shipped catalogs, or paths of your own ones, relative to the playbook.
      - All shipped catalogs if none is named.
    type: list
    elements: str
  query:
    description:
      - A JMESPath expression over the list of flows.
    type: str
    default: "[*]"
requirements:
  - jmespath
  - jsonschema
  - PyYAML
seealso:
  - plugin: printops.firewall.plan
    plugin_type: lookup
  - name: JMESPath
    description: The query language.
    link: https://jmespath.org
"""

EXAMPLES = r"""
- name: Every flow that ends on a Terminal Server without an encrypted port
  ansible.builtin.debug:
    msg: "{{ query('printops.firewall.flows', 'safeq6', query=expression) }}"
  vars:
    expression: "[?contains(server, 'terminal_server') && !secured].id"
"""

RETURN = r"""
_raw:
  description:
    - What the query gives. Without one, a dictionary for each flow, with C(id), C(as_printed), C(client), C(server)
      and the other keys of the catalog format.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.query import query_flows


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return query_flows(
                terms, expression=self.get_option("query"), base_folder=self.get_basedir(variables or {})
            )
        except PrintopsError as error:
            raise AnsibleLookupError(f"printops.firewall.flows: {error}") from error
