# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: decisions
short_description: A file of decisions with what a plan still asks
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - The text of a file for C(printops_decisions_file) with a commented line for each open input of a plan that the file
    neither asks nor answers yet. Every line that is there is kept.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  text:
    description: What the file has now; blank for a new one.
    type: str
    required: true
  file:
    description: The path of the file, for messages.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Ask in the file what is still to be decided
  ansible.builtin.copy:
    content: "{{ plan | printops.firewall.decisions(text=lookup('ansible.builtin.file', path), file=path) }}"
    dest: "{{ path }}"
    mode: "0644"
  vars:
    plan: "{{ lookup('printops.firewall.plan', form='file') }}"
    path: /etc/ansible/print/decisions.yml
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.worksheet import add_questions


def _decisions(plan: object, *, text: str, file: str) -> str:
    try:
        return add_questions(read_plan(plan), text, file=file)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.decisions: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"decisions": _decisions}
