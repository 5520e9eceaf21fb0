# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: explain
short_description: Why a port is open, who may reach a host, and what is missing where somebody may not
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Answers from the plan alone, with the flows, the vendor's document and row, and the variables that decide.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  host:
    description: The host that is asked about.
    type: str
    required: true
  port:
    description:
      - A port and its protocol, such as V(5011/tcp).
      - Without it, all that may reach the host and all that it may reach is listed.
    type: str
  source:
    description: An address or a network that wants to reach O(port).
    type: str
  variables:
    description: Names of variables that begin with C(explain_) and are given; another than the playbook's is an error.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Would this printer reach its Terminal Server?
  printops.firewall.show:
    text: "{{ plan | printops.firewall.explain(host='site1', port='5022/tcp', source='10.1.20.7') }}"
  vars:
    plan: "{{ lookup('printops.firewall.plan') }}"
"""

RETURN = r"""
_value:
  description: The answer, for a person.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain_text import explain
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan


def _explain(plan: object, **question: t.Any) -> str:
    try:
        return explain(read_plan(plan), **question)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.explain: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"explain": _explain}
