# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: batches
short_description: In which batches a plan is applied
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Canaries come first, then a batch for each site in order, then the hosts without a site, and at last those that
    nothing is applied to.
options:
  _input:
    description: The plan, as the document or the path of its file.
    type: raw
    required: true
  hosts:
    description: The hosts of the run.
    type: list
    elements: str
    required: true
  canary:
    description:
      - Hosts of the first batch, as a list or in one text with commas between them. Those that are not of the run do
        not count.
      - Without any, the first host by name.
    type: raw
    default: []
"""

EXAMPLES = r"""
- name: Tell in which order a change would come
  ansible.builtin.debug:
    msg: "{{ lookup('printops.firewall.plan', form='file') | printops.firewall.batches(hosts=groups['all']) }}"
"""

RETURN = r"""
_value:
  description: For each batch the names of its hosts.
  type: list
  elements: list
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.batches import batches
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan


def _batches(plan: object, *, hosts: t.Sequence[str], canary: str | t.Sequence[str] = ()) -> list[list[str]]:
    names = canary.split(",") if isinstance(canary, str) else canary
    try:
        return batches(read_plan(plan), hosts=hosts, canary=[name.strip() for name in names if name.strip()])
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.batches: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., list[list[str]]]]:
        return {"batches": _batches}
