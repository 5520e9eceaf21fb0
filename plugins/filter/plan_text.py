# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_text
short_description: A plan as the text of a plan file
version_added: 0.1.0
author:
  - The printops.firewall maintainers
description:
  - A plan as the text of a plan file.
options:
  _input:
    description: A plan, as the lookup P(printops.firewall.plan#lookup) gives it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the plan for review
  ansible.builtin.copy:
    dest: plan.json
    content: "{{ lookup('printops.firewall.plan') | printops.firewall.plan_text }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: JSON, one rule a line, the same to the byte for the same plan.
  type: str
"""

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._plan import dump_plan


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"plan_text": dump_plan}
