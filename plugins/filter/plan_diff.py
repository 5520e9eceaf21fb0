# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_diff
short_description: What changes from one plan to another, by meaning
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Compares who may reach what, whatever the rules are called and however they are merged.
options:
  _input:
    description:
      - The new plan, as the lookup P(printops.firewall.plan#lookup) gives it, as the document or the path of its file.
    type: raw
    required: true
  old:
    description: The plan to compare with, likewise. It may be of the format of an earlier version.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show what the inventory would change of the approved plan
  printops.firewall.show:
    text: "{{ plan | printops.firewall.plan_diff(old=approved) }}"
  vars:
    approved: "{{ lookup('file', 'approved.json') | from_json }}"
    plan: "{{ lookup('printops.firewall.plan') }}"
"""

RETURN = r"""
_value:
  description:
    - A line for each change, C(+) for access that is gained, C(-) for access that is lost and C(~) for whatever else of
      a host opens, closes or weakens.
    - The one line C(no change) where both plans mean the same.
    - Before that, where the plans rest on different releases of a document or on different overlays, what they rest on,
      and a line for each row that differs.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import diff_plans
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.documents import differing_rows
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan


def _plan_diff(plan: object, *, old: object) -> str:
    try:
        with paused_garbage_collector():
            before, after = read_plan(old, earlier=True), read_plan(plan)
            return "\n".join(
                [*differing_rows(before, after), *(list(map(str, diff_plans(before, after))) or ["no change"])]
            )
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.plan_diff: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"plan_diff": _plan_diff}
