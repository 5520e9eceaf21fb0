# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: readiness_areas
short_description: Which hosts are checked for what before an installation
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads from the plan which hosts run a server component, and which areas of items are about it.
options:
  _input:
    description: The plan, as the lookup P(printops.firewall.plan#lookup) gives it.
    type: dict
    required: true
  variables:
    description:
      - For each host, names of its variables. One that begins with C(preinstall_) and does not exist is an error.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Tell what is checked of which host
  ansible.builtin.debug:
    msg: "{{ lookup('printops.firewall.plan') | printops.firewall.readiness_areas }}"
"""

RETURN = r"""
_value:
  description:
    - For each host that is to be checked, a list of V(server), V(database), V(directory) and V(network). Hosts that run
      no server component are not among them.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.scope import areas_by_host, check_variables


def _readiness_areas(plan: dict[str, t.Any], *, variables: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    try:
        check_variables(variables or {})
        return areas_by_host(plan)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.readiness_areas: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., dict[str, list[str]]]]:
        return {"readiness_areas": _readiness_areas}
