# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift
short_description: What of the hosts is not as a plan has it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Holds what M(printops.firewall.firewall_state_info) read of hosts against a plan, and returns the findings as data.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  answers:
    description:
      - For each host that was asked, the result of M(printops.firewall.firewall_state_info), or on Windows of
        M(printops.firewall.windows_defender_info) with its listeners. One without C(state) or C(state_id) counts as
        not reached.
    type: dict
    required: true
  left:
    description: For each host that is not in the plan, the firewalls that have rules of ours.
    type: dict
    default: {}
  notes:
    description: Kinds of findings that are told and do not count as drift.
    type: list
    elements: str
    default: [not_listening, jmx_local, ipv6_dropped]
"""

EXAMPLES = r"""
- name: Fail where anything is not as planned
  ansible.builtin.assert:
    that: not report.drift
  vars:
    report: "{{ lookup('printops.firewall.plan') | printops.firewall.drift(answers={'site1': answer}) }}"
"""

RETURN = r"""
_value:
  description:
    - C(drift) tells whether there is any, C(unreached) the hosts that gave no answer.
    - C(hosts) has for each host C(reached), C(provider) and C(findings), each with C(kind), C(severity) (V(drift) or
      V(note)), C(what) and C(flows).
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.report import drift_report
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan


def _drift(plan: object, **question: t.Any) -> dict[str, t.Any]:
    try:
        return drift_report(read_plan(plan), **question)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.drift: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., dict[str, t.Any]]]:
        return {"drift": _drift}
