# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: verify_doors
short_description: Ports of a host on which a listener stands in
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - The ports of a host's incoming rules, and one that no rule opens, for M(printops.firewall.flow_listener).
  - Of a range of more than 16 ports, the first and the last.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  host:
    description: The host. One that the plan does not have has none.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Stand in on the ports of the host
  printops.firewall.flow_listener:
    doors: "{{ lookup('printops.firewall.plan') | printops.firewall.verify_doors(host=inventory_hostname) }}"
    host: "{{ inventory_hostname }}"
    secret: "{{ secret }}"
"""

RETURN = r"""
_value:
  description: Each with C(protocol), C(port), C(addresses) and C(groups).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.schedule import doors_of


def _verify_doors(plan: object, *, host: str) -> list[dict[str, t.Any]]:
    try:
        return doors_of(read_plan(plan), host)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.verify_doors: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., list[dict[str, t.Any]]]]:
        return {"verify_doors": _verify_doors}
