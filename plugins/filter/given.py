# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: given
short_description: What was given, or something else where a value was left blank
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - A survey leaves V("") in a field that nobody filled in, and YAML has null for a key without a value. Neither says
    anything, so both stand for the default.
options:
  _input:
    description: A value. V(false), V(0), V([]) and V({}) are values.
    type: raw
    required: true
  default:
    description: What a blank value stands for.
    type: raw
    default: ""
positional: default
"""

EXAMPLES = r"""
- name: Fail where there is drift, unless told otherwise
  ansible.builtin.assert:
    that: not (printops_drift_fail | default('') | printops.firewall.given(true) | bool)
"""

RETURN = r"""
_value:
  description: The value, a text without blanks around it, or O(default).
  type: raw
"""

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import is_blank


def _given(value: object, default: object = "") -> object:
    given = plain(value)
    if is_blank(given):
        return default
    return given.strip() if isinstance(given, str) else given


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., object]]:
        return {"given": _given}
