# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan
short_description: The whole plan of the inventory
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Compiles the catalogs, the inventory and the operator's decisions to one document that says for every host exactly
    what it must accept and may open, and why.
  - With O(approved), the inventory must still compile to that plan.
options:
  _terms:
    description: None are taken.
  approved:
    description:
      - Path of a plan file that was approved. The lookup fails unless the inventory compiles to the same plan.
    type: path
  form:
    description:
      - V(plan) returns the plan.
      - V(file) returns the path of its text in the temporary folder of the run. The filters of this collection take it
        for a plan too, which is much faster for a large one.
      - V(hosts) returns the path of a list of its hosts, which a host remembers for the lookup
        P(printops.firewall.hosts_left#lookup).
      - V(fingerprint) returns the SHA-256 of the text, by which an approved plan is known.
      - V(carried) returns the text as a variable can carry it from one job to another.
    type: str
    choices: [plan, file, hosts, fingerprint, carried]
    default: plan
extends_documentation_fragment:
  - printops.firewall._plan.lookup
seealso:
  - plugin: printops.firewall.host_rules
    plugin_type: lookup
  - plugin: printops.firewall.flows
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show what still needs a decision
  ansible.builtin.debug:
    msg: "{{ lookup('printops.firewall.plan').open_inputs }}"

- name: Write the plan for review
  ansible.builtin.copy:
    src: "{{ lookup('printops.firewall.plan', form='file') }}"
    dest: plan.json
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_raw:
  description:
    - One element, the plan. C(hosts) holds the rules of each host, C(open_inputs) what the operator must still decide,
      C(findings) what should be known, C(skipped) the flows that come to nothing, with the reason.
  type: list
  elements: raw
"""

import pathlib
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.run import RunPlan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.approved import fingerprint_of, pack
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import check_same_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import load_plan

_FORMS: dict[str, t.Callable[[RunPlan], t.Any]] = {
    "plan": RunPlan.whole,
    "file": lambda plan: str(plan.file),
    "hosts": lambda plan: str(plan.hosts_file),
    "fingerprint": lambda plan: fingerprint_of(plan.file),
    "carried": lambda plan: pack(plan.file),
}


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        approved = self.get_option("approved")
        try:
            plan = RunPlan(variables or {}, refresh=self.get_option("refresh"))
            if approved:
                check_same_plan(load_plan(pathlib.Path(approved)), compiled=plan.whole(), path=approved)
        except PrintopsError as error:
            raise AnsibleLookupError(f"printops.firewall.plan: {error}") from error
        return [_FORMS[self.get_option("form")](plan)]
