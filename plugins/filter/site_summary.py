# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: site_summary
short_description: What became of each host of a plan, as a person reads it in a terminal
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - What became of each host of a plan, as a person reads it in a terminal.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  results:
    description:
      - The result of each host that was reached, as the roles P(printops.firewall.firewalld#role) and
        P(printops.firewall.ufw#role) leave it.
    type: dict
    required: true
  begun:
    description: Names of the hosts that the run was about, whatever came of it.
    type: list
    elements: str
    required: true
  check_mode:
    description: Whether nothing was really changed.
    type: bool
    required: true
  hosts:
    description: The hosts of the inventory. Those that are not in the plan are named.
    type: list
    elements: str
    default: []
  left:
    description: For each host that is not in the plan, the firewalls that have rules of ours.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what happened
  printops.firewall.show:
    text: "{{ plan | printops.firewall.site_summary(results=results, begun=groups['all'], check_mode=false) }}"
"""

RETURN = r"""
_value:
  description: A table of hosts and the open inputs.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.summary import site_summary


def _site_summary(plan: object, **facts: t.Any) -> str:
    try:
        with paused_garbage_collector():
            return site_summary(read_plan(plan), **facts)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.site_summary: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"site_summary": _site_summary}
