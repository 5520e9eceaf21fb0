# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: missing_collections
short_description: Collections that the controller lacks
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Tells which of the named collections are not installed, so that a role can say so before it includes tasks that
    use them.
options:
  _input:
    description: Names of collections.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: See that the controller has what the checks use
  ansible.builtin.assert:
    that: not missing
    fail_msg: "The controller lacks: {{ missing | join(', ') }}"
  vars:
    missing: "{{ ['ansible.windows', 'community.windows'] | printops.firewall.missing_collections }}"
"""

RETURN = r"""
_value:
  description: Those of the names that are not installed.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import missing_collections


def _missing_collections(names: list[str]) -> list[str]:
    try:
        return missing_collections(names)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.missing_collections: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., list[str]]]:
        return {"missing_collections": _missing_collections}
