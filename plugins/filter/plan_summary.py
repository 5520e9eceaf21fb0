# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_summary
short_description: A plan as a person reads it in a terminal
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - A plan as a person reads it in a terminal.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  form:
    description:
      - V(text) for a terminal, with findings and open inputs; hosts with the same rules are told once.
      - V(markdown) has all rules in tables; V(csv) has a line for each rule of each host, with its purpose and its
        rows; V(json) is the plan's file. Blank is V(text).
    type: str
    choices: [text, markdown, csv, json]
    default: text
  hosts:
    description: The hosts of the inventory. Those that are not in the plan are named.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show the plan
  printops.firewall.show:
    text: "{{ lookup('printops.firewall.plan') | printops.firewall.plan_summary }}"
"""

RETURN = r"""
_value:
  description: The plan for a person.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.summary import plan_summary


def _plan_summary(plan: object, **facts: t.Any) -> str:
    try:
        with paused_garbage_collector():
            return plan_summary(read_plan(plan), **facts)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.plan_summary: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"plan_summary": _plan_summary}
