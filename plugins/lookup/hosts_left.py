# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_left
short_description: Hosts of a plan that was applied earlier which the plan of this inventory does not have
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - An inventory that is not whole, such as the slice of a job or one of which a source failed, has a plan that closes
    what the other hosts need. So each host remembers the hosts of the plan that was applied to it last.
  - This tells which of them are missing now, so that somebody can say that they are to be.
options:
  _terms:
    description: What a host remembers, the text of the file of P(printops.firewall.plan#lookup) with C(form=hosts).
    type: list
    elements: str
    required: true
  consent:
    description:
      - Names of hosts that are known to have left, as a list or in one text with commas between them.
      - V(all) stands for all.
    type: raw
    default: []
extends_documentation_fragment:
  - printops.firewall._plan.lookup
seealso:
  - plugin: printops.firewall.plan
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Ask before openings go because hosts left
  ansible.builtin.assert:
    that: lookup('printops.firewall.hosts_left', remembered) is falsy
"""

RETURN = r"""
_raw:
  description: The names in order, one element for each text.
  type: list
  elements: list
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.run import RunPlan


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        consent = self.get_option("consent")
        names = [name.strip() for name in consent.split(",")] if isinstance(consent, str) else [*(consent or ())]
        try:
            plan = RunPlan(variables or {}, refresh=self.get_option("refresh"))
            left = [plan.left(term) for term in terms]
        except PrintopsError as error:
            raise AnsibleLookupError(f"printops.firewall.hosts_left: {error}") from error
        return [[] if "all" in names else [name for name in found if name not in names] for found in left]
